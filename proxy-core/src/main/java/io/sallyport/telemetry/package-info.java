/**
 * Implements the event interfaces of the rooms below with Micrometer, the only room that knows it.
 */
@NullMarked
package io.sallyport.telemetry;

import org.jspecify.annotations.NullMarked;

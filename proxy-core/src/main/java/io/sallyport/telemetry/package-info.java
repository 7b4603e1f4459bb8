/**
 * Implements the event interfaces of the rooms below with Micrometer, the only room that knows it.
 *
 * <p>What a peer chooses is never a label. Micrometer adds a {@code _max} to each histogram; every
 * other name is the one that is written where the meter is registered, with dots for underscores.
 */
@NullMarked
package io.sallyport.telemetry;

import org.jspecify.annotations.NullMarked;

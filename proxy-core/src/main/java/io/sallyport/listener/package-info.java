/**
 * What both directions share: places to listen at, admission and limits, the register of open
 * connections, drain.
 */
@NullMarked
package io.sallyport.listener;

import org.jspecify.annotations.NullMarked;

package io.sallyport.cli.log;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;

/**
 * @param message with its arguments filled in
 * @param withStack whether the stack of the cause is wanted too
 */
record LogEvent(
    Instant time,
    Level level,
    String logger,
    @Nullable String message,
    List<KeyValuePair> pairs,
    @Nullable Throwable cause,
    boolean withStack) {}

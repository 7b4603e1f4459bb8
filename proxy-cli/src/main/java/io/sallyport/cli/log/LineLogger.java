package io.sallyport.cli.log;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.FormattingTuple;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.LoggingEventAware;

/** One named logger. Takes whole events, so that key-values arrive as such. Markers say nothing. */
final class LineLogger extends LegacyAbstractLogger implements LoggingEventAware {
  private static final long serialVersionUID = 1L;

  private final transient LogOutput output;
  private final boolean netty;

  LineLogger(String name, LogOutput output) {
    this.name = name;
    this.output = output;
    this.netty = name.startsWith("io.netty.");
  }

  @Override
  public void log(LoggingEvent event) {
    if (!isEnabled(event.getLevel())) {
      return;
    }
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    write(
        event.getLevel(),
        event.getMessage(),
        event.getArgumentArray(),
        event.getThrowable(),
        pairs == null ? List.of() : pairs);
  }

  @Override
  protected void handleNormalizedLoggingCall(
      Level level,
      @Nullable Marker marker,
      @Nullable String pattern,
      Object @Nullable [] arguments,
      @Nullable Throwable cause) {
    write(level, pattern, arguments, cause, List.of());
  }

  private void write(
      Level level,
      @Nullable String pattern,
      Object @Nullable [] arguments,
      @Nullable Throwable given,
      List<KeyValuePair> pairs) {
    String message = pattern;
    Throwable cause = given;
    if (arguments != null) {
      FormattingTuple filled = MessageFormatter.arrayFormat(pattern, arguments);
      message = filled.getMessage();
      cause = given == null ? filled.getThrowable() : given;
    }
    boolean withStack = isEnabled(Level.DEBUG);
    output.write(new LogEvent(Instant.now(), level, name, message, pairs, cause, withStack));
  }

  private boolean isEnabled(Level asked) {
    return output.enabled(netty, asked);
  }

  @Override
  public boolean isTraceEnabled() {
    return isEnabled(Level.TRACE);
  }

  @Override
  public boolean isDebugEnabled() {
    return isEnabled(Level.DEBUG);
  }

  @Override
  public boolean isInfoEnabled() {
    return isEnabled(Level.INFO);
  }

  @Override
  public boolean isWarnEnabled() {
    return isEnabled(Level.WARN);
  }

  @Override
  public boolean isErrorEnabled() {
    return isEnabled(Level.ERROR);
  }

  /** Asked for by SLF4J to find the line that logged; not looked for here. */
  @Override
  protected @Nullable String getFullyQualifiedCallerName() {
    return null;
  }
}

package io.sallyport.cli.log;

/** The form of a log line. */
public enum LogFormat {
  /** {@link #HUMAN} when standard error is a terminal, else {@link #JSON}. */
  AUTO,
  /** Time, level, message, key=value. */
  HUMAN,
  /** One object a line. */
  JSON;

  /**
   * Whether standard error is a terminal; the launcher sets it. Java cannot ask: System.console()
   * is about standard input and output, and from JDK 22 on it is there without any terminal.
   */
  private static final String TERMINAL_PROPERTY = "sallyport.stderr.tty";

  /** Never {@link #AUTO}. */
  LogFormat resolved() {
    if (this != AUTO) {
      return this;
    }
    return Boolean.getBoolean(TERMINAL_PROPERTY) ? HUMAN : JSON;
  }
}

package io.sallyport.cli.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The form of a log line. */
public enum LogFormat {
  /** {@link #HUMAN} when standard error is a terminal, else {@link #JSON}. */
  AUTO,
  /** Time, level, message, key=value. */
  HUMAN,
  /** One object a line. */
  JSON;

  /** Set by the launcher, which can ask the system: true or false. */
  static final String TERMINAL_PROPERTY = "sallyport.stderr.tty";

  private static final Pattern TERMINAL = Pattern.compile("/dev/(pts/\\d+|tty.*|console)");

  /** Never {@link #AUTO}. */
  LogFormat resolved() {
    if (this != AUTO) {
      return this;
    }
    String told = System.getProperty(TERMINAL_PROPERTY);
    return isTerminal(told, Path.of("/proc/self/fd/2")) ? HUMAN : JSON;
  }

  // System.console() is no use: it asks for standard input and output, not error, and from JDK 22
  // on it is there without any terminal.
  static boolean isTerminal(@Nullable String told, Path link) {
    if (told != null) {
      return Boolean.parseBoolean(told);
    }
    try {
      return TERMINAL.matcher(Files.readSymbolicLink(link).toString()).matches();
    } catch (IOException | UnsupportedOperationException noSuchFileSystem) {
      return false;
    }
  }
}

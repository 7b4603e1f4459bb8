package io.sallyport.cli.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.event.Level;

/**
 * systemd's journal as the reader of standard error, which takes the priority of a line from {@code
 * <N>} before it, and not that into the line: sd-daemon(3).
 */
public final class Journal {

  /** Device and inode of the stream, as systemd sets it: systemd.exec(5). */
  private static final String STREAM = "JOURNAL_STREAM";

  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

  /** Standard error stays the same for the life of the process. */
  private static final boolean READS = reads(System.getenv());

  private Journal() {}

  /** The variable is inherited by whatever is started, its standard error redirected or not. */
  private static boolean reads(Map<String, String> environment) {
    String stream = environment.get(STREAM);
    if (stream == null) {
      return false;
    }
    try {
      Map<String, Object> error = Files.readAttributes(STANDARD_ERROR, "unix:dev,ino");
      return stream.equals(error.get("dev") + ":" + error.get("ino"));
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return false;
    }
  }

  /** What stands before a line of standard error; nothing, unless the journal reads it. */
  public static String priority(Level level) {
    return READS ? mark(level) : "";
  }

  /** Of one line or several, each of which ends in a line feed. */
  static String marked(Level level, String lines) {
    String mark = mark(level);
    return mark + lines.substring(0, lines.length() - 1).replace("\n", "\n" + mark) + '\n';
  }

  static boolean readsStandardError() {
    return READS;
  }

  private static String mark(Level level) {
    return switch (level) {
      case ERROR -> "<3>";
      case WARN -> "<4>";
      case INFO -> "<6>";
      case DEBUG, TRACE -> "<7>";
    };
  }
}

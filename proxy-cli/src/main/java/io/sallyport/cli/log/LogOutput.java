package io.sallyport.cli.log;

import io.sallyport.admin.LogLevel;
import io.sallyport.http.AccessLog;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;

/**
 * Where lines go, in which form, from which level up. Thread-safe; the settings hold from the next
 * line on.
 *
 * <p>A line is one write under a lock, so lines never mix. Standard error is written to in the
 * background, and to its end when the process exits: who logs may carry everybody's traffic, and
 * must not wait for whoever reads the log.
 */
public final class LogOutput implements LogLevel {

  private static final int MOST_WAITING_BYTES = 1024 * 1024;
  private static final Duration LONGEST_EXIT = Duration.ofSeconds(1);
  private static final LogOutput STANDARD_ERROR = toStandardError();

  /** For {@code io.netty}, which has much to say that is of no use here. */
  private static final Level NETTY_LEVEL = Level.WARN;

  private final OutputStream out;
  private final boolean toJournal;
  private volatile LogFormat format;
  private volatile Level level = Level.INFO;

  LogOutput(OutputStream out, LogFormat format) {
    this(out, format, false);
  }

  LogOutput(OutputStream out, LogFormat format, boolean toJournal) {
    this.out = out;
    this.format = format.resolved();
    this.toJournal = toJournal;
  }

  private static LogOutput toStandardError() {
    // Past System.err, whose encoder and buffer would make several writes of a line.
    OutputStream error = new FileOutputStream(FileDescriptor.err);
    BackgroundStream background =
        new BackgroundStream(error, MOST_WAITING_BYTES, LogOutput::lineOfDropped);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> background.drain(LONGEST_EXIT)));
    return new LogOutput(background, LogFormat.AUTO, Journal.readsStandardError());
  }

  private static byte[] lineOfDropped(int lines) {
    return standardError()
        .bytes(
            new LogEvent(
                Instant.now(),
                Level.WARN,
                LogOutput.class.getName(),
                "the log was not read fast enough; lines were dropped",
                List.of(new KeyValuePair("lines", lines)),
                null,
                false));
  }

  /** What every logger of this process writes to. */
  public static LogOutput standardError() {
    return STANDARD_ERROR;
  }

  public void setFormat(LogFormat format) {
    this.format = format.resolved();
  }

  @Override
  public Level current() {
    return level;
  }

  /** For everything but Netty; INFO at first. At DEBUG and below errors come with their stack. */
  @Override
  public void change(Level level) {
    this.level = level;
  }

  boolean enabled(boolean netty, Level asked) {
    return asked.toInt() >= (netty ? NETTY_LEVEL : level).toInt();
  }

  /** Never throws: nobody who logs can do anything about it. */
  void write(LogEvent event) {
    byte[] bytes = bytes(event);
    synchronized (out) {
      try {
        out.write(bytes);
      } catch (IOException e) {
        // Standard error is closed or full: there is no other place to say so.
      }
    }
  }

  private byte[] bytes(LogEvent event) {
    String line = line(event);
    return (toJournal ? Journal.marked(event.level(), line) : line)
        .getBytes(StandardCharsets.US_ASCII);
  }

  private String line(LogEvent event) {
    try {
      if (event.logger().equals(AccessLog.COMMON)) {
        return LogLine.verbatim(event);
      }
      return format == LogFormat.HUMAN ? LogLine.human(event) : LogLine.json(event);
    } catch (RuntimeException e) {
      // Such as an exception of a library whose own getters fail.
      KeyValuePair failure = new KeyValuePair("failure", e.getClass().getName());
      return line(
          new LogEvent(
              event.time(),
              event.level(),
              event.logger(),
              "an event could not be put in words",
              List.of(failure),
              null,
              false));
    }
  }
}

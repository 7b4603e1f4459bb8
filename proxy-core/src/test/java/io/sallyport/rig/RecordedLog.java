package io.sallyport.rig;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.slf4j.event.Level;

/** What is logged in this JVM while it is open. Thread-safe. */
public final class RecordedLog implements AutoCloseable {

  /** One line; the fields in the order in which they were given. */
  public record Line(String logger, Level level, String message, Map<String, String> fields) {

    /** A field's value, or nothing. */
    public String field(String name) {
      return fields.getOrDefault(name, "");
    }
  }

  private static final CopyOnWriteArrayList<RecordedLog> OPEN = new CopyOnWriteArrayList<>();
  private static final long LONGEST_WAIT_SECONDS = 20;

  private final List<Line> lines = new ArrayList<>();

  private RecordedLog() {}

  public static RecordedLog start() {
    RecordedLog log = new RecordedLog();
    OPEN.add(log);
    return log;
  }

  static void add(Line line) {
    OPEN.forEach(log -> log.append(line));
  }

  private synchronized void append(Line line) {
    lines.add(line);
    notifyAll();
  }

  /** All with this message, so far. */
  public synchronized List<Line> lines(String message) {
    return lines.stream().filter(line -> line.message().equals(message)).toList();
  }

  /** The messages of one logger, so far. */
  public synchronized List<String> of(String logger) {
    return lines.stream().filter(line -> line.logger().equals(logger)).map(Line::message).toList();
  }

  /** The ends of connections, so far. */
  public List<Line> connections(String listener) {
    return lines("connection closed").stream()
        .filter(line -> line.field("listener").equals(listener))
        .toList();
  }

  /** The ends of connections; waits until there are so many. */
  public synchronized List<Line> connections(String listener, int count)
      throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_WAIT_SECONDS);
    while (connections(listener).size() < count) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        throw new IllegalStateException("fewer than " + count + " connections ended: " + lines);
      }
      wait(left);
    }
    return connections(listener);
  }

  /** What a proxy in good health never logs: errors of ours, and warnings of the libraries. */
  public synchronized List<Line> faults() {
    return lines.stream()
        .filter(
            line ->
                line.level() == Level.ERROR
                    || (line.level() == Level.WARN && !line.logger().startsWith("io.sallyport")))
        .toList();
  }

  @Override
  public void close() {
    OPEN.remove(this);
  }
}

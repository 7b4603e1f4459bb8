package io.sallyport.listener;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Connections of one listener that fail over and over in the same way: the first few of a minute
 * have a log line each, the others one together when the minute is over. So nobody who fails fast
 * can fill the disk, or hide others among his lines. Thread-safe.
 */
final class RepeatedFailures {

  private static final int SINGLE_LINES = 10;
  private static final Duration WINDOW = Duration.ofMinutes(1);

  /** Who comes from ever new addresses is one with all who come after so many. */
  private static final int MOST = 512;

  private static final String ELSEWHERE = "elsewhere";

  private final String listener;
  private final Logger log;
  private final Map<Way, Folded> folded = new HashMap<>();

  /**
   * @param cause a closed word
   * @param far a host or an endpoint
   * @param peer null where nobody is known
   */
  record Way(String cause, String far, @Nullable String peer) {}

  private static final class Folded {
    final Instant begun;
    int count;
    Instant first;
    Instant last;

    Folded(Instant begun) {
      this.begun = begun;
      first = begun;
      last = begun;
    }
  }

  RepeatedFailures(String listener, Logger log) {
    this.listener = listener;
    this.log = log;
  }

  /** Counts one more; whether it is to have a line of its own. */
  synchronized boolean isSingle(Way way, Instant now) {
    Way known =
        folded.containsKey(way) || folded.size() < MOST
            ? way
            : new Way(way.cause(), ELSEWHERE, null);
    Folded so = folded.computeIfAbsent(known, any -> new Folded(now));
    if (++so.count <= SINGLE_LINES) {
      return true;
    }
    if (so.count == SINGLE_LINES + 1) {
      so.first = now;
    }
    so.last = now;
    return false;
  }

  /** Tells of those whose minute is over, and begins anew with them; call it every second or so. */
  void tell(Instant now) {
    tellThoseBegunBefore(now.minus(WINDOW));
  }

  /** Tells of all, since the listener ends. */
  void tellAll() {
    tellThoseBegunBefore(Instant.MAX);
  }

  private synchronized void tellThoseBegunBefore(Instant then) {
    for (Iterator<Map.Entry<Way, Folded>> all = folded.entrySet().iterator(); all.hasNext(); ) {
      Map.Entry<Way, Folded> each = all.next();
      if (each.getValue().begun.isBefore(then)) {
        all.remove();
        tell(each.getKey(), each.getValue());
      }
    }
  }

  private void tell(Way way, Folded so) {
    if (so.count > SINGLE_LINES) {
      LoggingEventBuilder line =
          log.atInfo()
              .addKeyValue("listener", listener)
              .addKeyValue("cause", way.cause())
              .addKeyValue("far", way.far());
      if (way.peer() != null) {
        line = line.addKeyValue("peer", way.peer());
      }
      line.addKeyValue("count", so.count - SINGLE_LINES)
          .addKeyValue("first", so.first)
          .addKeyValue("last", so.last)
          .log("connections failed in the same way");
    }
  }
}

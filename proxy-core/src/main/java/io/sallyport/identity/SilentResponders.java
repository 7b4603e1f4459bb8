package io.sallyport.identity;

import io.sallyport.identity.OcspStatus.OcspOutcome;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which responders do not answer just now, so that not every handshake waits for them. Thread-safe.
 */
final class SilentResponders {

  private static final Duration PAUSE = Duration.ofSeconds(5);

  /** CAs name them, and not peers; there are few. */
  private static final int MOST = 256;

  /** By host and port. */
  private final Map<String, Silence> silent =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Silence> eldest) {
          return size() > MOST;
        }
      };

  private record Silence(OcspOutcome outcome, Instant until) {}

  /**
   * What came of asking a responder that has fallen silent; null where it may be asked. After a
   * while one may ask it again, and the others wait for what comes of that.
   */
  synchronized @Nullable OcspOutcome of(URI responder, Instant now) {
    Silence silence = silent.get(responder.getRawAuthority());
    if (silence == null) {
      return null;
    }
    if (now.isBefore(silence.until)) {
      return silence.outcome;
    }
    silent.put(responder.getRawAuthority(), new Silence(silence.outcome, now.plus(PAUSE)));
    return null;
  }

  /**
   * @return whether it was heard of before
   */
  synchronized boolean fellSilent(URI responder, OcspOutcome outcome, Instant now) {
    return silent.put(responder.getRawAuthority(), new Silence(outcome, now.plus(PAUSE))) == null;
  }

  /**
   * @return whether it had been silent
   */
  synchronized boolean answered(URI responder) {
    return silent.remove(responder.getRawAuthority()) != null;
  }
}

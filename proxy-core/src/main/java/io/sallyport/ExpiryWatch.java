package io.sallyport;

import io.netty.util.concurrent.EventExecutor;
import io.sallyport.identity.OcspClient;
import io.sallyport.listener.Acceptor;
import io.sallyport.telemetry.Telemetry;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What peers were let in by grows old: it is renewed where it can be, and ends connections where it
 * cannot. Once a second, on a loop that carries no traffic: a timer for each connection would cost
 * each of them more than a look at all of them does.
 */
final class ExpiryWatch {

  private static final Logger log = LoggerFactory.getLogger(ExpiryWatch.class);

  private final Listeners listeners;
  private final OcspClient ocsp;
  private final Telemetry telemetry;

  private ExpiryWatch(Listeners listeners, OcspClient ocsp, Telemetry telemetry) {
    this.listeners = listeners;
    this.ocsp = ocsp;
    this.telemetry = telemetry;
  }

  /** Until the loop shuts down. */
  static void start(EventExecutor loop, Listeners listeners, OcspClient ocsp, Telemetry telemetry) {
    ExpiryWatch watch = new ExpiryWatch(listeners, ocsp, telemetry);
    loop.scheduleWithFixedDelay(watch::look, 0, 1, TimeUnit.SECONDS);
  }

  private void look() {
    try {
      Instant now = Instant.now();
      listeners.renewStaples(ocsp);
      Map<String, Integer> past = new HashMap<>();
      Stream.concat(listeners.inbound().stream(), listeners.outbound().stream())
          .forEach(
              acceptor -> {
                acceptor.renewProofs();
                past.merge(name(acceptor), acceptor.endExpired(now), Integer::sum);
              });
      telemetry.pastExpiry(past);
    } catch (RuntimeException | Error e) { // the loop would never call it again
      log.atError().setCause(e).log("a look for expired certificates failed");
    }
  }

  private static String name(Acceptor acceptor) {
    return acceptor.config().name();
  }
}

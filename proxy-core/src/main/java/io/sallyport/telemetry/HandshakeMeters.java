package io.sallyport.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.sallyport.identity.CipherSuites;
import io.sallyport.identity.HandshakeEvents;
import io.sallyport.identity.HandshakeFailure;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The handshakes of one listener. */
final class HandshakeMeters implements HandshakeEvents {

  private static final String OTHER = "other";
  private static final String NO_ANCHOR = "none";

  /** There may be thousands of CAs, of which few are used. */
  private static final int MOST_ANCHORS = 100;

  private static final Set<String> VERSIONS = Set.of("TLSv1.2", "TLSv1.3");

  private final MeterRegistry registry;
  private final String listener;
  private final Timer seconds;
  private final CountersBy<HandshakeFailure> failed;

  /** Filled as they occur: at zero, most of them would only be noise. */
  private final Map<Negotiated, Counter> completed = new ConcurrentHashMap<>();

  private final Set<String> anchors = ConcurrentHashMap.newKeySet();

  private record Negotiated(String version, String cipher, boolean resumed, String anchor) {}

  HandshakeMeters(MeterRegistry registry, String listener) {
    this.registry = registry;
    this.listener = listener;
    seconds =
        Timer.builder("sallyport.handshake")
            .description("How long handshakes took that were completed.")
            .serviceLevelObjectives(
                Duration.ofMillis(5),
                Duration.ofMillis(25),
                Duration.ofMillis(100),
                Duration.ofMillis(500),
                Duration.ofMillis(2500))
            .tag(ListenerMeters.LISTENER, listener)
            .register(registry);
    failed =
        new CountersBy<>(
            HandshakeFailure.class,
            failure ->
                Counter.builder("sallyport.handshake.failures")
                    .description("Handshakes that did not finish.")
                    .tag(ListenerMeters.LISTENER, listener)
                    .tag("reason", failure.label())
                    .register(registry));
  }

  @Override
  public void handshakeCompleted(
      String version, String cipher, boolean resumed, @Nullable String anchor, long nanos) {
    seconds.record(nanos, TimeUnit.NANOSECONDS);
    // A name from elsewhere is counted as another, so that labels stay few.
    Negotiated negotiated =
        new Negotiated(
            VERSIONS.contains(version) ? version : OTHER,
            CipherSuites.ALL.contains(cipher) ? cipher : OTHER,
            resumed,
            anchor == null ? NO_ANCHOR : known(anchor));
    completed.computeIfAbsent(negotiated, this::register).increment();
  }

  @Override
  public void handshakeFailed(HandshakeFailure failure) {
    failed.increment(failure);
  }

  private String known(String anchor) {
    if (anchors.contains(anchor) || (anchors.size() < MOST_ANCHORS && anchors.add(anchor))) {
      return anchor;
    }
    return OTHER;
  }

  private Counter register(Negotiated negotiated) {
    return Counter.builder("sallyport.handshakes")
        .description("Handshakes that were completed.")
        .tag(ListenerMeters.LISTENER, listener)
        .tag("version", negotiated.version)
        .tag("cipher", negotiated.cipher)
        .tag("resumed", String.valueOf(negotiated.resumed))
        .tag("anchor", negotiated.anchor)
        .register(registry);
  }
}

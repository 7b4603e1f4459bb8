package io.sallyport.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.search.Search;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.sallyport.envelope.KeyRing;
import io.sallyport.identity.OcspEvents;
import io.sallyport.identity.OcspResult;
import io.sallyport.listener.ListenerEvents;
import io.sallyport.relay.ConnectionEvents.Direction;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/** All meters of one proxy, in the Prometheus text format. Thread-safe. */
public final class Telemetry implements AutoCloseable {

  /** Of {@link #scrape()}. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final String IDENTITY = "identity";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final ReloadMeters reloads;
  private final NonceMeters nonces = new NonceMeters(registry);
  private final RecentDenials denials = new RecentDenials(InstantSource.system());
  private final CountersBy<OcspResult> ocspRequests;
  private final Map<String, LongAdder> activeByListener = new ConcurrentHashMap<>();
  private final Map<String, UpstreamMeters> upstreamByListener = new ConcurrentHashMap<>();
  private final Map<String, AtomicLong> pastExpiryByListener = new ConcurrentHashMap<>();
  private final GaugesByName connectionLimits =
      new GaugesByName(
          registry,
          "sallyport.connections.limit",
          ListenerMeters.LISTENER,
          gauge -> gauge.description("At how many open connections accepting pauses."));
  private final GaugesByName notBefore =
      new GaugesByName(
          registry,
          "sallyport.certificate.not.before.timestamp",
          IDENTITY,
          gauge ->
              gauge
                  .description("From when the certificate that an identity serves with holds.")
                  .baseUnit("seconds"));
  private final GaugesByName notAfter =
      new GaugesByName(
          registry,
          "sallyport.certificate.not.after.timestamp",
          IDENTITY,
          gauge ->
              gauge
                  .description("When the certificate that an identity serves with expires.")
                  .baseUnit("seconds"));

  /**
   * @param version for {@code build_info}
   */
  public Telemetry(String version) {
    registry.throwExceptionOnRegistrationFailure();
    Gauge.builder("sallyport.build.info", () -> 1)
        .description("The version that runs; always 1.")
        .tag("version", version)
        .register(registry);
    ProcessMeters.register(registry);
    reloads = new ReloadMeters(registry);
    ocspRequests =
        new CountersBy<>(
            OcspResult.class,
            result ->
                Counter.builder("sallyport.ocsp.requests")
                    .description("Questions sent to OCSP responders, by what came of them.")
                    .tag("result", result.label())
                    .register(registry));
  }

  /** The meters of an inbound listener; asked for again, the same. */
  public ListenerEvents inbound(String name) {
    return listener(name, DialMeters.ofApplication(registry, name));
  }

  /** The meters of an outbound listener; asked for again, the same. */
  public ListenerEvents outbound(String name) {
    return listener(name, DialMeters.ofUpstreams(registry, name));
  }

  private ListenerMeters listener(String name, DialMeters dials) {
    return new ListenerMeters(registry, name, active(name), dials, () -> upstream(name), denials);
  }

  /** One for each name: it counts what is open, whoever opened it. */
  private UpstreamMeters upstream(String listener) {
    return upstreamByListener.computeIfAbsent(listener, name -> new UpstreamMeters(registry, name));
  }

  /** What the counters of a listener say. */
  public Traffic traffic(String listener) {
    return new Traffic(
        count(relayed(listener, Direction.TO_APPLICATION)),
        count(relayed(listener, Direction.TO_PEER)),
        count(of("sallyport.http.requests", listener)),
        count(of("sallyport.handshake.failures", listener)),
        count(of("sallyport.denials", listener)));
  }

  private Search relayed(String listener, Direction direction) {
    return of("sallyport.relayed", listener).tag("direction", direction.label());
  }

  private Search of(String meter, String listener) {
    return registry.find(meter).tag(ListenerMeters.LISTENER, listener);
  }

  private static long count(Search counters) {
    return counters.counters().stream().mapToLong(counter -> (long) counter.count()).sum();
  }

  /** Those who were refused last, the last one first. */
  public List<RecentDenial> denials() {
    return denials.lastFirst();
  }

  /** Shows how long the certificate of each identity holds; called again, shows those alone. */
  public void certificates(Map<String, Validity> validities) {
    notBefore.show(seconds(validities, Validity::notBefore));
    notAfter.show(seconds(validities, Validity::notAfter));
  }

  private static Map<String, Long> seconds(
      Map<String, Validity> validities, Function<Validity, Instant> end) {
    Map<String, Long> seconds = new HashMap<>();
    validities.forEach(
        (identity, validity) -> seconds.put(identity, end.apply(validity).getEpochSecond()));
    return seconds;
  }

  /** Shows {@code max-connections} of each listener; called again, shows those alone. */
  public void connectionLimits(Map<String, Long> limits) {
    connectionLimits.show(limits);
  }

  /** Shows how many nonces each raw key has used; called again, of the keys of these alone. */
  public void keyRings(Map<String, KeyRing> rings) {
    nonces.show(rings);
  }

  /**
   * So many connections of each listener are open whose peers' certificates have expired; none of
   * one that is not named, which has gone.
   */
  public void pastExpiry(Map<String, Integer> connections) {
    pastExpiryByListener.forEach(
        (listener, shown) -> shown.set(connections.getOrDefault(listener, 0)));
  }

  /** Something was read again, and could serve or not. */
  public void reloaded(Reloadable what, boolean success) {
    reloads.reloaded(what, success);
  }

  /** The meters of questions to OCSP responders. */
  public OcspEvents ocsp() {
    return ocspRequests::increment;
  }

  /** Measures from now on how late the loops of this group are, until they shut down. */
  public void watch(EventLoopGroup group) {
    Timer delay =
        Timer.builder("sallyport.eventloop.delay")
            .description("How late event loops ran a timer that was due.")
            .serviceLevelObjectives(
                Duration.ofMillis(1),
                Duration.ofMillis(10),
                Duration.ofMillis(100),
                Duration.ofSeconds(1))
            .register(registry);
    for (EventExecutor loop : group) {
      EventLoopDelay.watch(loop, delay);
    }
  }

  /** Every metric as text of {@link #CONTENT_TYPE}; takes milliseconds, so not on a busy loop. */
  public String scrape() {
    return registry.scrape(CONTENT_TYPE);
  }

  @Override
  public void close() {
    registry.close();
  }

  private LongAdder active(String listener) {
    pastExpiryByListener.computeIfAbsent(listener, this::registerPastExpiry);
    return activeByListener.computeIfAbsent(listener, this::registerActive);
  }

  private LongAdder registerActive(String listener) {
    LongAdder active = new LongAdder();
    Gauge.builder("sallyport.connections.active", active::sum)
        .description("Connections that are open.")
        .tag(ListenerMeters.LISTENER, listener)
        .register(registry);
    return active;
  }

  private AtomicLong registerPastExpiry(String listener) {
    AtomicLong connections = new AtomicLong();
    Gauge.builder("sallyport.connections.past.expiry", connections::get)
        .description("Open connections whose peers' certificates have expired.")
        .tag(ListenerMeters.LISTENER, listener)
        .register(registry);
    return connections;
  }
}

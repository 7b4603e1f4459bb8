package io.sallyport.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.sallyport.envelope.EnvelopeFailure;
import io.sallyport.http.Answered;
import io.sallyport.http.HttpLimit;
import io.sallyport.identity.HandshakeFailure;
import io.sallyport.listener.ListenerEvents;
import io.sallyport.listener.Refused;
import io.sallyport.policy.Denial;
import io.sallyport.relay.CloseReason;
import io.sallyport.upstream.DialFailure;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One listener's meters, looked up once: an event costs an addition. */
final class ListenerMeters implements ListenerEvents {

  static final String LISTENER = "listener";

  private final String name;
  private final LongAdder active;
  private final Counter opened;
  private final CountersBy<CloseReason> closed;
  private final CountersBy<Direction> relayedBytes;
  private final CountersBy<Denial> denied;
  private final RecentDenials recentDenials;
  private final CountersBy<Denial> audited;
  private final Counter limitReached;
  private final Counter passedThrough;
  private final HandshakeMeters handshakes;
  private final DialMeters dials;
  private final EnvelopeMeters envelopes;
  private final Supplier<HttpMeters> newHttp;
  private final Supplier<UpstreamMeters> upstreams;

  /** Null until a request has come: most listeners carry streams. */
  private volatile @Nullable HttpMeters http;

  /** Null until a request has gone out. */
  private volatile @Nullable UpstreamMeters upstream;

  ListenerMeters(
      MeterRegistry registry,
      String name,
      LongAdder active,
      DialMeters dials,
      Supplier<UpstreamMeters> upstreams,
      RecentDenials recentDenials) {
    this.name = name;
    this.recentDenials = recentDenials;
    this.upstreams = upstreams;
    newHttp = () -> new HttpMeters(registry, name);
    this.active = active;
    this.dials = dials;
    handshakes = new HandshakeMeters(registry, name);
    envelopes = new EnvelopeMeters(registry, name);
    opened =
        counter("sallyport.connections", "Connections that were accepted.", name)
            .register(registry);
    closed =
        new CountersBy<>(
            CloseReason.class,
            reason ->
                counter("sallyport.connections.closed", "Connections that have ended.", name)
                    .tag("reason", reason.label())
                    .register(registry));
    relayedBytes =
        new CountersBy<>(
            Direction.class,
            direction ->
                counter("sallyport.relayed", "Plaintext that was handed on.", name)
                    .baseUnit("bytes")
                    .tag("direction", direction.label())
                    .register(registry));
    denied =
        new CountersBy<>(
            Denial.class,
            denial ->
                counter("sallyport.denials", "Proven peers and local users refused.", name)
                    .tag("reason", denial.label())
                    .register(registry));
    audited =
        new CountersBy<>(
            Denial.class,
            denial ->
                counter(
                        "sallyport.audited.denials",
                        "Peers let in that would be refused, were the rules enforced.",
                        name)
                    .tag("reason", denial.label())
                    .register(registry));
    limitReached =
        counter(
                "sallyport.connection.limit.reached",
                "How often accepting paused at max-connections.",
                name)
            .register(registry);
    passedThrough =
        counter(
                "sallyport.passthrough.connections",
                "Captured connections that go on as they are, without TLS.",
                name)
            .register(registry);
  }

  @Override
  public void opened() {
    active.increment();
    opened.increment();
  }

  @Override
  public void relayed(Direction direction, long bytes) {
    relayedBytes.increment(direction, bytes);
  }

  @Override
  public void closed(CloseReason reason) {
    active.decrement();
    closed.increment(reason);
  }

  @Override
  public void denied(Refused refused) {
    denied.increment(refused.reason());
    recentDenials.add(name, refused);
  }

  @Override
  public void audited(Denial denial) {
    audited.increment(denial);
  }

  @Override
  public void connectionLimitReached() {
    limitReached.increment();
  }

  @Override
  public void passedThrough() {
    passedThrough.increment();
  }

  @Override
  public void handshakeCompleted(
      String version, String cipher, boolean resumed, @Nullable String anchor, long nanos) {
    handshakes.handshakeCompleted(version, cipher, resumed, anchor, nanos);
  }

  @Override
  public void handshakeFailed(HandshakeFailure failure) {
    handshakes.handshakeFailed(failure);
  }

  @Override
  public void dialled() {
    dials.dialled();
  }

  @Override
  public void dialFailed(DialFailure failure) {
    dials.dialFailed(failure);
  }

  @Override
  public void done(Operation operation) {
    envelopes.done(operation);
  }

  @Override
  public void failed(Operation operation, EnvelopeFailure failure) {
    envelopes.failed(operation, failure);
  }

  @Override
  public void answered(Answered request) {
    http().answered(request);
  }

  @Override
  public void limitReached(HttpLimit limit) {
    http().limitReached(limit);
  }

  private HttpMeters http() {
    HttpMeters meters = http;
    if (meters == null) {
      meters = newHttp.get(); // the registry gives two of them the same meters
      http = meters;
    }
    return meters;
  }

  @Override
  public void peerConnectionOpened() {
    upstream().connectionOpened();
  }

  @Override
  public void peerConnectionClosed(CloseReason reason) {
    upstream().connectionClosed(reason);
  }

  @Override
  public void requestBegun() {
    upstream().requestBegun();
  }

  @Override
  public void requestEnded() {
    upstream().requestEnded();
  }

  @Override
  public void retried() {
    upstream().retried();
  }

  @Override
  public void retryRefused() {
    upstream().retryRefused();
  }

  private UpstreamMeters upstream() {
    UpstreamMeters meters = upstream;
    if (meters == null) {
      meters = upstreams.get();
      upstream = meters;
    }
    return meters;
  }

  private static Counter.Builder counter(String name, String description, String listener) {
    return Counter.builder(name).description(description).tag(LISTENER, listener);
  }
}

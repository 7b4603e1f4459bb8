package io.sallyport.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.sallyport.relay.CloseReason;
import io.sallyport.upstream.RequestEvents;
import java.util.concurrent.atomic.LongAdder;

/** What one outbound listener that carries HTTP does towards its endpoints. */
final class UpstreamMeters implements RequestEvents {

  private final LongAdder open = new LongAdder();
  private final LongAdder outstanding = new LongAdder();
  private final CountersBy<CloseReason> closed;
  private final Counter retries;
  private final Counter retriesRefused;

  UpstreamMeters(MeterRegistry registry, String listener) {
    gauge(
        registry,
        listener,
        "sallyport.upstream.connections.active",
        "Connections to peers that are open for requests, in use or kept.",
        open);
    gauge(
        registry,
        listener,
        "sallyport.upstream.requests.outstanding",
        "Requests that an endpoint was chosen for and that have not ended.",
        outstanding);
    closed =
        new CountersBy<>(
            CloseReason.class,
            reason ->
                counter(
                        listener,
                        "sallyport.upstream.connections.closed",
                        "Connections to peers for requests that have ended.")
                    .tag("reason", reason.label())
                    .register(registry));
    retries =
        counter(listener, "sallyport.upstream.retries", "Requests that were tried again.")
            .register(registry);
    retriesRefused =
        counter(
                listener,
                "sallyport.upstream.retries.refused",
                "Requests that were not tried again, for want of retry budget.")
            .register(registry);
  }

  void connectionOpened() {
    open.increment();
  }

  void connectionClosed(CloseReason reason) {
    open.decrement();
    closed.increment(reason);
  }

  @Override
  public void requestBegun() {
    outstanding.increment();
  }

  @Override
  public void requestEnded() {
    outstanding.decrement();
  }

  @Override
  public void retried() {
    retries.increment();
  }

  @Override
  public void retryRefused() {
    retriesRefused.increment();
  }

  private static void gauge(
      MeterRegistry registry, String listener, String name, String description, LongAdder value) {
    Gauge.builder(name, value::sum)
        .description(description)
        .tag(ListenerMeters.LISTENER, listener)
        .register(registry);
  }

  private static Counter.Builder counter(String listener, String name, String description) {
    return Counter.builder(name).description(description).tag(ListenerMeters.LISTENER, listener);
  }
}

package io.sallyport.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.sallyport.upstream.DialEvents;
import io.sallyport.upstream.DialFailure;
import org.jspecify.annotations.Nullable;

/** What is dialled behind a listener, under the name that it has on that side. */
final class DialMeters implements DialEvents {

  private final @Nullable Counter dialled;
  private final CountersBy<DialFailure> failed;

  private DialMeters(@Nullable Counter dialled, CountersBy<DialFailure> failed) {
    this.dialled = dialled;
    this.failed = failed;
  }

  /** The application is one and near: its failures are of interest, not its successes. */
  static DialMeters ofApplication(MeterRegistry registry, String listener) {
    return new DialMeters(
        null,
        failures(
            registry,
            listener,
            "sallyport.app.connect.failures",
            "Connections to the application that could not be had."));
  }

  static DialMeters ofUpstreams(MeterRegistry registry, String listener) {
    return new DialMeters(
        Counter.builder("sallyport.upstream.connects")
            .description("Connections to endpoints that were had.")
            .tag(ListenerMeters.LISTENER, listener)
            .register(registry),
        failures(
            registry,
            listener,
            "sallyport.upstream.connect.failures",
            "Connections to endpoints that could not be had."));
  }

  @Override
  public void dialled() {
    if (dialled != null) {
      dialled.increment();
    }
  }

  @Override
  public void dialFailed(DialFailure failure) {
    failed.increment(failure);
  }

  private static CountersBy<DialFailure> failures(
      MeterRegistry registry, String listener, String name, String description) {
    return new CountersBy<>(
        DialFailure.class,
        failure ->
            Counter.builder(name)
                .description(description)
                .tag(ListenerMeters.LISTENER, listener)
                .tag("reason", failure.label())
                .register(registry));
  }
}

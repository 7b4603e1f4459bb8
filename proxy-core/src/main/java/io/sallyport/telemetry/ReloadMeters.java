package io.sallyport.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** What came of reading files again. All meters are there from the start, for alerts to see. */
final class ReloadMeters {

  private static final String WHAT = "what";

  private final Map<Reloadable, Counter> succeeded = new EnumMap<>(Reloadable.class);
  private final Map<Reloadable, Counter> failed = new EnumMap<>(Reloadable.class);
  private final Map<Reloadable, AtomicLong> lastSuccess = new EnumMap<>(Reloadable.class);

  ReloadMeters(MeterRegistry registry) {
    for (Reloadable what : Reloadable.values()) {
      succeeded.put(what, counter(registry, what, "success"));
      failed.put(what, counter(registry, what, "failure"));
      AtomicLong last = new AtomicLong(Instant.now().getEpochSecond());
      lastSuccess.put(what, last);
      Gauge.builder("sallyport.reload.last.success.timestamp", last::get)
          .description("When it was last read and could serve; the start counts.")
          .baseUnit("seconds")
          .tag(WHAT, what.label())
          .register(registry);
    }
  }

  private static Counter counter(MeterRegistry registry, Reloadable what, String result) {
    return Counter.builder("sallyport.reloads")
        .description("Files read again while serving.")
        .tag(WHAT, what.label())
        .tag("result", result)
        .register(registry);
  }

  @SuppressWarnings("NullAway") // every constant is a key
  void reloaded(Reloadable what, boolean success) {
    (success ? succeeded : failed).get(what).increment();
    if (success) {
      lastSuccess.get(what).set(Instant.now().getEpochSecond());
    }
  }
}

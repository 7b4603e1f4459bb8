package io.sallyport.telemetry;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.sallyport.envelope.EnvelopeKey;
import io.sallyport.envelope.KeyRing;
import io.sallyport.envelope.KeyUse;
import io.sallyport.envelope.NonceBudget;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/** How much of what random nonces allow the raw keys have used. Thread-safe. */
final class NonceMeters {

  private static final String USED = "sallyport.envelope.nonces.used";

  private final MeterRegistry registry;
  private final Map<Tags, AtomicReference<NonceBudget>> shown = new HashMap<>();

  NonceMeters(MeterRegistry registry) {
    this.registry = registry;
  }

  /** These, and no others any more. */
  synchronized void show(Map<String, KeyRing> rings) {
    Map<Tags, NonceBudget> now = new HashMap<>();
    rings.forEach(
        (name, ring) -> {
          for (EnvelopeKey key : ring.keys()) {
            if (key.use() == KeyUse.RAW) {
              now.put(Tags.of("key_ring", name, "key", key.id()), key.nonces());
            }
          }
        });
    shown
        .keySet()
        .removeIf(
            tags -> {
              if (now.containsKey(tags)) {
                return false;
              }
              registry.find(USED).tags(tags).gauges().forEach(registry::remove);
              return true;
            });
    now.forEach((tags, budget) -> shown.computeIfAbsent(tags, this::register).set(budget));
  }

  private AtomicReference<NonceBudget> register(Tags tags) {
    AtomicReference<NonceBudget> budget = new AtomicReference<>();
    Gauge.builder(USED, () -> used(budget))
        .description("Messages that a raw key has sealed in this process; it is refused at 4e9.")
        .tags(tags)
        .register(registry);
    return budget;
  }

  private static long used(AtomicReference<NonceBudget> budget) {
    NonceBudget now = budget.get();
    return now == null ? 0 : now.used();
  }
}

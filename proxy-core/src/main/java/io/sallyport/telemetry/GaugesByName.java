package io.sallyport.telemetry;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/** One gauge for each of some names, which come and go with the configuration. Thread-safe. */
final class GaugesByName {

  private final MeterRegistry registry;
  private final String metric;
  private final String label;
  private final UnaryOperator<Gauge.Builder<?>> told;
  private final Map<String, AtomicLong> shown = new HashMap<>();

  /**
   * @param told adds what the metric is, and its unit if it has one
   */
  GaugesByName(
      MeterRegistry registry, String metric, String label, UnaryOperator<Gauge.Builder<?>> told) {
    this.registry = registry;
    this.metric = metric;
    this.label = label;
    this.told = told;
  }

  /** These, and no others any more. */
  synchronized void show(Map<String, Long> values) {
    shown
        .keySet()
        .removeIf(
            name -> {
              if (values.containsKey(name)) {
                return false;
              }
              registry.find(metric).tag(label, name).gauges().forEach(registry::remove);
              return true;
            });
    values.forEach((name, value) -> shown.computeIfAbsent(name, this::register).set(value));
  }

  private AtomicLong register(String name) {
    AtomicLong value = new AtomicLong();
    told.apply(Gauge.builder(metric, value::get)).tag(label, name).register(registry);
    return value;
  }
}

package io.sallyport.telemetry;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;

/**
 * One counter for each value of a closed enum, all there at zero from the start, so that an alert
 * can tell "never" from "not measured".
 */
final class CountersBy<E extends Enum<E>> {

  private final Map<E, Counter> counters;

  /**
   * @param counter registers the counter of one value
   */
  CountersBy(Class<E> values, Function<E, Counter> counter) {
    counters = new EnumMap<>(values);
    for (E value : values.getEnumConstants()) {
      counters.put(value, counter.apply(value));
    }
  }

  void increment(E value) {
    of(value).increment();
  }

  void increment(E value, long amount) {
    of(value).increment((double) amount);
  }

  private Counter of(E value) {
    return requireNonNull(counters.get(value));
  }
}

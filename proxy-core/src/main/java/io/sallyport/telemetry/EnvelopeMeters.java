package io.sallyport.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.sallyport.envelope.EnvelopeEvents;
import io.sallyport.envelope.EnvelopeFailure;
import java.util.EnumMap;
import java.util.Map;

/** The messages that one listener sealed and opened. */
final class EnvelopeMeters implements EnvelopeEvents {

  private static final String SUCCESS = "success";

  private final CountersBy<Operation> done;
  private final Map<Operation, CountersBy<EnvelopeFailure>> failed = new EnumMap<>(Operation.class);

  EnvelopeMeters(MeterRegistry registry, String listener) {
    done =
        new CountersBy<>(
            Operation.class, operation -> counter(registry, listener, operation, SUCCESS));
    for (Operation operation : Operation.values()) {
      failed.put(
          operation,
          new CountersBy<>(
              EnvelopeFailure.class,
              failure -> counter(registry, listener, operation, failure.label())));
    }
  }

  private static Counter counter(
      MeterRegistry registry, String listener, Operation operation, String result) {
    return Counter.builder("sallyport.envelope.messages")
        .description("Messages, or ways of a framed connection, that were sealed or opened or not.")
        .tag(ListenerMeters.LISTENER, listener)
        .tag("operation", operation.label())
        .tag("result", result)
        .register(registry);
  }

  @Override
  public void done(Operation operation) {
    done.increment(operation);
  }

  @Override
  @SuppressWarnings("NullAway") // every constant is a key
  public void failed(Operation operation, EnvelopeFailure failure) {
    failed.get(operation).increment(failure);
  }
}

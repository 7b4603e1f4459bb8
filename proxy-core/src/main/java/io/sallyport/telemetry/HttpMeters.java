package io.sallyport.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.sallyport.http.Answered;
import io.sallyport.http.HttpEvents;
import io.sallyport.http.HttpLimit;
import io.sallyport.http.Refusal;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** The requests of one listener that carries HTTP. */
final class HttpMeters implements HttpEvents {

  /** Peers choose the method: those of RFC 9110 and PATCH are told apart, all others are one. */
  private static final List<String> METHODS =
      List.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "other");

  /** Those that are told apart; of the others, and of what had no answer, the class is. */
  private static final Set<Integer> STATUSES =
      Set.of(
          101, 200, 201, 202, 204, 206, 301, 302, 304, 307, 400, 401, 403, 404, 405, 408, 409, 413,
          414, 421, 429, 431, 500, 502, 503, 504);

  private static final int MOST_STATUS = 600;

  private final MeterRegistry registry;
  private final String listener;
  private final Timer seconds;
  private final CountersBy<Refusal> refused;
  private final CountersBy<HttpLimit> limits;

  /** Filled as they occur. Two may register one at once; the registry gives both the same. */
  private final AtomicReferenceArray<@Nullable Counter> requests =
      new AtomicReferenceArray<>(METHODS.size() * MOST_STATUS);

  HttpMeters(MeterRegistry registry, String listener) {
    this.registry = registry;
    this.listener = listener;
    seconds =
        Timer.builder("sallyport.http.request")
            .description("From the head of a request to the end of its response.")
            .serviceLevelObjectives(
                Duration.ofMillis(5),
                Duration.ofMillis(25),
                Duration.ofMillis(100),
                Duration.ofMillis(500),
                Duration.ofMillis(2500),
                Duration.ofSeconds(10))
            .tag(ListenerMeters.LISTENER, listener)
            .register(registry);
    refused =
        new CountersBy<>(
            Refusal.class,
            refusal ->
                Counter.builder("sallyport.http.refusals")
                    .description("Requests that the proxy answered itself.")
                    .tag(ListenerMeters.LISTENER, listener)
                    .tag("reason", refusal.label())
                    .register(registry));
    limits =
        new CountersBy<>(
            HttpLimit.class,
            limit ->
                Counter.builder("sallyport.http.limit.reached")
                    .description("How often connections reached a limit of HTTP.")
                    .tag(ListenerMeters.LISTENER, listener)
                    .tag("limit", limit.label())
                    .register(registry));
  }

  @Override
  public void limitReached(HttpLimit limit) {
    limits.increment(limit);
  }

  @Override
  public void answered(Answered request) {
    seconds.record(request.durationNanos(), TimeUnit.NANOSECONDS);
    if (request.refusal() != null) {
      refused.increment(request.refusal());
    }
    int status = request.status() < MOST_STATUS ? request.status() : 0;
    int method = method(request.method());
    int at = method * MOST_STATUS + status;
    Counter counter = requests.get(at);
    if (counter == null) {
      counter = register(METHODS.get(method), status);
      requests.set(at, counter);
    }
    counter.increment();
  }

  private static int method(@Nullable String method) {
    int at = method == null ? -1 : METHODS.indexOf(method);
    return at < 0 ? METHODS.size() - 1 : at;
  }

  private Counter register(String method, int status) {
    return Counter.builder("sallyport.http.requests")
        .description("Requests that have been answered, or whose answer broke off.")
        .tag(ListenerMeters.LISTENER, listener)
        .tag("method", method)
        .tag("status", word(status))
        .register(registry);
  }

  private static String word(int status) {
    if (status == 0) {
      return "none";
    }
    return STATUSES.contains(status) ? String.valueOf(status) : status / 100 + "xx";
  }
}

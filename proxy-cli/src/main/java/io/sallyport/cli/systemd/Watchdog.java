package io.sallyport.cli.systemd;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells that the service is alive when all that has to go on has, and not while it has not: of a
 * service that is stuck nothing is heard, and systemd ends it. Confined to one thread.
 */
final class Watchdog {

  private static final String MICROS = "WATCHDOG_USEC";
  private static final String FOR_PROCESS = "WATCHDOG_PID";

  private final Supplier<? extends CompletionStage<?>> turn;
  private final Runnable alive;
  private @Nullable CompletionStage<?> begun;

  /**
   * @param alive called on any thread
   */
  Watchdog(Supplier<? extends CompletionStage<?>> turn, Runnable alive) {
    this.turn = turn;
    this.alive = alive;
  }

  /**
   * How often systemd wants to hear of this process, as sd_watchdog_enabled(3) has it.
   *
   * @return null when it does not
   */
  static @Nullable Duration interval(Map<String, String> environment, long pid) {
    String process = environment.get(FOR_PROCESS);
    if (process != null && !process.equals(Long.toString(pid))) {
      return null;
    }
    try {
      long micros = Long.parseLong(environment.getOrDefault(MICROS, ""));
      return micros > 0 ? Duration.of(micros, ChronoUnit.MICROS) : null;
    } catch (NumberFormatException | ArithmeticException e) {
      return null;
    }
  }

  /** Asks for a turn, unless the last one that was asked for has not come yet. */
  void look() {
    if (begun == null || begun.toCompletableFuture().isDone()) {
      begun = turn.get();
      begun.thenRun(alive);
    }
  }
}

package io.sallyport.cli.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WatchdogTest {

  private final List<CompletableFuture<Void>> turns = new ArrayList<>();
  private final AtomicInteger alive = new AtomicInteger();
  private final Watchdog watchdog = new Watchdog(this::turn, alive::incrementAndGet);

  private CompletableFuture<Void> turn() {
    CompletableFuture<Void> turn = new CompletableFuture<>();
    turns.add(turn);
    return turn;
  }

  @Test
  void isSilentWhileATurnDoesNotComeAndAsksForNoOther() {
    watchdog.look();
    watchdog.look();
    watchdog.look();

    assertThat(turns).hasSize(1);
    assertThat(alive).hasValue(0);
  }

  @Test
  void tellsOnceForEachTurnThatHasCome() {
    watchdog.look();
    turns.get(0).complete(null);
    assertThat(alive).hasValue(1);

    watchdog.look();
    assertThat(alive).hasValue(1);
    turns.get(1).complete(null);
    assertThat(alive).hasValue(2);
  }

  @Test
  void tellsNothingOfLoopsThatHaveStopped() {
    watchdog.look();
    turns.get(0).completeExceptionally(new RejectedExecutionException());
    watchdog.look();

    assertThat(turns).hasSize(2);
    assertThat(alive).hasValue(0);
  }

  @ParameterizedTest
  @CsvSource({
    "30000000, 7, PT30S",
    "30000000, , PT30S",
    "30000000, 8, ",
    "0, 7, ",
    "-1, 7, ",
    "soon, 7, ",
    "99999999999999999999, 7, ",
    ", 7, "
  })
  void isAskedForByTheEnvironmentAsSystemdSetsIt(String micros, String pid, Duration interval) {
    Map<String, String> environment = new HashMap<>();
    if (micros != null) {
      environment.put("WATCHDOG_USEC", micros);
    }
    if (pid != null) {
      environment.put("WATCHDOG_PID", pid);
    }

    assertThat(Watchdog.interval(environment, 7)).isEqualTo(interval);
  }
}

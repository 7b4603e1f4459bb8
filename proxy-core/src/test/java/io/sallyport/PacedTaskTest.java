package io.sallyport;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.time.Duration;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class PacedTaskTest {

  private final ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(1);
  private final AtomicInteger done = new AtomicInteger();
  private final Semaphore begun = new Semaphore(0);
  private final Semaphore mayEnd = new Semaphore(0);

  @AfterEach
  void stop() {
    thread.shutdownNow();
  }

  private PacedTask task(Duration least) {
    return new PacedTask(
        thread,
        least,
        () -> {
          done.incrementAndGet();
          begun.release();
          mayEnd.acquireUninterruptibly();
        });
  }

  @Test
  void isDoneOnceMoreForHoweverOftenItBecameDueMeanwhile() throws Exception {
    PacedTask task = task(Duration.ZERO);
    task.becomesDue();
    begun.acquire();

    for (int i = 0; i < 1000; i++) {
      task.becomesDue();
    }
    mayEnd.release(1001);
    thread.shutdown(); // what is due is still done

    assertThat(thread.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    assertThat(done).hasValue(2);
  }

  @Test
  void isDoneAtOnceAndThenNotBeforeItsTime() throws Exception {
    PacedTask task = task(Duration.ofDays(1));
    task.becomesDue();
    begun.acquire();

    task.becomesDue();

    Delayed next = (Delayed) requireNonNull(thread.getQueue().peek());
    assertThat(next.getDelay(TimeUnit.HOURS)).isBetween(20L, 24L);
    mayEnd.release();
  }

  @Test
  void isNothingAnyMoreWhenItsThreadHasEnded() {
    PacedTask task = task(Duration.ZERO);
    thread.shutdownNow();

    assertThatCode(task::becomesDue).doesNotThrowAnyException();
    assertThat(done).hasValue(0);
  }
}

package io.sallyport;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Something that is to be done whenever it is due, at once or soon: once for however often it
 * became due meanwhile, and at most once in a while. Thread-safe.
 */
final class PacedTask {

  private final ScheduledExecutorService thread;
  private final long leastNanos;
  private final Runnable task;
  private final AtomicBoolean due = new AtomicBoolean();
  private volatile long begunAt;

  /**
   * @param least from one beginning to the next
   * @param task is done on the thread
   */
  PacedTask(ScheduledExecutorService thread, Duration least, Runnable task) {
    this.thread = thread;
    this.leastNanos = least.toNanos();
    this.task = task;
    begunAt = System.nanoTime() - leastNanos;
  }

  /** Waits for nothing. */
  void becomesDue() {
    if (due.compareAndSet(false, true)) {
      long pause = Math.max(0, leastNanos - (System.nanoTime() - begunAt));
      try {
        thread.schedule(this::begin, pause, TimeUnit.NANOSECONDS);
      } catch (RejectedExecutionException e) {
        // The thread has ended, and with it whatever this was for.
      }
    }
  }

  private void begin() {
    begunAt = System.nanoTime();
    due.set(false); // what comes from now on may not be seen any more
    task.run();
  }
}

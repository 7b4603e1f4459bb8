package io.sallyport.upstream;

import io.sallyport.config.RetryLimit;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * Bounds how much of the load on endpoints is retries, so that those who are in trouble are not
 * given several times the requests that brought them there. Counted over the last ten seconds, in
 * slots of one. Thread-safe.
 */
public final class RetryBudget {

  private static final int SECONDS = 10;
  private static final long COUNT = 0xffff_ffffL;

  private final LongSupplier nanoTime;
  private final long startedAt;

  // In each slot the second that it counts for in the upper half, and the count in the lower.
  private final AtomicLongArray requests = new AtomicLongArray(SECONDS);
  private final AtomicLongArray retries = new AtomicLongArray(SECONDS);

  public RetryBudget() {
    this(System::nanoTime);
  }

  RetryBudget(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.startedAt = nanoTime.getAsLong();
  }

  /** A request has come; retries of it are not told here. */
  public void requested() {
    count(requests, second());
  }

  /** Whether there may be a retry, which is then counted. */
  public synchronized boolean mayRetry(RetryLimit limit) {
    long second = second();
    long allowed =
        sum(requests, second) * limit.percent() / 100 + (long) limit.perSecond() * SECONDS;
    if (sum(retries, second) >= allowed) {
      return false;
    }
    count(retries, second);
    return true;
  }

  private long second() {
    return TimeUnit.NANOSECONDS.toSeconds(nanoTime.getAsLong() - startedAt);
  }

  private static void count(AtomicLongArray slots, long second) {
    int at = (int) (second % SECONDS);
    while (true) {
      long before = slots.get(at);
      long after = before >>> Integer.SIZE == second ? before + 1 : second << Integer.SIZE | 1;
      if (slots.compareAndSet(at, before, after)) {
        return;
      }
    }
  }

  private static long sum(AtomicLongArray slots, long now) {
    long sum = 0;
    for (int at = 0; at < SECONDS; at++) {
      long slot = slots.get(at);
      if (now - (slot >>> Integer.SIZE) < SECONDS) {
        sum += slot & COUNT;
      }
    }
    return sum;
  }
}

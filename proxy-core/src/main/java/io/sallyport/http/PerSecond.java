package io.sallyport.http;

import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;

/** How often something has happened in the second that is running. */
final class PerSecond {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Ticker clock;
  private long began;
  private int count;

  PerSecond(Ticker clock) {
    this.clock = clock;
    this.began = clock.nanoTime();
  }

  /** Once more; whether that is more often than this. */
  boolean exceeds(int most) {
    long now = clock.nanoTime();
    if (now - began >= SECOND) {
      began = now;
      count = 0;
    }
    return ++count > most;
  }
}

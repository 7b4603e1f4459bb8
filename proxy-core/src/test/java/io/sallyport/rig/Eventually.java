package io.sallyport.rig;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what another thread brings about. */
public final class Eventually {

  private static final long DEADLINE_NANOS = Duration.ofSeconds(30).toNanos();
  private static final long LOOK_AGAIN_NANOS = Duration.ofMillis(5).toNanos();

  private Eventually() {}

  /** Returns as soon as it holds; fails when it does not hold within thirty seconds. */
  public static void holds(String what, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > DEADLINE_NANOS) {
        throw new AssertionError("never: " + what);
      }
      LockSupport.parkNanos(LOOK_AGAIN_NANOS);
    }
  }
}

package io.sallyport.telemetry;

import io.micrometer.core.instrument.Timer;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Asks one event loop for a turn every few seconds and measures how late the turn comes. */
final class EventLoopDelay implements Runnable {

  /** Often enough to catch a loop that is stuck, seldom enough that an idle sidecar sleeps. */
  static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final EventExecutor loop;
  private final Timer delay;
  private long dueNanos;

  private EventLoopDelay(EventExecutor loop, Timer delay) {
    this.loop = loop;
    this.delay = delay;
    this.dueNanos = loop.ticker().nanoTime() + PERIOD_NANOS;
  }

  /** A loop that shuts down drops its timers, and this with them. */
  static void watch(EventExecutor loop, Timer delay) {
    Future<?> unused =
        loop.scheduleWithFixedDelay(
            new EventLoopDelay(loop, delay), PERIOD_NANOS, PERIOD_NANOS, TimeUnit.NANOSECONDS);
  }

  @Override
  public void run() {
    long now = loop.ticker().nanoTime();
    delay.record(Math.max(0, now - dueNanos), TimeUnit.NANOSECONDS);
    dueNanos = now + PERIOD_NANOS;
  }
}

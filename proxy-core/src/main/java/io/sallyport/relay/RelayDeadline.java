package io.sallyport.relay;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one timer of a relay. It is armed for the earliest time at which something could have expired
 * and looks again then, so that a byte costs a clock reading and not a rescheduling.
 */
final class RelayDeadline implements Runnable {

  private static final long NEVER = Long.MAX_VALUE;

  private final long idle;
  private final long halfClose;
  private final long close;
  private final long lifetime;
  private final LongSupplier pendingBytes;
  private final Consumer<CloseReason> expired;

  private final EventLoop loop;
  private final Ticker clock;
  private @Nullable Future<?> timer;
  private long startedAt;
  private long lastByteAt;
  private long lastPendingBytes;
  private boolean halfClosed;
  private boolean closing;

  /**
   * @param pendingBytes what was written and has not left; progress there counts as a byte
   * @param expired told once, with the reason
   */
  RelayDeadline(
      EventLoop loop,
      RelayTimeouts timeouts,
      LongSupplier pendingBytes,
      Consumer<CloseReason> expired) {
    this.loop = loop;
    this.clock = loop.ticker();
    this.idle = timeouts.idle().toNanos();
    this.halfClose = timeouts.halfClose().toNanos();
    this.close = timeouts.close().toNanos();
    this.lifetime = timeouts.lifetime().toNanos();
    this.pendingBytes = pendingBytes;
    this.expired = expired;
  }

  void start() {
    startedAt = now();
    lastByteAt = startedAt;
    arm();
  }

  /** A byte went through. */
  void touch() {
    if (idle > 0 || halfClosed) {
      lastByteAt = now();
    }
  }

  void halfClosed() {
    halfClosed = true;
    restart();
  }

  /** Both sides have finished; what is pending may still leave. */
  void closing() {
    closing = true;
    restart();
  }

  void cancel() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  @Override
  public void run() {
    timer = null;
    long pending = pendingBytes.getAsLong();
    if (pending < lastPendingBytes) {
      lastByteAt = now();
    }
    lastPendingBytes = pending;
    CloseReason reason = overdue();
    if (reason == null) {
      arm();
    } else {
      expired.accept(reason);
    }
  }

  private void restart() {
    cancel();
    lastByteAt = now();
    lastPendingBytes = pendingBytes.getAsLong();
    arm();
  }

  private void arm() {
    long wait = Math.min(lifetimeLeft(), Math.min(idleLeft(), endingLeft()));
    if (wait != NEVER) {
      timer = loop.schedule(this, Math.max(wait, 1), TimeUnit.NANOSECONDS);
    }
  }

  private @Nullable CloseReason overdue() {
    if (endingLeft() <= 0) {
      return closing ? CloseReason.CLOSE_TIMEOUT : CloseReason.HALF_CLOSE_TIMEOUT;
    }
    if (idleLeft() <= 0) {
      return CloseReason.IDLE_TIMEOUT;
    }
    return lifetimeLeft() <= 0 ? CloseReason.MAX_LIFETIME : null;
  }

  private long endingLeft() {
    if (closing) {
      return left(close, lastByteAt);
    }
    return halfClosed ? left(halfClose, lastByteAt) : NEVER;
  }

  private long idleLeft() {
    return closing ? NEVER : left(idle, lastByteAt);
  }

  private long lifetimeLeft() {
    return left(lifetime, startedAt);
  }

  private long left(long allowed, long since) {
    return allowed == 0 ? NEVER : allowed - (now() - since);
  }

  private long now() {
    return clock.nanoTime();
  }
}

package io.sallyport.http;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.sallyport.relay.CloseReason;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's connections to one server that can serve another exchange, the one used last in
 * front: what is not needed grows old at the end, and is closed there. All of them were made on the
 * same terms. Belongs to its event loop.
 */
public final class KeptConnections implements Runnable {

  private final EventLoop loop;
  private final Deque<ClientConnection> kept = new ArrayDeque<>();

  private Duration longest = Duration.ZERO;
  private @Nullable Future<?> timer;

  public KeptConnections(EventLoop loop) {
    this.loop = loop;
  }

  /** One of them, to begin an exchange with; null where there is none. */
  public @Nullable Answerer take() {
    for (ClientConnection next = kept.peek(); next != null; next = kept.peek()) {
      Answerer answerer = next.next();
      if (!next.hasRoom()) {
        kept.remove();
      }
      if (answerer != null) {
        return answerer;
      }
    }
    return null;
  }

  /**
   * It can serve another exchange.
   *
   * @param most to be kept
   * @param unused for how long one is kept that nobody uses
   */
  public void keep(ClientConnection connection, int most, Duration unused) {
    longest = unused;
    kept.push(connection);
    if (kept.size() > most) {
      kept.removeLast().leave(CloseReason.LEAVING);
    }
    arm();
  }

  /** It is not to be taken any more. */
  public void forget(ClientConnection connection) {
    kept.remove(connection);
  }

  /** None of them serves anything new. */
  public void leave() {
    for (ClientConnection next = kept.poll(); next != null; next = kept.poll()) {
      next.leave(CloseReason.LEAVING);
    }
  }

  private void arm() {
    ClientConnection oldest = kept.peekLast();
    if (timer == null && oldest != null) {
      timer = loop.schedule(this, Math.max(1, left(oldest)), TimeUnit.NANOSECONDS);
    }
  }

  private long left(ClientConnection connection) {
    return longest.toNanos() - (loop.ticker().nanoTime() - connection.unusedSince());
  }

  @Override
  public void run() {
    timer = null;
    ClientConnection oldest = kept.peekLast();
    while (oldest != null && left(oldest) <= 0) {
      kept.removeLast();
      oldest.leave(CloseReason.IDLE_TIMEOUT);
      oldest = kept.peekLast();
    }
    arm();
  }
}

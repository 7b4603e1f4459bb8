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
 * One event loop's connections to one server that can serve another exchange. The one that came
 * last is taken first, so that what is not needed grows old; each is closed when nobody has used it
 * for its time, whatever the others do, and those beyond the number to be kept soon: as many as
 * were in use at once will be again, and a connection for each request costs both sides more than
 * the request. All of them were made on the same terms. Belongs to its event loop.
 */
public final class KeptConnections implements Runnable {

  private static final long SURPLUS_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int MOST_SURPLUS = 1000;

  private final EventLoop loop;
  private final Deque<Kept> kept = new ArrayDeque<>();

  private int most;
  private @Nullable Future<?> timer;
  private long armedFor;

  private record Kept(ClientConnection connection, Duration unused) {

    /** All of its time, while it serves something. */
    long nanosLeft(long now, boolean surplus) {
      long nanos = unused.toNanos();
      return (surplus ? Math.min(nanos, SURPLUS_NANOS) : nanos) - (now - connection.unusedSince());
    }
  }

  public KeptConnections(EventLoop loop) {
    this.loop = loop;
  }

  /** One of them, to begin an exchange with; null where there is none. */
  public @Nullable Answerer take() {
    for (Kept next = kept.peek(); next != null; next = kept.peek()) {
      Answerer answerer = next.connection().next();
      if (!next.connection().hasRoom()) {
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
   * @param mostUnused to be kept for longer than a second; zero for none at all
   * @param unused for how long one is kept that nobody uses
   */
  public void keep(ClientConnection connection, int mostUnused, Duration unused) {
    most = mostUnused;
    Kept added = new Kept(connection, unused);
    kept.push(added);
    if (kept.size() > (most == 0 ? 0 : most + MOST_SURPLUS)) {
      kept.removeLast().connection().leave(CloseReason.LEAVING);
    }
    arm(added.nanosLeft(now(), kept.size() > most));
  }

  /** It is not to be taken any more. */
  public void forget(ClientConnection connection) {
    kept.removeIf(each -> each.connection().equals(connection));
  }

  /** None of them serves anything new. */
  public void leave() {
    for (Kept next = kept.poll(); next != null; next = kept.poll()) {
      next.connection().leave(CloseReason.LEAVING);
    }
  }

  private long now() {
    return loop.ticker().nanoTime();
  }

  /** To look again then; later ones of the same time cost nothing. */
  private void arm(long nanosLeft) {
    long due = now() + Math.max(1, nanosLeft);
    if (timer == null || due - armedFor < 0) {
      if (timer != null) {
        timer.cancel(false);
      }
      armedFor = due;
      timer = loop.schedule(this, Math.max(1, nanosLeft), TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public void run() {
    timer = null;
    long now = now();
    Kept[] all = kept.toArray(new Kept[0]);
    for (int i = all.length - 1; i >= 0; i--) { // what came first is needed least
      boolean surplus = kept.size() > most;
      long left = all[i].nanosLeft(now, surplus);
      if (left > 0) {
        arm(left);
      } else {
        kept.removeLastOccurrence(all[i]);
        all[i].connection().leave(surplus ? CloseReason.LEAVING : CloseReason.IDLE_TIMEOUT);
      }
    }
  }
}

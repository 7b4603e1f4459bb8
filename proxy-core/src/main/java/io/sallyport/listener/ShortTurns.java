package io.sallyport.listener;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs many small tasks on event loops. A loop does them for a millisecond at a time, in the order
 * given, and serves its sockets before the next: ten thousand connections can be closed at once,
 * and the others do not wait for it. Thread-safe.
 */
final class ShortTurns {

  private static final long TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final Map<EventLoop, Turns> all = new ConcurrentHashMap<>();

  /**
   * Runs the task on the loop, soon; never, where the loop ends first. One that throws stops no
   * other.
   */
  void run(EventLoop loop, Runnable task) {
    all.computeIfAbsent(loop, Turns::new).add(task);
  }

  /**
   * Waits until all tasks given before have run; not on an event loop.
   *
   * @return false when that takes longer
   */
  boolean await(long time, TimeUnit unit) {
    CountDownLatch done = new CountDownLatch(all.size());
    all.values().forEach(turns -> turns.add(done::countDown));
    try {
      return done.await(time, unit);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static final class Turns implements Runnable {
    private final EventLoop loop;
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private boolean underWay;

    Turns(EventLoop loop) {
      this.loop = loop;
    }

    synchronized void add(Runnable task) {
      tasks.add(task);
      if (!underWay) {
        underWay = true;
        loop.execute(this);
      }
    }

    private synchronized @Nullable Runnable next() {
      Runnable next = tasks.poll();
      underWay = next != null;
      return next;
    }

    @Override
    public void run() {
      boolean more = true;
      try {
        more = takeTurn();
      } finally {
        if (more) {
          // Of what is executed a loop does all, of what is scheduled only what was due before.
          loop.schedule(this, 1, TimeUnit.NANOSECONDS);
        }
      }
    }

    /** Whether there may be more to do. */
    private boolean takeTurn() {
      long start = System.nanoTime();
      do {
        Runnable task = next();
        if (task == null) {
          return false;
        }
        task.run();
      } while (System.nanoTime() - start < TURN_NANOS);
      return true;
    }
  }
}

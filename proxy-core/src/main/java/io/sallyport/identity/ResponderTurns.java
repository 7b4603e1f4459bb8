package io.sallyport.identity;

import java.net.URI;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Lets so many questions go to one responder at a time, so that one that hangs holds up no other,
 * and those that a handshake waits for before the rest. Thread-safe.
 */
final class ResponderTurns {

  private static final int AT_ONCE = 8;

  private final Executor executor;

  /** By host and port: of those that are being asked. */
  private final Map<String, Turns> turns = new HashMap<>();

  private static final class Turns {
    final Queue<Runnable> awaited = new ArrayDeque<>();
    final Queue<Runnable> others = new ArrayDeque<>();
    int taken;

    @Nullable Runnable next() {
      Runnable next = awaited.poll();
      return next != null ? next : others.poll();
    }
  }

  /**
   * @param executor where questions are asked
   */
  ResponderTurns(Executor executor) {
    this.executor = executor;
  }

  /**
   * Has the question asked, at once or when others have been; {@link #done} must follow.
   *
   * @param awaited whether somebody waits for it
   * @param question never throws
   * @throws RejectedExecutionException when the executor takes nothing any more
   */
  void take(URI responder, boolean awaited, Runnable question) {
    synchronized (turns) {
      Turns of = turns.computeIfAbsent(responder.getRawAuthority(), none -> new Turns());
      if (of.taken == AT_ONCE) {
        (awaited ? of.awaited : of.others).add(question);
        return;
      }
      of.taken++;
    }
    executor.execute(question);
  }

  /** A question has come to its end. */
  void done(URI responder) {
    Runnable next;
    synchronized (turns) {
      Turns of = turns.get(responder.getRawAuthority());
      next = of == null ? null : of.next();
      if (of != null && next == null && --of.taken == 0) {
        turns.remove(responder.getRawAuthority());
      }
    }
    if (next != null) {
      // Not here: ten thousand that are in vain would each stand on the one before.
      executor.execute(next);
    }
  }
}

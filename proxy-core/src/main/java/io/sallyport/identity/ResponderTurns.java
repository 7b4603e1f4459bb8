package io.sallyport.identity;

import java.net.URI;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Lets so many questions go to one responder at a time, so that one that hangs holds up no other,
 * and those that a handshake waits for before the rest. Thread-safe.
 */
final class ResponderTurns {

  private static final int AT_ONCE = 8;

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
   * Has the question asked, at once or when others have been; {@link #done} must follow.
   *
   * @param awaited whether somebody waits for it
   * @param question never throws
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
    question.run();
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
      next.run();
    }
  }
}

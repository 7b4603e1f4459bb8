package io.sallyport.identity;

import java.util.concurrent.Executor;

/**
 * Runs what one handshake has to wait for on another thread, and knows while that goes on. Belongs
 * to the handshake's event loop.
 */
final class JudgingTasks implements Executor {

  private final Executor prover;
  private Runnable afterEach = () -> {};
  private int running;

  JudgingTasks(Executor prover) {
    this.prover = prover;
  }

  /**
   * @param told on the other thread, when the handshake has been told already; {@link #ended} is
   *     then to be called, on the event loop and after what the handshake does there
   */
  void afterEach(Runnable told) {
    afterEach = told;
  }

  void ended() {
    running--;
  }

  boolean areRunning() {
    return running > 0;
  }

  @Override
  public void execute(Runnable task) {
    running++;
    prover.execute(
        () -> {
          try {
            task.run();
          } finally {
            afterEach.run();
          }
        });
  }
}

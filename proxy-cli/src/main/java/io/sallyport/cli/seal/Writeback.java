package io.sallyport.cli.seal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Has a long file on its way to the disk while more of it is written, so that little is left to
 * wait for at its end.
 */
final class Writeback {

  private static final long BETWEEN_BYTES = 64L << 20;

  private final FileChannel channel;
  private long bytesSince;
  private CompletableFuture<Void> underway = CompletableFuture.completedFuture(null);

  Writeback(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * So much more has been written.
   *
   * @throws IOException when the disk could not take what was written before
   */
  void wrote(long bytes) throws IOException {
    bytesSince += bytes;
    if (bytesSince >= BETWEEN_BYTES && underway.isDone()) {
      await();
      bytesSince = 0;
      underway = CompletableFuture.runAsync(this::force, Writeback::start);
    }
  }

  /** All that was written is on the disk when it returns. */
  void finish() throws IOException {
    await();
    channel.force(true);
  }

  /** The system tells a fault of the disk once, to whoever asks first. */
  private void await() throws IOException {
    try {
      underway.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof UncheckedIOException fault) {
        throw fault.getCause();
      }
      throw e;
    }
  }

  private void force() {
    try {
      channel.force(false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "writeback");
    thread.setDaemon(true);
    thread.start();
  }
}

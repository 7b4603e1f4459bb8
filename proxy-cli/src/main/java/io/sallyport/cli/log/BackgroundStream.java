package io.sallyport.cli.log;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.IntFunction;

/**
 * Writes on a thread of its own what many threads give it, so that nobody waits for whoever reads
 * the other end: an event loop that did would stand still with all its connections, and strangers
 * who make it log could bring that about. What does not fit is dropped and counted. Thread-safe.
 *
 * <p>Each array is a line and stays whole. Under load several lines leave in one write.
 */
final class BackgroundStream extends OutputStream {

  private final OutputStream out;
  private final int mostBytes;
  private final IntFunction<byte[]> lineOfDropped;
  private final Queue<byte[]> lines = new ArrayDeque<>();
  private int waitingBytes;
  private int dropped;
  private boolean writing;

  /**
   * @param mostBytes that may wait
   * @param lineOfDropped tells how many lines were dropped, when there is room again
   */
  BackgroundStream(OutputStream out, int mostBytes, IntFunction<byte[]> lineOfDropped) {
    this.out = out;
    this.mostBytes = mostBytes;
    this.lineOfDropped = lineOfDropped;
    Thread writer = new Thread(this::writeAll, "sallyport-log");
    writer.setDaemon(true);
    writer.start();
  }

  @Override
  public void write(int octet) {
    write(new byte[] {(byte) octet});
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    byte[] line = new byte[length];
    System.arraycopy(bytes, offset, line, 0, length);
    write(line);
  }

  /** Returns at once; the array is the stream's from now on. */
  @Override
  public synchronized void write(byte[] line) {
    if (waitingBytes + line.length > mostBytes) {
      dropped++;
      return;
    }
    if (dropped > 0) {
      byte[] told = lineOfDropped.apply(dropped);
      dropped = 0;
      lines.add(told);
      waitingBytes += told.length;
    }
    lines.add(line);
    waitingBytes += line.length;
    notifyAll();
  }

  /** Returns when all is written, or when that takes too long. */
  synchronized void drain(Duration longest) {
    long deadline = System.nanoTime() + longest.toNanos();
    try {
      while (waitingBytes > 0 || writing) {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          return;
        }
        wait(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void writeAll() {
    try {
      while (true) {
        byte[] some = next();
        try {
          out.write(some);
        } catch (IOException e) {
          // Standard error is closed or full: there is no other place to say so.
        }
        written();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody does that
    }
  }

  private synchronized byte[] next() throws InterruptedException {
    while (lines.isEmpty()) {
      wait();
    }
    writing = true;
    ByteArrayOutputStream all = new ByteArrayOutputStream(waitingBytes);
    for (byte[] line = lines.poll(); line != null; line = lines.poll()) {
      all.writeBytes(line);
    }
    waitingBytes = 0;
    return all.toByteArray();
  }

  private synchronized void written() {
    writing = false;
    notifyAll();
  }
}

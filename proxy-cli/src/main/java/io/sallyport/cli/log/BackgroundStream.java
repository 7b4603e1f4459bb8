package io.sallyport.cli.log;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.function.IntFunction;

/**
 * Writes on a thread of its own what many threads give it, so that nobody waits for whoever reads
 * the other end: an event loop that did would stand still with all its connections, and strangers
 * who make it log could bring that about. What does not fit is dropped and counted. Thread-safe.
 *
 * <p>Each array is a line and stays whole. A line after a quiet moment leaves at once; the next
 * leave together a moment later, since a write and a switch of threads for each cost more than
 * making it did.
 */
final class BackgroundStream extends OutputStream {

  /** Too short for a reader to notice; a killed process loses what it said in that time. */
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final OutputStream out;
  private final int mostBytes;
  private final IntFunction<byte[]> lineOfDropped;
  private ByteArrayOutputStream waiting = new ByteArrayOutputStream();
  private int dropped;
  private State state = State.IDLE;
  private boolean hurry;

  private enum State {
    IDLE,
    WRITING,
    PAUSING
  }

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
    write(new byte[] {(byte) octet}, 0, 1);
  }

  /** Returns at once. */
  @Override
  public synchronized void write(byte[] line, int offset, int length) {
    if (waiting.size() + length > mostBytes) {
      dropped++;
      return;
    }
    if (dropped > 0) {
      waiting.writeBytes(lineOfDropped.apply(dropped));
      dropped = 0;
    }
    waiting.write(line, offset, length);
    if (state == State.IDLE || (state == State.PAUSING && roomIsShort())) {
      notifyAll();
    }
  }

  /** Returns when all is written, or when that takes too long. Nothing pauses from then on. */
  synchronized void drain(Duration longest) {
    hurry = true;
    notifyAll();
    long deadline = System.nanoTime() + longest.toNanos();
    try {
      while (waiting.size() > 0 || state == State.WRITING) {
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
        ByteArrayOutputStream some = next();
        try {
          some.writeTo(out);
        } catch (IOException e) {
          // Standard error is closed or full: there is no other place to say so.
        }
        pause();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody does that
    }
  }

  private synchronized ByteArrayOutputStream next() throws InterruptedException {
    while (waiting.size() == 0) {
      state = State.IDLE;
      wait();
    }
    state = State.WRITING;
    ByteArrayOutputStream some = waiting;
    waiting = new ByteArrayOutputStream();
    return some;
  }

  private synchronized void pause() throws InterruptedException {
    state = State.PAUSING;
    notifyAll(); // for whoever drains
    long end = System.nanoTime() + PAUSE.toNanos();
    for (long left = PAUSE.toMillis();
        left > 0 && !hurry && !roomIsShort();
        left = (end - System.nanoTime()) / 1_000_000) {
      wait(left);
    }
  }

  /** It might not last for a pause. */
  private boolean roomIsShort() {
    return waiting.size() > mostBytes / 2;
  }
}

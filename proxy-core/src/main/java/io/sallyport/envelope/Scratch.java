package io.sallyport.envelope;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;

/**
 * The arrays that a cipher reads from and writes to, where buffers have none: two to a thread, so
 * that ten thousand connections at rest keep none. What is in them is good until the next call.
 *
 * <p>A cipher never writes into the array that it reads from, which pooled buffers share: in place,
 * failed decryption of some JDKs leaves plaintext, and for fear of an overlap they copy the whole
 * array, of megabytes, for each chunk.
 */
final class Scratch {

  /** Longer ones are made each time, for who needs them needs them seldom. */
  private static final int MOST_KEPT_BYTES = 128 * 1024;

  private static final FastThreadLocal<Scratch> OF_THREAD =
      new FastThreadLocal<>() {
        @Override
        protected Scratch initialValue() {
          return new Scratch();
        }
      };

  private byte[] in = {};
  private byte[] out = {};

  private Scratch() {}

  /** Writes to an array, from there on; false when nothing may be passed on. */
  interface Step {
    boolean run(byte[] array, int to);
  }

  /** For a cipher to read from; at least so long. */
  static byte[] in(int length) {
    if (length > MOST_KEPT_BYTES) {
      return new byte[length];
    }
    Scratch scratch = OF_THREAD.get();
    if (scratch.in.length < length) {
      scratch.in = new byte[length];
    }
    return scratch.in;
  }

  /**
   * Has a cipher write to the output: straight into its array if that is not where it reads from.
   *
   * @param in what the cipher reads from
   * @return what the step said; only where it was true has the output grown
   */
  static boolean write(byte[] in, ByteBuf out, int length, Step step) {
    out.ensureWritable(length);
    if (out.hasArray() && out.array() != in) {
      boolean good = step.run(out.array(), out.arrayOffset() + out.writerIndex());
      if (good) {
        out.writerIndex(out.writerIndex() + length);
      }
      return good;
    }
    byte[] array = out(length);
    boolean good = step.run(array, 0);
    if (good) {
      out.writeBytes(array, 0, length);
    }
    return good;
  }

  private static byte[] out(int length) {
    if (length > MOST_KEPT_BYTES) {
      return new byte[length];
    }
    Scratch scratch = OF_THREAD.get();
    if (scratch.out.length < length) {
      scratch.out = new byte[length];
    }
    return scratch.out;
  }
}

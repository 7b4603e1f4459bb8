package io.sallyport.envelope;

import io.netty.buffer.ByteBuf;

/**
 * Where a cipher writes: straight into the output where that is an array, else into an array of its
 * own, from which the output is copied. Never into the array that the cipher reads from, which
 * pooled buffers share: in place, failed decryption of some JDKs leaves plaintext, and for fear of
 * an overlap they copy the whole array, of megabytes, for each chunk.
 */
final class Scratch {

  private byte[] own = {};

  /** Writes to an array, from there on; false when nothing may be passed on. */
  interface Step {
    boolean run(byte[] array, int to);
  }

  /**
   * @param in what the cipher reads from
   * @return what the step said; only where it was true has the output grown
   */
  boolean write(byte[] in, ByteBuf out, int length, Step step) {
    out.ensureWritable(length);
    if (out.hasArray() && out.array() != in) {
      boolean good = step.run(out.array(), out.arrayOffset() + out.writerIndex());
      if (good) {
        out.writerIndex(out.writerIndex() + length);
      }
      return good;
    }
    if (own.length < length) {
      own = new byte[length];
    }
    boolean good = step.run(own, 0);
    if (good) {
      out.writeBytes(own, 0, length);
    }
    return good;
  }
}

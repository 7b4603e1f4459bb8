package io.sallyport.envelope;

import io.netty.buffer.ByteBuf;

/**
 * Where a cipher writes: straight into the output where that is an array, else into an array of its
 * own, from which the output is copied. Never where the cipher reads: in place, and into direct
 * buffers, failed decryption of some JDKs leaves plaintext or wipes too much.
 */
final class Scratch {

  private byte[] own = {};

  /** Writes to an array, from there on; false when nothing may be passed on. */
  interface Step {
    boolean run(byte[] array, int to);
  }

  /** Whether the step said so; only then has the output grown. */
  boolean write(ByteBuf out, int length, Step step) {
    out.ensureWritable(length);
    if (out.hasArray()) {
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

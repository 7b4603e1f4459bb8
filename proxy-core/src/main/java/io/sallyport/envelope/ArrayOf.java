package io.sallyport.envelope;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/** What a buffer has to read, as an array: its own, or a copy where it has none. */
final class ArrayOf {

  private static final int MOST_KEPT_BYTES = 64 * 1024;

  private byte[] copy = {};
  private int copied;

  byte[] of(ByteBuf buffer) {
    if (buffer.hasArray()) {
      return buffer.array();
    }
    int length = buffer.readableBytes();
    if (copy.length < length) {
      copy = new byte[length];
    }
    copied = length;
    buffer.getBytes(buffer.readerIndex(), copy, 0, length);
    return copy;
  }

  /** Where it begins in that array. */
  int offset(ByteBuf buffer) {
    return buffer.hasArray() ? buffer.arrayOffset() + buffer.readerIndex() : 0;
  }

  /** It held plaintext; and one long message is no reason to keep so much. */
  void wipe() {
    Arrays.fill(copy, 0, copied, (byte) 0);
    copied = 0;
    if (copy.length > MOST_KEPT_BYTES) {
      copy = new byte[0];
    }
  }
}

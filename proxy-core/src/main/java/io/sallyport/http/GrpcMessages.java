package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts messages of gRPC together that come in pieces: each a flag, four bytes of length, and so
 * many more. Nothing of them is left behind in what they came in, for there are keys in them.
 * Belongs to one thread.
 */
final class GrpcMessages {

  /** What gRPC takes by itself. */
  static final int MOST_BYTES = 4 << 20;

  private static final int PREFIX_BYTES = 5;

  private final byte[] prefix = new byte[PREFIX_BYTES];
  private int prefixBytes;
  private byte @Nullable [] message;
  private int messageBytes;

  /** Why nothing more can be read. */
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1;

    Unreadable(String what) {
      super(what);
    }
  }

  /**
   * @param data is read to its end, and wiped where it can be
   * @param whole takes each message, which is its own then
   */
  void add(ByteBuf data, Consumer<byte[]> whole) throws Unreadable {
    int from = data.readerIndex();
    int bytes = data.readableBytes();
    try {
      while (data.isReadable()) {
        if (message == null) {
          readPrefix(data);
        }
        if (message != null) {
          readMessage(data, message, whole);
        }
      }
    } finally {
      if (!data.isReadOnly()) {
        data.setZero(from, bytes);
      }
    }
  }

  private void readPrefix(ByteBuf data) throws Unreadable {
    int bytes = Math.min(PREFIX_BYTES - prefixBytes, data.readableBytes());
    data.readBytes(prefix, prefixBytes, bytes);
    prefixBytes += bytes;
    if (prefixBytes < PREFIX_BYTES) {
      return;
    }
    if (prefix[0] != 0) {
      throw new Unreadable("compressed a message, which nobody asked for");
    }
    long length = ByteBuffer.wrap(prefix, 1, Integer.BYTES).getInt() & 0xffff_ffffL;
    if (length > MOST_BYTES) {
      throw new Unreadable("sent a message of " + length + " bytes, more than " + MOST_BYTES);
    }
    message = new byte[(int) length];
    messageBytes = 0;
  }

  private void readMessage(ByteBuf data, byte[] message, Consumer<byte[]> whole) {
    int bytes = Math.min(message.length - messageBytes, data.readableBytes());
    data.readBytes(message, messageBytes, bytes);
    messageBytes += bytes;
    if (messageBytes == message.length) {
      this.message = null;
      prefixBytes = 0;
      whole.accept(message);
    }
  }

  /** Whether one has begun and not ended. */
  boolean isAmidOne() {
    return prefixBytes > 0;
  }

  /** Forgets what has come of one that will not end. */
  void wipe() {
    if (message != null) {
      Arrays.fill(message, (byte) 0);
      message = null;
    }
    prefixBytes = 0;
  }
}

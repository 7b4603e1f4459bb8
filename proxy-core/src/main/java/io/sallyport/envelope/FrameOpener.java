package io.sallyport.envelope;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Opens the frames of one direction of a {@link FrameConnection}; writes nothing that is not
 * verified. Not thread-safe.
 */
public final class FrameOpener {

  private static final int LEAST_BYTES = Aes256Gcm.NONCE_BYTES + Aes256Gcm.TAG_BYTES;
  private static final int MOST_BYTES = LEAST_BYTES + FrameSealer.MOST_BYTES;

  private final Aes256Gcm cipher;
  private final FrameAad place;

  /** Of a frame that is not whole: its length, and then all of it. Grows to what frames have. */
  private byte[] held = new byte[Integer.BYTES];

  private int heldBytes;
  private int wanted = Integer.BYTES;
  private boolean ended;
  private boolean failed;

  FrameOpener(Aes256Gcm cipher, FrameAad place) {
    this.cipher = cipher;
    this.place = place;
  }

  /**
   * Takes all of the input and writes what the frames hold that are whole; at most as much as it
   * has taken and holds.
   *
   * @throws EnvelopeFailed with {@link EnvelopeFailure#MALFORMED}, {@link EnvelopeFailure#DAMAGED}
   *     or {@link EnvelopeFailure#TRAILING_DATA}; nothing can be opened after it
   */
  public void open(ByteBuf in, ByteBuf out) throws EnvelopeFailed {
    if (failed) {
      throw new IllegalStateException("over already");
    }
    while (in.isReadable()) {
      if (ended) {
        throw fail(EnvelopeFailure.TRAILING_DATA, "bytes follow the frame that is the end");
      }
      int first = in.readerIndex();
      if (heldBytes == 0
          && in.readableBytes() >= Integer.BYTES
          && in.readableBytes() - Integer.BYTES >= checked(in.getInt(first))) {
        ByteBuf frame = in.skipBytes(Integer.BYTES).readSlice(in.getInt(first));
        int from = frame.hasArray() ? frame.arrayOffset() + frame.readerIndex() : 0;
        openFrame(RawSealer.array(frame), from, frame.readableBytes(), out);
      } else {
        collect(in, out);
      }
    }
  }

  /** Frames that come in pieces. */
  private void collect(ByteBuf in, ByteBuf out) throws EnvelopeFailed {
    int length = Math.min(in.readableBytes(), wanted - heldBytes);
    in.readBytes(held, heldBytes, length);
    heldBytes += length;
    if (heldBytes < wanted) {
      return;
    }
    if (wanted == Integer.BYTES) {
      wanted += checked(ByteBuffer.wrap(held).getInt());
      if (held.length < wanted) {
        held = Arrays.copyOf(held, wanted);
      }
    } else {
      openFrame(held, Integer.BYTES, wanted - Integer.BYTES, out);
      heldBytes = 0;
      wanted = Integer.BYTES;
    }
  }

  /**
   * The input has ended.
   *
   * @throws EnvelopeFailed with {@link EnvelopeFailure#TRUNCATED}: what was written before may not
   *     be taken for the whole
   */
  public void finish() throws EnvelopeFailed {
    if (!ended) {
      throw fail(EnvelopeFailure.TRUNCATED, "it ends before the frame that is the end");
    }
  }

  /** The frame that is the end has come. */
  boolean hasEnded() {
    return ended;
  }

  /** What is held of a frame that is not whole. */
  int heldBytes() {
    return heldBytes;
  }

  private int checked(int length) throws EnvelopeFailed {
    if (length < LEAST_BYTES || length > MOST_BYTES) {
      throw fail(
          EnvelopeFailure.MALFORMED,
          "a frame of " + Integer.toUnsignedString(length) + " bytes; 28 to 16412 are allowed");
    }
    return length;
  }

  /**
   * @param bytes of the frame, without its length
   */
  private void openFrame(byte[] array, int from, int bytes, ByteBuf out) throws EnvelopeFailed {
    place.next();
    int sealedAt = from + Aes256Gcm.NONCE_BYTES;
    byte[] nonce = Arrays.copyOfRange(array, from, sealedAt);
    int sealedLength = bytes - Aes256Gcm.NONCE_BYTES;
    int length = sealedLength - Aes256Gcm.TAG_BYTES;
    if (!Scratch.write(
        array,
        out,
        length,
        (into, to) -> cipher.open(nonce, place.aad(), array, sealedAt, sealedLength, into, to))) {
      throw fail(
          EnvelopeFailure.DAMAGED,
          "frame "
              + place.counter()
              + " does not verify: changed, moved, of another connection, or of another key");
    }
    ended = length == 0;
  }

  private EnvelopeFailed fail(EnvelopeFailure failure, String detail) {
    failed = true;
    return new EnvelopeFailed(failure, detail);
  }
}

package io.sallyport.envelope;

import io.netty.buffer.ByteBuf;

/** Seals the frames of one direction of a {@link FrameConnection}. Not thread-safe. */
public final class FrameSealer {

  /** Of plaintext in one frame. */
  static final int MOST_BYTES = 16384;

  static final int OVERHEAD_BYTES = Integer.BYTES + Aes256Gcm.NONCE_BYTES + Aes256Gcm.TAG_BYTES;

  private static final byte[] NOTHING = {};

  private final Aes256Gcm cipher;
  private final FrameAad place;

  FrameSealer(Aes256Gcm cipher, FrameAad place) {
    this.cipher = cipher;
    this.place = place;
  }

  /** How much {@link #seal} writes for so many bytes. */
  public static int sealedBytes(int plaintextBytes) {
    return plaintextBytes + (plaintextBytes + MOST_BYTES - 1) / MOST_BYTES * OVERHEAD_BYTES;
  }

  /**
   * Takes all of the input; nothing is held back.
   *
   * @throws EnvelopeFailed with {@link EnvelopeFailure#TOO_LONG} after 2^38 frames
   */
  public void seal(ByteBuf in, ByteBuf out) throws EnvelopeFailed {
    while (in.isReadable()) {
      int length = Math.min(in.readableBytes(), MOST_BYTES);
      byte[] piece = Scratch.in(length);
      in.readBytes(piece, 0, length);
      frame(piece, length, out);
    }
  }

  /** Writes the frame that is the end. */
  public void finish(ByteBuf out) throws EnvelopeFailed {
    frame(NOTHING, 0, out);
  }

  private void frame(byte[] piece, int length, ByteBuf out) throws EnvelopeFailed {
    place.next();
    out.writeInt(Aes256Gcm.NONCE_BYTES + length + Aes256Gcm.TAG_BYTES);
    out.writeBytes(place.nonce());
    Scratch.write(
        piece,
        out,
        length + Aes256Gcm.TAG_BYTES,
        (array, to) -> {
          cipher.seal(place.nonce(), place.aad(), piece, 0, length, array, to);
          return true;
        });
  }
}

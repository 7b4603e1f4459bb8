package io.sallyport.envelope;

import io.netty.buffer.ByteBuf;

/**
 * Opens the chunks of one message, see {@link Sealed#open}. Writes nothing that is not verified;
 * what it has written is the message's beginning, and the whole of it only once {@link #finish} has
 * returned. Holds at most a chunk. Not thread-safe.
 */
public final class ChunkOpener {

  private static final byte[] NOTHING = {};
  private static final int WHOLE = Sealed.SEALED_CHUNK_BYTES;

  private final Aes256Gcm cipher;
  private final ChunkNonces nonces;

  /** Of a chunk that is not whole. */
  private byte[] held = NOTHING;

  private int heldBytes;
  private boolean over;

  ChunkOpener(ChunkKeys keys) {
    this.cipher = keys.cipher();
    this.nonces = keys.nonces();
  }

  /** How much {@link #open} writes at most for so many more bytes. */
  public int mostOpenedBytes(int sealedBytes) {
    return (int) (((long) heldBytes + sealedBytes) / Sealed.SEALED_CHUNK_BYTES)
        * Sealed.CHUNK_BYTES;
  }

  /** How much {@link #finish} writes. */
  public int finalBytes() {
    return Math.max(0, heldBytes - Aes256Gcm.TAG_BYTES);
  }

  /**
   * Takes all of the input and writes the chunks that are whole: none of those can be the last.
   *
   * @param in neither it nor what it has left to read is the output
   * @throws EnvelopeFailed with {@link EnvelopeFailure#DAMAGED} or {@link
   *     EnvelopeFailure#TOO_LONG}; nothing can be opened after it
   */
  public void open(ByteBuf in, ByteBuf out) throws EnvelopeFailed {
    while (in.isReadable()) {
      if (heldBytes == 0 && in.hasArray() && in.readableBytes() >= WHOLE) {
        openChunk(in.array(), in.arrayOffset() + in.readerIndex(), WHOLE, out);
        in.skipBytes(WHOLE);
        continue;
      }
      if (held.length == 0) {
        held = new byte[WHOLE];
      }
      int length = Math.min(in.readableBytes(), WHOLE - heldBytes);
      in.readBytes(held, heldBytes, length);
      heldBytes += length;
      if (heldBytes == WHOLE) {
        openChunk(held, 0, heldBytes, out);
        heldBytes = 0;
      }
    }
  }

  /**
   * The input has ended: writes the last chunk.
   *
   * @throws EnvelopeFailed with {@link EnvelopeFailure#TRUNCATED} or {@link
   *     EnvelopeFailure#DAMAGED}: what was written before is a beginning that may not be taken for
   *     the whole
   */
  public void finish(ByteBuf out) throws EnvelopeFailed {
    if (heldBytes < Aes256Gcm.TAG_BYTES) {
      over = true;
      throw new EnvelopeFailed(
          EnvelopeFailure.TRUNCATED, "it ends before its last chunk, number " + nonces.index());
    }
    openChunk(held, 0, heldBytes, out);
    over = true;
  }

  private void openChunk(byte[] in, int from, int length, ByteBuf out) throws EnvelopeFailed {
    if (over) {
      throw new IllegalStateException("over already");
    }
    long index = nonces.index();
    byte[] nonce = nonces.next();
    if (!Scratch.write(
        in,
        out,
        length - Aes256Gcm.TAG_BYTES,
        (array, to) -> cipher.open(nonce, in, from, length, array, to))) {
      over = true;
      throw new EnvelopeFailed(
          EnvelopeFailure.DAMAGED,
          "chunk "
              + index
              + " does not verify: it was changed, moved or cut"
              + (length < WHOLE ? ", or something follows the end" : ""));
    }
  }
}

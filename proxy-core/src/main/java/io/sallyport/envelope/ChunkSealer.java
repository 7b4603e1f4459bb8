package io.sallyport.envelope;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Seals one message, see {@link Sealed#seal}. Holds at most a chunk, and two arrays of its size.
 * Not thread-safe.
 */
public final class ChunkSealer {

  private static final byte[] NOTHING = {};

  private final SealedStart start;
  private final Aes256Gcm cipher;
  private final ChunkNonces nonces;

  /** Of a chunk that is not full. */
  private byte[] held = NOTHING;

  private int heldBytes;
  private boolean started;
  private boolean finished;

  ChunkSealer(SealedStart start, ChunkKeys keys) {
    this.start = start;
    this.cipher = keys.cipher();
    this.nonces = keys.nonces();
  }

  public SealedHeader header() {
    return start.header();
  }

  /** How much {@link #seal} writes at most for so many more bytes. */
  public int mostSealedBytes(int plaintextBytes) {
    return (started ? 0 : start.length())
        + (int) (((long) heldBytes + plaintextBytes) / Sealed.CHUNK_BYTES)
            * Sealed.SEALED_CHUNK_BYTES;
  }

  /** How much {@link #finish} writes. */
  public int finalBytes() {
    return (started ? 0 : start.length()) + heldBytes + Aes256Gcm.TAG_BYTES;
  }

  /**
   * Takes all of the input and writes the chunks that it filled, the start before the first.
   *
   * @param in neither it nor what it has left to read is the output
   * @throws EnvelopeFailed with {@link EnvelopeFailure#TOO_LONG} after 4 PiB
   */
  public void seal(ByteBuf in, ByteBuf out) throws EnvelopeFailed {
    writeStart(out);
    while (in.isReadable()) {
      if (heldBytes == 0 && in.hasArray() && in.readableBytes() >= Sealed.CHUNK_BYTES) {
        sealChunk(in.array(), in.arrayOffset() + in.readerIndex(), Sealed.CHUNK_BYTES, out);
        in.skipBytes(Sealed.CHUNK_BYTES);
        continue;
      }
      if (held.length == 0) {
        held = new byte[Sealed.CHUNK_BYTES];
      }
      int length = Math.min(in.readableBytes(), Sealed.CHUNK_BYTES - heldBytes);
      in.readBytes(held, heldBytes, length);
      heldBytes += length;
      if (heldBytes == Sealed.CHUNK_BYTES) {
        sealChunk(held, 0, heldBytes, out);
        heldBytes = 0;
      }
    }
  }

  /** Writes the last chunk, which says that there are no more. Once. */
  public void finish(ByteBuf out) throws EnvelopeFailed {
    if (finished) {
      throw new IllegalStateException("finished already");
    }
    writeStart(out);
    finished = true;
    sealChunk(held, 0, heldBytes, out);
    Arrays.fill(held, (byte) 0);
    held = NOTHING;
    heldBytes = 0;
  }

  private void writeStart(ByteBuf out) {
    if (finished) {
      throw new IllegalStateException("finished already");
    }
    if (!started) {
      started = true;
      out.writeBytes(start.encoded());
    }
  }

  private void sealChunk(byte[] in, int from, int length, ByteBuf out) throws EnvelopeFailed {
    byte[] nonce = nonces.next();
    int sealedLength = length + Aes256Gcm.TAG_BYTES;
    Scratch.write(
        in,
        out,
        sealedLength,
        (array, to) -> {
          cipher.seal(nonce, in, from, length, array, to);
          return true;
        });
  }
}

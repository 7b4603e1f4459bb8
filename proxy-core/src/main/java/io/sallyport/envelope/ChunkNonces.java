package io.sallyport.envelope;

/** The base nonce XOR the number of the chunk, from zero (c2sp.org/chunked-encryption). */
final class ChunkNonces {

  /** 4 PiB. */
  static final long MOST_CHUNKS = 1L << 38;

  private final byte[] base;
  private final byte[] nonce;
  private long index;

  /**
   * @param base 12 bytes
   */
  ChunkNonces(byte[] base) {
    this(base, 0);
  }

  ChunkNonces(byte[] base, long first) {
    this.base = base.clone();
    this.nonce = base.clone();
    this.index = first;
  }

  /** The number of the chunk that the next nonce is for. */
  long index() {
    return index;
  }

  /** The same array each time. */
  byte[] next() throws EnvelopeFailed {
    if (index >= MOST_CHUNKS) {
      throw new EnvelopeFailed(
          EnvelopeFailure.TOO_LONG, "a sealed message has at most 2^38 chunks (4 PiB)");
    }
    long counter = index++;
    for (int at = nonce.length - 1; at >= nonce.length - Long.BYTES; at--) {
      nonce[at] = (byte) (base[at] ^ counter);
      counter >>>= Byte.SIZE;
    }
    return nonce;
  }
}

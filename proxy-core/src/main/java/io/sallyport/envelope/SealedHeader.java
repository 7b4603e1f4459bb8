package io.sallyport.envelope;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What stands in front of a sealed message: version, suite, and which key it takes.
 *
 * <pre>
 *   0      4  magic 89 53 4C 44
 *   4      1  version 01
 *   5      1  suite 01: C2SP chunked encryption, AES-256-GCM, HKDF-Expand-SHA-512
 *   6      1  key mode: 00 direct, 01 wrapped data key
 *   7      1  K, 1 to 64
 *   8      K  key id, of [A-Za-z0-9._-]
 *   8+K    2  W, big-endian: 0 where direct, else 1 to 4096 (40 for AES key wrap)
 *   10+K   W  wrapped data key
 * </pre>
 */
public final class SealedHeader {

  /** So many tell what is meant to be a sealed message from what is not. */
  public static final int MAGIC_BYTES = 4;

  static final byte[] MAGIC = {(byte) 0x89, 'S', 'L', 'D'};
  static final byte VERSION = 1;
  static final byte SUITE = 1;
  static final int MOST_WRAPPED_BYTES = 4096;

  /** Up to and with K. */
  static final int FIXED_BYTES = 8;

  private static final int BYTES_BEFORE_ID_LENGTH = 7;

  private final boolean wrapped;
  private final String keyId;
  private final byte[] wrappedKey;

  private SealedHeader(boolean wrapped, String keyId, byte[] wrappedKey) {
    this.wrapped = wrapped;
    this.keyId = keyId;
    this.wrappedKey = wrappedKey;
  }

  /** The same of what can be read; nothing of it is taken. */
  public static boolean hasMagic(ByteBuf beginning) {
    if (beginning.readableBytes() < MAGIC_BYTES) {
      return false;
    }
    for (int i = 0; i < MAGIC_BYTES; i++) {
      if (beginning.getByte(beginning.readerIndex() + i) != MAGIC[i]) {
        return false;
      }
    }
    return true;
  }

  /** Whether a file that begins so is meant to be a sealed message, whole or not. */
  public static boolean hasMagic(byte[] beginning) {
    return beginning.length >= MAGIC.length
        && Arrays.equals(beginning, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  static SealedHeader direct(String keyId) {
    return new SealedHeader(false, keyId, new byte[0]);
  }

  static SealedHeader wrapped(String keyId, byte[] wrappedKey) {
    return new SealedHeader(true, keyId, wrappedKey.clone());
  }

  /** The key mode: whether the key named wraps the data key, or is the input key itself. */
  public boolean isWrapped() {
    return wrapped;
  }

  public String keyId() {
    return keyId;
  }

  /** Empty where the key is direct. */
  public byte[] wrappedKey() {
    return wrappedKey.clone();
  }

  /** H: the length of the header, without salt and commitment. */
  public int length() {
    return FIXED_BYTES + keyId.length() + Short.BYTES + wrappedKey.length;
  }

  /** The same of messages that this key seals; -1 where it is not known before it has wrapped. */
  static int length(EnvelopeKey key) {
    int direct = FIXED_BYTES + key.id().length() + Short.BYTES;
    if (key.use() != KeyUse.WRAP) {
      return direct;
    }
    return key.hasSecret() ? direct + AesKeyWrapping.WRAPPED_BYTES : -1;
  }

  byte[] encoded() {
    return ByteBuffer.allocate(length())
        .put(MAGIC)
        .put(VERSION)
        .put(SUITE)
        .put((byte) (wrapped ? 1 : 0))
        .put((byte) keyId.length())
        .put(keyId.getBytes(StandardCharsets.US_ASCII))
        .putShort((short) wrappedKey.length)
        .put(wrappedKey)
        .array();
  }

  /**
   * What the chunks' keys are derived with. Key id and wrapped key are left out where a data key is
   * wrapped, so that it can be wrapped by another key without sealing again: both are proven by
   * unwrapping and by the commitment.
   */
  byte[] context(byte[] aad) {
    byte[] header = encoded();
    return Bytes.concat(wrapped ? Arrays.copyOf(header, BYTES_BEFORE_ID_LENGTH) : header, aad);
  }

  @Override
  public String toString() {
    return (wrapped ? "data key wrapped by " : "key ") + keyId;
  }
}

package io.sallyport.envelope;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Collects the start of a sealed message, in pieces of any size. Every length is checked before
 * anything is allocated for it; at most some four KiB are held. Not thread-safe.
 */
public final class SealedStartReader {

  private byte[] bytes = new byte[SealedHeader.FIXED_BYTES];
  private int have;
  private int idLength;
  private int wrappedLength = -1;

  /**
   * Takes of the input what it needs, and not a byte more.
   *
   * @return the start once it is whole, else null: it wants more
   * @throws EnvelopeFailed with {@link EnvelopeFailure#NOT_AN_ENVELOPE}, {@link
   *     EnvelopeFailure#UNKNOWN_VERSION} or {@link EnvelopeFailure#MALFORMED}
   */
  public @Nullable SealedStart read(ByteBuf in) throws EnvelopeFailed {
    while (take(in)) {
      if (idLength == 0) {
        checkFixedPart();
        grow(SealedHeader.FIXED_BYTES + idLength + Short.BYTES);
      } else if (wrappedLength < 0) {
        checkKeyId();
        grow(bytes.length + wrappedLength + SealedStart.BYTES_AFTER_HEADER);
      } else {
        return start();
      }
    }
    return null;
  }

  /** What to say of an input that ends here. */
  public EnvelopeFailed endedEarly() {
    return new EnvelopeFailed(
        have == 0 ? EnvelopeFailure.NOT_AN_ENVELOPE : EnvelopeFailure.TRUNCATED,
        have == 0 ? "it is empty" : "it ends within its header");
  }

  private boolean take(ByteBuf in) {
    int length = Math.min(in.readableBytes(), bytes.length - have);
    in.readBytes(bytes, have, length);
    have += length;
    return have == bytes.length;
  }

  private void grow(int length) {
    bytes = Arrays.copyOf(bytes, length);
  }

  private void checkFixedPart() throws EnvelopeFailed {
    if (!SealedHeader.hasMagic(bytes)) {
      throw new EnvelopeFailed(
          EnvelopeFailure.NOT_AN_ENVELOPE, "it does not begin as a sealed message does");
    }
    if (bytes[4] != SealedHeader.VERSION || bytes[5] != SealedHeader.SUITE) {
      throw new EnvelopeFailed(
          EnvelopeFailure.UNKNOWN_VERSION,
          "version "
              + (bytes[4] & 0xff)
              + ", suite "
              + (bytes[5] & 0xff)
              + "; known is version 1, suite 1");
    }
    if (bytes[6] != 0 && bytes[6] != 1) {
      throw malformed("key mode " + (bytes[6] & 0xff) + ", which is neither 0 nor 1");
    }
    idLength = bytes[7] & 0xff;
    if (idLength == 0 || idLength > EnvelopeKey.MOST_ID_LENGTH) {
      throw malformed("a key id of " + idLength + " bytes; 1 to 64 are allowed");
    }
  }

  private void checkKeyId() throws EnvelopeFailed {
    if (!EnvelopeKey.isId(keyId())) {
      throw malformed("a key id with other characters than A-Z a-z 0-9 . _ -");
    }
    int at = SealedHeader.FIXED_BYTES + idLength;
    int length = (bytes[at] & 0xff) << Byte.SIZE | (bytes[at + 1] & 0xff);
    boolean fits = isWrapped() ? length > 0 : length == 0;
    if (!fits || length > SealedHeader.MOST_WRAPPED_BYTES) {
      throw malformed(
          "a wrapped key of "
              + length
              + " bytes; "
              + (isWrapped() ? "1 to 4096 are allowed" : "a direct key has none"));
    }
    wrappedLength = length;
  }

  private static EnvelopeFailed malformed(String detail) {
    return new EnvelopeFailed(EnvelopeFailure.MALFORMED, "the header has " + detail);
  }

  private boolean isWrapped() {
    return bytes[6] == 1;
  }

  /** Byte for byte, so that no two headers have one id. */
  private String keyId() {
    return new String(bytes, SealedHeader.FIXED_BYTES, idLength, StandardCharsets.ISO_8859_1);
  }

  private SealedStart start() {
    int wrappedAt = SealedHeader.FIXED_BYTES + idLength + Short.BYTES;
    int saltAt = wrappedAt + wrappedLength;
    int commitmentAt = saltAt + ChunkKeys.SALT_BYTES;
    SealedHeader header =
        isWrapped()
            ? SealedHeader.wrapped(keyId(), Arrays.copyOfRange(bytes, wrappedAt, saltAt))
            : SealedHeader.direct(keyId());
    return new SealedStart(
        header,
        Arrays.copyOfRange(bytes, saltAt, commitmentAt),
        Arrays.copyOfRange(bytes, commitmentAt, bytes.length));
  }
}

package io.sallyport.envelope;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Opens what {@link RawSealer} has sealed, with whichever of the raw keys fits: the format does not
 * name one. Not thread-safe.
 */
public final class RawOpener {

  private final List<Aes256Gcm> ciphers = new ArrayList<>();
  private final int mostBytes;

  /**
   * @param ring whose raw keys are tried, the primary first
   * @param mostBytes of a message, opened
   * @throws EnvelopeFailed with {@link EnvelopeFailure#UNKNOWN_KEY} when none of them opens
   */
  public RawOpener(KeyRing ring, int mostBytes) throws EnvelopeFailed {
    this.mostBytes = mostBytes;
    for (EnvelopeKey key : ring.toOpen(KeyUse.RAW)) {
      ciphers.add(new Aes256Gcm(key.secret()));
    }
    if (ciphers.isEmpty()) {
      throw new EnvelopeFailed(
          EnvelopeFailure.UNKNOWN_KEY, "the key ring has no raw key that opens");
    }
  }

  /**
   * Opens what there is to read of the message.
   *
   * @param out another buffer
   * @throws EnvelopeFailed with {@link EnvelopeFailure#TRUNCATED}, {@link EnvelopeFailure#TOO_LONG}
   *     or {@link EnvelopeFailure#DAMAGED}; nothing has been written then
   */
  public void open(ByteBuf message, ByteBuf out) throws EnvelopeFailed {
    int length = message.readableBytes() - RawSealer.OVERHEAD_BYTES;
    if (length < 0) {
      throw new EnvelopeFailed(
          EnvelopeFailure.TRUNCATED, "a raw message has at least a nonce and a tag, 28 bytes");
    }
    checkLength(length, mostBytes);
    byte[] in = RawSealer.array(message);
    int from = message.hasArray() ? message.arrayOffset() + message.readerIndex() : 0;
    byte[] nonce = Arrays.copyOfRange(in, from, from + Aes256Gcm.NONCE_BYTES);
    int sealedAt = from + Aes256Gcm.NONCE_BYTES;
    int sealedLength = length + Aes256Gcm.TAG_BYTES;
    message.skipBytes(message.readableBytes());
    for (Aes256Gcm cipher : ciphers) {
      if (Scratch.write(
          in,
          out,
          length,
          (array, to) -> cipher.open(nonce, in, sealedAt, sealedLength, array, to))) {
        return;
      }
    }
    throw new EnvelopeFailed(
        EnvelopeFailure.DAMAGED, "it was changed or cut, or sealed with another key");
  }

  static void checkLength(int length, int mostBytes) throws EnvelopeFailed {
    if (length > mostBytes) {
      throw new EnvelopeFailed(
          EnvelopeFailure.TOO_LONG,
          "a raw message is one buffer, and may have "
              + mostBytes
              + " bytes; the sealed format takes any length");
    }
  }
}

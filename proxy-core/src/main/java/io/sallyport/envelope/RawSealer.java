package io.sallyport.envelope;

import io.netty.buffer.ByteBuf;

/**
 * Seals single messages: nonce(12, random) ‖ ciphertext ‖ tag(16), AES-256-GCM under the key
 * itself, no AAD. It is what {@code Seal(nonce, nonce, message, nil)} makes in Go, and {@code nonce
 * + AESGCM(key).encrypt(nonce, message, None)} in Python. Nothing tells one message from a
 * repetition, or in what order they were. Not thread-safe.
 */
public final class RawSealer {

  /** What a message grows by. */
  public static final int OVERHEAD_BYTES = Aes256Gcm.NONCE_BYTES + Aes256Gcm.TAG_BYTES;

  /** 16 MiB. */
  public static final int DEFAULT_MOST_BYTES = 16 << 20;

  private final EnvelopeKey key;
  private final int mostBytes;
  private final Aes256Gcm cipher;

  /**
   * @param key for {@link KeyUse#RAW}
   * @param mostBytes of a message
   */
  public RawSealer(EnvelopeKey key, int mostBytes) {
    if (key.use() != KeyUse.RAW) {
      throw new IllegalArgumentException(key + " is not for raw messages");
    }
    this.key = key;
    this.mostBytes = mostBytes;
    this.cipher = new Aes256Gcm(key.secret());
  }

  /**
   * Seals what there is to read of the message.
   *
   * @param out another buffer
   * @throws EnvelopeFailed with {@link EnvelopeFailure#TOO_LONG} or {@link
   *     EnvelopeFailure#NONCES_SPENT}; nothing has been read or written then
   */
  public void seal(ByteBuf message, ByteBuf out) throws EnvelopeFailed {
    int length = message.readableBytes();
    RawOpener.checkLength(length, mostBytes);
    key.nonces().take();
    byte[] nonce = Bytes.random(Aes256Gcm.NONCE_BYTES);
    byte[] in = array(message);
    int from = message.hasArray() ? message.arrayOffset() + message.readerIndex() : 0;
    out.ensureWritable(length + OVERHEAD_BYTES);
    out.writeBytes(nonce);
    Scratch.write(
        in,
        out,
        length + Aes256Gcm.TAG_BYTES,
        (array, to) -> {
          cipher.seal(nonce, in, from, length, array, to);
          return true;
        });
    message.skipBytes(length);
  }

  /** What there is to read, in its own array or copied into one. */
  static byte[] array(ByteBuf message) {
    if (message.hasArray()) {
      return message.array();
    }
    byte[] copy = Scratch.in(message.readableBytes());
    message.getBytes(message.readerIndex(), copy, 0, message.readableBytes());
    return copy;
  }
}

package io.sallyport.envelope;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * What one message is sealed with, derived from an input key, a salt and a context
 * (c2sp.org/chunked-encryption, "Key derivation").
 */
final class ChunkKeys {

  static final int SALT_BYTES = 24;
  static final int COMMITMENT_BYTES = 32;

  private static final byte[] LABEL =
      "c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0".getBytes(StandardCharsets.US_ASCII);

  private final byte[] key;
  private final byte[] baseNonce;
  private final byte[] commitment;

  private ChunkKeys(byte[] derived) {
    int nonceAt = Aes256Gcm.KEY_BYTES;
    int commitmentAt = nonceAt + Aes256Gcm.NONCE_BYTES;
    key = Arrays.copyOfRange(derived, 0, nonceAt);
    baseNonce = Arrays.copyOfRange(derived, nonceAt, commitmentAt);
    commitment = Arrays.copyOfRange(derived, commitmentAt, derived.length);
  }

  static ChunkKeys derive(byte[] inputKey, byte[] salt, byte[] context) {
    if (inputKey.length != Aes256Gcm.KEY_BYTES || salt.length != SALT_BYTES) {
      throw new IllegalArgumentException(
          "a key of " + inputKey.length + " and a salt of " + salt.length + " bytes");
    }
    byte[] derived =
        HkdfExpand.sha512(
            inputKey,
            Bytes.concat(LABEL, salt, context),
            Aes256Gcm.KEY_BYTES + Aes256Gcm.NONCE_BYTES + COMMITMENT_BYTES);
    ChunkKeys keys = new ChunkKeys(derived);
    Arrays.fill(derived, (byte) 0);
    return keys;
  }

  byte[] commitment() {
    return commitment.clone();
  }

  /** In constant time. */
  boolean commits(byte[] claimed) {
    return MessageDigest.isEqual(commitment, claimed);
  }

  /** The cipher of the chunks. The key is wiped here, so there is one. */
  Aes256Gcm cipher() {
    Aes256Gcm cipher = new Aes256Gcm(key);
    Arrays.fill(key, (byte) 0);
    return cipher;
  }

  ChunkNonces nonces() {
    return new ChunkNonces(baseNonce);
  }
}

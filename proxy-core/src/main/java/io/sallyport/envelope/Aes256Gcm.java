package io.sallyport.envelope;

import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-256-GCM (NIST SP 800-38D) with 12-byte nonces and 16-byte tags, under one key. Arrays to
 * arrays, never in place. Not thread-safe.
 */
final class Aes256Gcm {

  static final int KEY_BYTES = 32;
  static final int NONCE_BYTES = 12;
  static final int TAG_BYTES = 16;

  private static final byte[] NO_AAD = {};

  private final Cipher cipher;
  private final SecretKey key;

  /**
   * @param key 32 bytes; copied
   */
  Aes256Gcm(byte[] key) {
    if (key.length != KEY_BYTES) {
      throw new IllegalArgumentException("a key of " + key.length + " bytes");
    }
    this.key = new SecretKeySpec(key, "AES");
    try {
      cipher = Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no AES-GCM", e);
    }
  }

  void seal(byte[] nonce, byte[] in, int from, int length, byte[] out, int to) {
    seal(nonce, NO_AAD, in, from, length, out, to);
  }

  /**
   * Writes length + 16 bytes.
   *
   * @param nonce 12 bytes, never used before with this key
   */
  void seal(byte[] nonce, byte[] aad, byte[] in, int from, int length, byte[] out, int to) {
    try {
      init(Cipher.ENCRYPT_MODE, nonce, aad);
      cipher.doFinal(in, from, length, out, to);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  boolean open(byte[] nonce, byte[] in, int from, int length, byte[] out, int to) {
    return open(nonce, NO_AAD, in, from, length, out, to);
  }

  /**
   * Writes length - 16 bytes, if the tag verifies; else wipes where they would have gone.
   *
   * @param length of ciphertext and tag, at least 16
   */
  boolean open(byte[] nonce, byte[] aad, byte[] in, int from, int length, byte[] out, int to) {
    boolean verified = false;
    try {
      init(Cipher.DECRYPT_MODE, nonce, aad);
      cipher.doFinal(in, from, length, out, to);
      verified = true;
    } catch (AEADBadTagException e) {
      verified = false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } finally {
      if (!verified) {
        Arrays.fill(out, to, to + length - TAG_BYTES, (byte) 0);
      }
    }
    return verified;
  }

  private void init(int mode, byte[] nonce, byte[] aad)
      throws InvalidKeyException, InvalidAlgorithmParameterException {
    cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * 8, nonce));
    if (aad.length > 0) {
      cipher.updateAAD(aad);
    }
  }
}

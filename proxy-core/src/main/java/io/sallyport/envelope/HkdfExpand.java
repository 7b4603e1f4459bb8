package io.sallyport.envelope;

import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HKDF-Expand with SHA-512 (RFC 5869 §2.3). */
final class HkdfExpand {

  private static final String HMAC = "HmacSHA512";
  private static final int MOST_BYTES = 255 * 64;

  private HkdfExpand() {}

  /**
   * @param key a pseudorandom key; uniformly random, so that no Extract is needed
   * @param info what the output is for
   */
  static byte[] sha512(byte[] key, byte[] info, int bytes) {
    if (bytes > MOST_BYTES) {
      throw new IllegalArgumentException(bytes + " bytes are more than HKDF gives");
    }
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(key, HMAC));
      byte[] out = new byte[bytes];
      byte[] block = {};
      for (int written = 0, n = 1; written < bytes; written += block.length, n++) {
        mac.update(block);
        mac.update(info);
        mac.update((byte) n);
        block = mac.doFinal();
        System.arraycopy(block, 0, out, written, Math.min(block.length, bytes - written));
      }
      return out;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no " + HMAC, e);
    }
  }
}

package io.sallyport.envelope;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** AES key wrap (RFC 3394) with a 32-byte key of ours; a wrapped data key has 40 bytes. */
final class AesKeyWrapping implements KeyWrapping {

  static final int WRAPPED_BYTES = 40;

  private static final String AES = "AES";

  private final SecretKey key;

  /**
   * @param key 32 bytes; copied
   */
  AesKeyWrapping(byte[] key) {
    this.key = new SecretKeySpec(key, AES);
  }

  @Override
  public CompletionStage<byte[]> wrap(byte[] dataKey) {
    try {
      return CompletableFuture.completedFuture(
          cipher(Cipher.WRAP_MODE).wrap(new SecretKeySpec(dataKey, AES)));
    } catch (GeneralSecurityException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public CompletionStage<byte[]> unwrap(byte[] wrapped) {
    if (wrapped.length != WRAPPED_BYTES) {
      return CompletableFuture.failedFuture(
          new EnvelopeFailed(
              EnvelopeFailure.UNWRAP_FAILED,
              "the wrapped key has " + wrapped.length + " bytes; AES key wrap makes 40"));
    }
    try {
      Key dataKey = cipher(Cipher.UNWRAP_MODE).unwrap(wrapped, AES, Cipher.SECRET_KEY);
      return CompletableFuture.completedFuture(dataKey.getEncoded());
    } catch (InvalidKeyException e) {
      return CompletableFuture.failedFuture(
          new EnvelopeFailed(
              EnvelopeFailure.UNWRAP_FAILED,
              "the wrapped key is damaged, or was wrapped by another key"));
    } catch (GeneralSecurityException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private Cipher cipher(int mode) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AESWrap");
    cipher.init(mode, key);
    return cipher;
  }
}

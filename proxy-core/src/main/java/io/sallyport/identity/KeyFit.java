package io.sallyport.identity;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;

/** Whether a private key is that of a certificate. */
public final class KeyFit {

  private KeyFit() {}

  /** By doing what a handshake does, so that a damaged key is found as well. */
  public static boolean fits(PrivateKey key, PublicKey certified) {
    String algorithm =
        certified instanceof RSAPublicKey
            ? "SHA256withRSA"
            : certified instanceof ECPublicKey ? "SHA256withECDSA" : "Ed25519";
    byte[] challenge = new byte[32];
    new SecureRandom().nextBytes(challenge);
    try {
      Signature signer = Signature.getInstance(algorithm);
      signer.initSign(key);
      signer.update(challenge);
      byte[] signature = signer.sign();
      signer.initVerify(certified);
      signer.update(challenge);
      return signer.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}

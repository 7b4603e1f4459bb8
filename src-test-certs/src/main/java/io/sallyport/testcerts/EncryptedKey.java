package io.sallyport.testcerts;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.EncryptionScheme;
import org.bouncycastle.asn1.pkcs.KeyDerivationFunc;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/**
 * Private keys under a password: PBES2 with PBKDF2 over HMAC-SHA-256 and AES-256-CBC (RFC 8018
 * §6.2).
 *
 * <p>Put together by hand, because JDK 17's EncryptedPrivateKeyInfo does not know PBES2 by its
 * name.
 */
final class EncryptedKey {
  private static final AlgorithmIdentifier HMAC_SHA256 =
      new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA256, DERNull.INSTANCE);
  private static final int AES_KEY_BITS = 256;
  // Few, so that tests are quick: what is encrypted here is worth nothing.
  private static final int ITERATIONS = 2048;
  private static final SecureRandom RANDOM = new SecureRandom();

  private EncryptedKey() {}

  static String pem(PrivateKey key, char[] password) {
    try {
      byte[] salt = random();
      byte[] iv = random();
      byte[] encrypted = aes(password, salt, iv).doFinal(key.getEncoded());
      PBES2Parameters parameters =
          new PBES2Parameters(
              new KeyDerivationFunc(
                  PKCSObjectIdentifiers.id_PBKDF2, new PBKDF2Params(salt, ITERATIONS, HMAC_SHA256)),
              new EncryptionScheme(NISTObjectIdentifiers.id_aes256_CBC, new DEROctetString(iv)));
      EncryptedPrivateKeyInfo info =
          new EncryptedPrivateKeyInfo(
              new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBES2, parameters), encrypted);
      return Pem.encode("ENCRYPTED PRIVATE KEY", info.getEncoded());
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalArgumentException("key cannot be encrypted with this password", e);
    }
  }

  private static Cipher aes(char[] password, byte[] salt, byte[] iv)
      throws GeneralSecurityException {
    PBEKeySpec derivation = new PBEKeySpec(password, salt, ITERATIONS, AES_KEY_BITS);
    byte[] secret =
        SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
            .generateSecret(derivation)
            .getEncoded();
    Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
    cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(secret, "AES"), new IvParameterSpec(iv));
    return cipher;
  }

  private static byte[] random() {
    byte[] bytes = new byte[16];
    RANDOM.nextBytes(bytes);
    return bytes;
  }
}

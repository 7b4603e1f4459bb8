package io.sallyport.identity;

import java.io.IOException;
import java.io.StringReader;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.bc.BcPEMDecryptorProvider;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;
import org.jspecify.annotations.Nullable;

/**
 * PKCS#1, SEC1 and encrypted keys, by Bouncy Castle. Only this class may name it: its hundreds of
 * classes cost a start that does not need them over a second.
 */
final class LegacyKeyFormats {

  private LegacyKeyFormats() {}

  /** The password is wrong or the key malformed; which of them cannot always be told. */
  static final class Undecipherable extends Exception {
    private static final long serialVersionUID = 1;

    Undecipherable(@Nullable Throwable cause) {
      super("key cannot be deciphered", cause);
    }
  }

  /**
   * @param pem one whole block
   * @param password null where the key is not encrypted
   */
  static byte[] toPkcs8(String pem, char @Nullable [] password) throws Undecipherable {
    try (PEMParser parser = new PEMParser(new StringReader(pem))) {
      return plain(parser.readObject(), password).getEncoded();
    } catch (IOException | OperatorCreationException | PKCSException | RuntimeException e) {
      throw new Undecipherable(e);
    }
  }

  private static PrivateKeyInfo plain(@Nullable Object parsed, char @Nullable [] password)
      throws IOException, OperatorCreationException, PKCSException, Undecipherable {
    if (parsed instanceof PEMKeyPair pair) {
      return pair.getPrivateKeyInfo();
    }
    if (password != null && parsed instanceof PEMEncryptedKeyPair encrypted) {
      return encrypted.decryptKeyPair(new BcPEMDecryptorProvider(password)).getPrivateKeyInfo();
    }
    if (password != null && parsed instanceof PKCS8EncryptedPrivateKeyInfo encrypted) {
      return encrypted.decryptPrivateKeyInfo(
          new JceOpenSSLPKCS8DecryptorProviderBuilder()
              .setProvider(new BouncyCastleProvider())
              .build(password));
    }
    throw new Undecipherable(null);
  }
}

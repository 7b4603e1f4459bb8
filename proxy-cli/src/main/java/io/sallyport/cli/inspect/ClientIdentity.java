package io.sallyport.cli.inspect;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.sallyport.cli.CommandFailed;
import io.sallyport.tls.KeyFit;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.jspecify.annotations.Nullable;

/**
 * What to show to a server that asks.
 *
 * @param chain leaf first
 */
record ClientIdentity(List<X509Certificate> chain, PrivateKey key) {

  static ClientIdentity read(Path certificate, Path key) throws CommandFailed {
    List<X509Certificate> chain = Certificates.read(certificate);
    String pem = new String(Certificates.content(key), ISO_8859_1);
    PrivateKeyInfo found = null;
    try (PEMParser parser = new PEMParser(new StringReader(pem))) {
      for (Object block = parser.readObject();
          block != null && found == null;
          block = parser.readObject()) {
        found = keyIn(block);
      }
      if (found != null) {
        return new ClientIdentity(chain, fitting(found, chain.get(0)));
      }
    } catch (IOException e) {
      throw CommandFailed.invalid(key.toString(), "cannot be parsed", "check that it is whole");
    }
    throw CommandFailed.invalid(
        key.toString(), "has no private key that is not encrypted", "name a plain PEM key");
  }

  private static PrivateKey fitting(PrivateKeyInfo found, X509Certificate leaf)
      throws CommandFailed, IOException {
    PrivateKey key = new JcaPEMKeyConverter().getPrivateKey(found);
    if (!KeyFit.fits(key, leaf)) {
      throw CommandFailed.invalid(
          "--key", "key does not belong to certificate", "check that both were renewed");
    }
    return key;
  }

  private static @Nullable PrivateKeyInfo keyIn(Object block) {
    if (block instanceof PEMKeyPair pair) {
      return pair.getPrivateKeyInfo();
    }
    return block instanceof PrivateKeyInfo info ? info : null;
  }

  @Override
  public String toString() {
    return "ClientIdentity[hidden]";
  }
}

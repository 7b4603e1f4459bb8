package io.sallyport.testcerts;

import java.io.IOException;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;

/** How a private key's PEM text is encoded. */
public enum KeyFormat {
  /** RFC 5958, {@code PRIVATE KEY}; every kind of key. */
  PKCS8("PRIVATE KEY"),
  /** RFC 8017, {@code RSA PRIVATE KEY}; RSA only. */
  PKCS1("RSA PRIVATE KEY"),
  /** RFC 5915, {@code EC PRIVATE KEY}; elliptic curves only. */
  SEC1("EC PRIVATE KEY");

  private final String label;

  KeyFormat(String label) {
    this.label = label;
  }

  /**
   * The key's PEM text.
   *
   * @throws IllegalArgumentException when the format has no room for this kind of key
   */
  String pem(PrivateKey key) {
    String only =
        switch (this) {
          case PKCS8 -> key.getAlgorithm();
          case PKCS1 -> "RSA";
          case SEC1 -> "EC";
        };
    if (!key.getAlgorithm().equals(only)) {
      throw new IllegalArgumentException(this + " has no room for " + key.getAlgorithm() + " keys");
    }
    try {
      return Pem.encode(label, encode(key));
    } catch (IOException e) {
      throw new IllegalArgumentException("key cannot be encoded as " + this, e);
    }
  }

  private byte[] encode(PrivateKey key) throws IOException {
    if (this == PKCS8) {
      return key.getEncoded();
    }
    PrivateKeyInfo pkcs8 = PrivateKeyInfo.getInstance(key.getEncoded());
    if (this == SEC1 && key instanceof ECPrivateKey ec) {
      // Inside PKCS#8 the curve is named outside the key; standing alone the key must name it.
      return new org.bouncycastle.asn1.sec.ECPrivateKey(
              ec.getParams().getOrder().bitLength(),
              ec.getS(),
              pkcs8.getPrivateKeyAlgorithm().getParameters())
          .getEncoded();
    }
    return pkcs8.getPrivateKey().getOctets();
  }
}

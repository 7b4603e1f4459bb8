package io.sallyport.testcerts;

import java.time.Duration;
import java.util.Map;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;

/**
 * What a CA's certificate shall say. By default: P-256, valid from 30 days ago to a year ahead, any
 * path length, may sign certificates and CRLs.
 */
public final class CaSpec extends CertificateSpec<CaSpec> {
  private final String defaultCommonName;
  private int keyUsage = KeyUsage.keyCertSign | KeyUsage.cRLSign;
  private BasicConstraints basicConstraints = new BasicConstraints(true);

  CaSpec(String defaultCommonName) {
    super(Duration.ofDays(30), Duration.ofDays(365));
    this.defaultCommonName = defaultCommonName;
  }

  /** The CA's name: its CN. */
  public CaSpec name(String commonName) {
    return cn(commonName);
  }

  /** How many intermediates may stand below this CA. */
  public CaSpec pathLength(int intermediates) {
    basicConstraints = new BasicConstraints(intermediates);
    return this;
  }

  /** A CA whose key usage forbids what CAs do. */
  public CaSpec withoutKeyCertSign() {
    keyUsage = KeyUsage.cRLSign;
    return this;
  }

  /** A CA that says it is none: basicConstraints CA:false. */
  public CaSpec notACa() {
    basicConstraints = new BasicConstraints(false);
    return this;
  }

  @Override
  CaSpec self() {
    return this;
  }

  @Override
  String defaultCommonName() {
    return defaultCommonName;
  }

  @Override
  void addExtensions(Map<ASN1ObjectIdentifier, Extension> extensions) {
    put(extensions, Extension.basicConstraints, true, basicConstraints);
    put(extensions, Extension.keyUsage, true, new KeyUsage(keyUsage));
  }
}

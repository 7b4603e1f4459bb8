package io.sallyport.testcerts;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;

/**
 * What a leaf's certificate shall say. By default: P-256, valid from an hour ago to a day ahead,
 * for TLS servers and clients both, subject CN=leaf, no subject alternative name.
 */
public final class LeafSpec extends CertificateSpec<LeafSpec> {
  private static final List<KeyPurposeId> SERVER_AND_CLIENT =
      List.of(KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth);

  private final List<GeneralName> names = new ArrayList<>();
  private final List<KeyPurposeId> purposes = new ArrayList<>();
  private boolean purposeAsked;
  private boolean ca;

  LeafSpec() {
    super(Duration.ofHours(1), Duration.ofHours(24));
  }

  /** Adds DNS names, wildcards and nonsense included. */
  public LeafSpec dns(String... dnsNames) {
    return names(NameKind.DNS, dnsNames);
  }

  /** Adds a DNS name of these very bytes. */
  public LeafSpec dns(byte[] dnsName) {
    // One character a byte is how Bouncy Castle fills an IA5String.
    return dns(new String(dnsName, StandardCharsets.ISO_8859_1));
  }

  /** Adds IP addresses, IPv4 or IPv6 literals. */
  public LeafSpec ip(String... addresses) {
    return names(NameKind.IP, addresses);
  }

  /** Adds URIs; more than one makes an invalid SPIFFE certificate. */
  public LeafSpec uri(String... uris) {
    return names(NameKind.URI, uris);
  }

  /** Adds mailboxes. */
  public LeafSpec email(String... mailboxes) {
    return names(NameKind.EMAIL, mailboxes);
  }

  /** The whole subjectAltName extension instead: these bytes, well-formed or not. */
  public LeafSpec rawSan(byte[] value) {
    return extension(Extension.subjectAlternativeName.getId(), false, value);
  }

  /** For TLS servers, and for nothing else unless another purpose is named too. */
  public LeafSpec server() {
    return purpose(KeyPurposeId.id_kp_serverAuth);
  }

  /** For TLS clients, and for nothing else unless another purpose is named too. */
  public LeafSpec client() {
    return purpose(KeyPurposeId.id_kp_clientAuth);
  }

  /** For signing OCSP answers in its CA's place, and for nothing else unless it is named too. */
  public LeafSpec ocspSigning() {
    return purpose(KeyPurposeId.id_kp_OCSPSigning);
  }

  /** For code signing, and for nothing else unless another purpose is named too. */
  public LeafSpec codeSigning() {
    return purpose(KeyPurposeId.id_kp_codeSigning);
  }

  /** Without extended key usage, which means: for any purpose. */
  public LeafSpec anyPurpose() {
    purposeAsked = true;
    purposes.clear();
    return this;
  }

  /** A leaf that says it is a CA. */
  public LeafSpec ca() {
    ca = true;
    return this;
  }

  @Override
  LeafSpec self() {
    return this;
  }

  @Override
  String defaultCommonName() {
    return "leaf";
  }

  @Override
  void addExtensions(Map<ASN1ObjectIdentifier, Extension> extensions) {
    int keyUsage = KeyUsage.digitalSignature | (ca ? KeyUsage.keyCertSign : 0);
    put(extensions, Extension.basicConstraints, true, new BasicConstraints(ca));
    put(extensions, Extension.keyUsage, true, new KeyUsage(keyUsage));
    List<KeyPurposeId> usage = purposeAsked ? purposes : SERVER_AND_CLIENT;
    if (!usage.isEmpty()) {
      ExtendedKeyUsage value = new ExtendedKeyUsage(usage.toArray(KeyPurposeId[]::new));
      put(extensions, Extension.extendedKeyUsage, false, value);
    }
    if (!names.isEmpty()) {
      // RFC 5280 §4.2.1.6: the only name a certificate has must be critical.
      boolean critical = subject().getRDNs().length == 0;
      GeneralNames all = new GeneralNames(names.toArray(GeneralName[]::new));
      put(extensions, Extension.subjectAlternativeName, critical, all);
    }
  }

  private LeafSpec names(NameKind kind, String... values) {
    for (String value : values) {
      names.add(kind.name(value));
    }
    return this;
  }

  private LeafSpec purpose(KeyPurposeId purpose) {
    purposeAsked = true;
    purposes.add(purpose);
    return this;
  }
}

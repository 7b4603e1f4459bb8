package io.sallyport.testcerts;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.jspecify.annotations.Nullable;

/**
 * What one certificate shall say; the part that CA and leaf certificates share. Nothing is checked
 * against good practice: what is asked for is issued. Not thread-safe; lives for one issuance.
 *
 * @param <S> the kind of specification, which every method returns
 */
public abstract sealed class CertificateSpec<S extends CertificateSpec<S>>
    permits CaSpec, LeafSpec {
  private static final String UNKNOWN_EXTENSION = "1.3.6.1.4.1.55555.1";

  private static final ASN1ObjectIdentifier TLS_FEATURE =
      new ASN1ObjectIdentifier("1.3.6.1.5.5.7.1.24");

  /** The number of the TLS extension that asks for a staple. */
  private static final int STATUS_REQUEST = 5;

  private final List<RDN> subject = new ArrayList<>();
  private final List<GeneralSubtree> permitted = new ArrayList<>();
  private final List<GeneralSubtree> excluded = new ArrayList<>();
  private final Map<ASN1ObjectIdentifier, @Nullable Extension> asked = new LinkedHashMap<>();
  private boolean constraintsCritical = true;
  private boolean sha1;
  private @Nullable X500Name wholeSubject;
  private @Nullable KeyPair key;
  private String keyAlgorithm = "EC";
  private AlgorithmParameterSpec keyParameters = new ECGenParameterSpec("secp256r1");
  private Instant notBefore;
  private Instant notAfter;

  CertificateSpec(Duration age, Duration remaining) {
    Instant now = Instant.now();
    notBefore = now.minus(age);
    notAfter = now.plus(remaining);
  }

  abstract S self();

  abstract String defaultCommonName();

  abstract void addExtensions(Map<ASN1ObjectIdentifier, Extension> extensions);

  /** Adds a CN of its own to the subject, any characters, any length. */
  public S cn(String commonName) {
    return subject(BCStyle.CN, commonName);
  }

  /** Adds an OU of its own to the subject. */
  public S ou(String organizationalUnit) {
    return subject(BCStyle.OU, organizationalUnit);
  }

  /** Adds an O of its own to the subject. */
  public S organization(String organization) {
    return subject(BCStyle.O, organization);
  }

  /**
   * The whole subject instead, in RFC 2253 form; {@code "CN=a+CN=b"} is an RDN of two values,
   * {@code ""} no subject at all.
   */
  public S subject(String rfc2253) {
    return subject(new X500Principal(rfc2253));
  }

  S subject(X500Principal name) {
    wholeSubject = X500Name.getInstance(name.getEncoded());
    return self();
  }

  /** A key on P-256, which is also the default. */
  public S ec() {
    return generateKey("EC", new ECGenParameterSpec("secp256r1"));
  }

  /** A key on P-384. */
  public S ec384() {
    return generateKey("EC", new ECGenParameterSpec("secp384r1"));
  }

  /** A key on P-521. */
  public S ec521() {
    return generateKey("EC", new ECGenParameterSpec("secp521r1"));
  }

  /** An Ed25519 key. */
  public S ed25519() {
    return generateKey("Ed25519", NamedParameterSpec.ED25519);
  }

  /** An RSA key of 2048 bits. */
  public S rsa() {
    return rsa(2048);
  }

  /** An RSA key of so many bits; 1024 is the weak one. */
  public S rsa(int bits) {
    return generateKey("RSA", new RSAKeyGenParameterSpec(bits, RSAKeyGenParameterSpec.F4));
  }

  /** This key instead of a new one: for renewals and duplicates. */
  public S key(KeyPair existing) {
    key = existing;
    return self();
  }

  /** Valid from the day before yesterday until an hour ago. */
  public S expired() {
    Instant now = Instant.now();
    return validity(now.minus(Duration.ofHours(48)), now.minus(Duration.ofHours(1)));
  }

  /** Valid from an hour ahead. */
  public S notYetValid() {
    Instant now = Instant.now();
    return validity(now.plus(Duration.ofHours(1)), now.plus(Duration.ofHours(25)));
  }

  /** Valid from an hour ago until so long from now. */
  public S validFor(Duration remaining) {
    Instant now = Instant.now();
    return validity(now.minus(Duration.ofHours(1)), now.plus(remaining));
  }

  /** Valid between the two, both to the second below. */
  public S validity(Instant notBefore, Instant notAfter) {
    this.notBefore = notBefore;
    this.notAfter = notAfter;
    return self();
  }

  /** Signed over SHA-1, where the issuer's key signs over a hash at all. */
  public S sha1Signature() {
    sha1 = true;
    return self();
  }

  /** Adds a permitted subtree to the name constraints, also on a leaf, where they have no place. */
  public S permit(NameKind kind, String subtree) {
    permitted.add(new GeneralSubtree(kind.name(subtree)));
    return self();
  }

  /** Adds an excluded subtree to the name constraints, also on a leaf, where they have no place. */
  public S exclude(NameKind kind, String subtree) {
    excluded.add(new GeneralSubtree(kind.name(subtree)));
    return self();
  }

  /** Marks the name constraints as not critical, against RFC 5280 §4.2.1.10. */
  public S nonCriticalNameConstraints() {
    constraintsCritical = false;
    return self();
  }

  /** Names OCSP responders, whatever kind of URL they have. */
  public S ocsp(String... urls) {
    AccessDescription[] ways = new AccessDescription[urls.length];
    for (int i = 0; i < urls.length; i++) {
      ways[i] =
          new AccessDescription(
              AccessDescription.id_ad_ocsp,
              new GeneralName(GeneralName.uniformResourceIdentifier, urls[i]));
    }
    return extension(Extension.authorityInfoAccess, new AuthorityInformationAccess(ways));
  }

  /** Says that its bearer always staples an OCSP answer (RFC 7633). */
  public S mustStaple() {
    return extension(TLS_FEATURE, new DERSequence(new ASN1Integer(STATUS_REQUEST)));
  }

  private S extension(ASN1ObjectIdentifier oid, ASN1Encodable value) {
    try {
      asked.put(oid, Extension.create(oid, false, value));
      return self();
    } catch (IOException e) {
      throw new IllegalArgumentException("extension " + oid + " cannot be encoded", e);
    }
  }

  /** A critical extension that nobody knows, so that everybody must refuse the certificate. */
  public S unknownCriticalExtension() {
    return extension(UNKNOWN_EXTENSION, true, new byte[] {0x05, 0x00});
  }

  /**
   * An extension with this very value, instead of the one that the certificate would have had.
   *
   * @param value what stands inside the OCTET STRING; may be malformed. The JDK refuses a
   *     certificate with a malformed critical extension that it knows, so it can be issued as
   *     non-critical only
   */
  public S extension(String oid, boolean critical, byte[] value) {
    ASN1ObjectIdentifier id = new ASN1ObjectIdentifier(oid);
    asked.put(id, new Extension(id, critical, value));
    return self();
  }

  /** Leaves out an extension that the certificate would have had. */
  public S withoutExtension(String oid) {
    asked.put(new ASN1ObjectIdentifier(oid), null);
    return self();
  }

  X500Name subject() {
    if (wholeSubject != null) {
      return wholeSubject;
    }
    if (subject.isEmpty()) {
      return new X500Name(new RDN[] {name(BCStyle.CN, defaultCommonName())});
    }
    return new X500Name(subject.toArray(RDN[]::new));
  }

  KeyPair key() throws GeneralSecurityException {
    if (key != null) {
      return key;
    }
    KeyPairGenerator generator = KeyPairGenerator.getInstance(keyAlgorithm);
    generator.initialize(keyParameters);
    return generator.generateKeyPair();
  }

  Instant notBefore() {
    return notBefore;
  }

  Instant notAfter() {
    return notAfter;
  }

  boolean sha1() {
    return sha1;
  }

  /** The extensions in their order; {@code fromKeys} are those that the keys alone decide. */
  List<Extension> extensions(List<Extension> fromKeys) {
    Map<ASN1ObjectIdentifier, Extension> extensions = new LinkedHashMap<>();
    addExtensions(extensions);
    if (!permitted.isEmpty() || !excluded.isEmpty()) {
      NameConstraints constraints =
          new NameConstraints(
              permitted.isEmpty() ? null : permitted.toArray(GeneralSubtree[]::new),
              excluded.isEmpty() ? null : excluded.toArray(GeneralSubtree[]::new));
      put(extensions, Extension.nameConstraints, constraintsCritical, constraints);
    }
    fromKeys.forEach(extension -> extensions.put(extension.getExtnId(), extension));
    asked.forEach(
        (oid, extension) -> {
          if (extension == null) {
            extensions.remove(oid);
          } else {
            extensions.put(oid, extension);
          }
        });
    return List.copyOf(extensions.values());
  }

  static void put(
      Map<ASN1ObjectIdentifier, Extension> extensions,
      ASN1ObjectIdentifier oid,
      boolean critical,
      ASN1Encodable value) {
    try {
      extensions.put(oid, Extension.create(oid, critical, value));
    } catch (IOException e) {
      throw new IllegalArgumentException("extension " + oid + " cannot be encoded", e);
    }
  }

  private S subject(ASN1ObjectIdentifier type, String value) {
    subject.add(name(type, value));
    return self();
  }

  private static RDN name(ASN1ObjectIdentifier type, String value) {
    return new RDN(type, new DERUTF8String(value));
  }

  private S generateKey(String algorithm, AlgorithmParameterSpec parameters) {
    keyAlgorithm = algorithm;
    keyParameters = parameters;
    key = null;
    return self();
  }
}

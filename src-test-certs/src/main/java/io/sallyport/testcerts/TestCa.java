package io.sallyport.testcerts;

import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A certificate authority that issues what it is asked for, good or odd. Never for production.
 * Immutable; safe to share between threads.
 */
public final class TestCa {
  private final KeyPair key;
  private final List<X509Certificate> path;
  private final boolean root;

  private TestCa(KeyPair key, List<X509Certificate> path, boolean root) {
    this.key = key;
    this.path = path;
    this.root = root;
  }

  /** A self-signed root on P-256. */
  public static TestCa create() {
    return create(ca -> {});
  }

  /** A self-signed root as asked for. */
  public static TestCa create(Consumer<CaSpec> wishes) {
    CaSpec spec = new CaSpec("Test root CA");
    wishes.accept(spec);
    Issuance issued = Issuance.selfSigned(spec);
    return root(issued.key(), issued.certificate());
  }

  static TestCa root(KeyPair key, X509Certificate certificate) {
    return new TestCa(key, List.of(certificate), true);
  }

  /** A CA below this one, on P-256. */
  public TestCa intermediate() {
    return intermediate(ca -> {});
  }

  /** A CA below this one, as asked for. */
  public TestCa intermediate(Consumer<CaSpec> wishes) {
    // Numbered: a CA of its issuer's name would be self-issued, and not count in a path's length.
    CaSpec spec = new CaSpec("Test intermediate CA " + (root ? 1 : path.size() + 1));
    wishes.accept(spec);
    Issuance issued = Issuance.signedBy(certificate(), key, spec);
    return new TestCa(issued.key(), below(issued.certificate()), false);
  }

  /** This CA's name and key in a certificate that {@code issuer} signed: another way up. */
  public TestCa crossSignedBy(TestCa issuer) {
    return issuer.intermediate(ca -> ca.key(key).subject(certificate().getSubjectX500Principal()));
  }

  /** A leaf below this CA, as asked for. */
  public TestIdentity issue(Consumer<LeafSpec> wishes) {
    LeafSpec spec = new LeafSpec();
    wishes.accept(spec);
    Issuance issued = Issuance.signedBy(certificate(), key, spec);
    return new TestIdentity(issued.key(), below(issued.certificate()));
  }

  /** What this CA says of the certificates that it has issued, as PEM text. */
  public String crlPem(Consumer<CrlSpec> wishes) {
    CrlSpec spec = new CrlSpec();
    wishes.accept(spec);
    return Issuance.crlPem(certificate(), key, spec);
  }

  /** What an OCSP responder says of a certificate that this CA has issued, in DER. */
  public byte[] ocspAnswer(X509Certificate issued, Consumer<OcspSpec> wishes) {
    OcspSpec spec = new OcspSpec(certificate(), key);
    wishes.accept(spec);
    return spec.answer(issued);
  }

  /** This CA's own certificate. */
  public X509Certificate certificate() {
    return path.get(0);
  }

  /** {@link #certificate()} as PEM text. */
  public String certificatePem() {
    return Pem.of(certificate());
  }

  /** This CA's key pair, for certificates and signatures that this class does not make. */
  public KeyPair keyPair() {
    return key;
  }

  private List<X509Certificate> below(X509Certificate issued) {
    return root ? List.of(issued) : Stream.concat(Stream.of(issued), path.stream()).toList();
  }
}

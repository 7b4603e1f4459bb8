package io.sallyport.testcerts;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** One certificate, signed, with the key pair it names. */
record Issuance(KeyPair key, X509Certificate certificate) {
  private static final SecureRandom RANDOM = new SecureRandom();

  static Issuance selfSigned(CertificateSpec<?> spec) {
    try {
      KeyPair key = spec.key();
      return sign(spec, key, spec.subject(), key);
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalArgumentException("certificate cannot be issued as asked for", e);
    }
  }

  static Issuance signedBy(X509Certificate issuer, KeyPair issuerKey, CertificateSpec<?> spec) {
    try {
      X500Name name = X500Name.getInstance(issuer.getSubjectX500Principal().getEncoded());
      return sign(spec, spec.key(), name, issuerKey);
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalArgumentException("certificate cannot be issued as asked for", e);
    }
  }

  private static Issuance sign(
      CertificateSpec<?> spec, KeyPair key, X500Name issuer, KeyPair issuerKey)
      throws GeneralSecurityException, IOException, OperatorCreationException {
    X509v3CertificateBuilder builder =
        new X509v3CertificateBuilder(
            issuer,
            serial(),
            Date.from(spec.notBefore()),
            Date.from(spec.notAfter()),
            spec.subject(),
            SubjectPublicKeyInfo.getInstance(key.getPublic().getEncoded()));
    for (Extension extension : spec.extensions(keyIdentifiers(key, issuerKey))) {
      builder.addExtension(extension);
    }
    byte[] der =
        builder
            .build(
                new JcaContentSignerBuilder(signatureAlgorithm(issuerKey.getPublic(), spec.sha1()))
                    .build(issuerKey.getPrivate()))
            .getEncoded();
    X509Certificate certificate =
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(der));
    return new Issuance(key, certificate);
  }

  static String crlPem(X509Certificate issuer, KeyPair issuerKey, CrlSpec spec) {
    try {
      X500Name name = X500Name.getInstance(issuer.getSubjectX500Principal().getEncoded());
      byte[] der =
          spec.builder(name)
              .build(
                  new JcaContentSignerBuilder(signatureAlgorithm(issuerKey.getPublic(), false))
                      .build(issuerKey.getPrivate()))
              .getEncoded();
      return Pem.encode("X509 CRL", der);
    } catch (IOException | OperatorCreationException e) {
      throw new IllegalArgumentException("CRL cannot be issued as asked for", e);
    }
  }

  private static List<Extension> keyIdentifiers(KeyPair key, KeyPair issuerKey)
      throws GeneralSecurityException, IOException {
    JcaX509ExtensionUtils identifiers = new JcaX509ExtensionUtils();
    return List.of(
        Extension.create(
            Extension.subjectKeyIdentifier,
            false,
            identifiers.createSubjectKeyIdentifier(key.getPublic())),
        Extension.create(
            Extension.authorityKeyIdentifier,
            false,
            identifiers.createAuthorityKeyIdentifier(issuerKey.getPublic())));
  }

  static String signatureAlgorithm(PublicKey issuer, boolean sha1) {
    if (issuer instanceof RSAKey) {
      return sha1 ? "SHA1withRSA" : "SHA256withRSA";
    }
    if (issuer instanceof ECKey ec) {
      int bits = ec.getParams().getOrder().bitLength();
      String hash = sha1 ? "SHA1" : bits <= 256 ? "SHA256" : bits <= 384 ? "SHA384" : "SHA512";
      return hash + "withECDSA";
    }
    return "Ed25519";
  }

  /** Positive, 16 bytes exactly. */
  private static BigInteger serial() {
    byte[] bytes = new byte[16];
    RANDOM.nextBytes(bytes);
    bytes[0] = (byte) ((bytes[0] & 0x3f) | 0x40);
    return new BigInteger(bytes);
  }
}

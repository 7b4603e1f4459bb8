package io.sallyport.testcerts;

import io.sallyport.testcerts.DevelopmentPkiFailed.Fault;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A development CA, read back from its two files with distrust: people move and mix files. */
final class StoredCa {
  private StoredCa() {}

  /** The CA in these files; null when there is neither. */
  static @Nullable TestCa read(PemFiles files) throws DevelopmentPkiFailed {
    boolean hasCertificate = Files.exists(files.certificate(), LinkOption.NOFOLLOW_LINKS);
    boolean hasKey = Files.exists(files.key(), LinkOption.NOFOLLOW_LINKS);
    if (!hasCertificate && !hasKey) {
      return null;
    }
    if (!hasCertificate || !hasKey) {
      Path missing = hasKey ? files.certificate() : files.key();
      Path present = hasKey ? files.key() : files.certificate();
      throw unusable(missing, "is missing beside " + present.getFileName(), "put it back", files);
    }
    X509Certificate certificate = certificate(files);
    PrivateKey key = key(files);
    if (!fits(key, certificate)) {
      throw unusable(
          files.key(),
          "does not fit " + files.certificate().getFileName(),
          "put the right one back",
          files);
    }
    return TestCa.root(new KeyPair(certificate.getPublicKey(), key), certificate);
  }

  private static X509Certificate certificate(PemFiles files) throws DevelopmentPkiFailed {
    Path file = files.certificate();
    X509Certificate certificate;
    try {
      certificate =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(read(file)));
    } catch (CertificateException e) {
      throw unusable(file, "is not a certificate", "put it back", files);
    }
    if (!certificate.getSubjectX500Principal().equals(DevelopmentPki.CA_SUBJECT)) {
      // Somebody's real CA must not begin to sign whatever a developer types.
      throw new DevelopmentPkiFailed(
          Fault.CA_UNUSABLE,
          file + ": is not a Sallyport development CA; name another folder",
          null);
    }
    if (certificate.getNotAfter().toInstant().isBefore(Instant.now())) {
      throw unusable(
          file,
          "expired at " + certificate.getNotAfter().toInstant(),
          "name another folder",
          files);
    }
    return certificate;
  }

  private static PrivateKey key(PemFiles files) throws DevelopmentPkiFailed {
    try {
      String pem = new String(read(files.key()), StandardCharsets.US_ASCII);
      return KeyFactory.getInstance("EC")
          .generatePrivate(new PKCS8EncodedKeySpec(Pem.decode("PRIVATE KEY", pem)));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      // Without the cause: a parser may quote what it could not read.
      throw unusable(files.key(), "is not an EC key in PKCS#8 PEM", "put it back", files);
    }
  }

  private static byte[] read(Path file) throws DevelopmentPkiFailed {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw DevelopmentPkiFailed.unreadable(file, e);
    }
  }

  private static boolean fits(PrivateKey key, X509Certificate certificate) {
    byte[] probe = {1};
    try {
      Signature signature =
          Signature.getInstance(Issuance.signatureAlgorithm(certificate.getPublicKey(), false));
      signature.initSign(key);
      signature.update(probe);
      byte[] signed = signature.sign();
      signature.initVerify(certificate.getPublicKey());
      signature.update(probe);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static DevelopmentPkiFailed unusable(
      Path file, String faultText, String remedy, PemFiles files) {
    return new DevelopmentPkiFailed(
        Fault.CA_UNUSABLE,
        "%s: %s; %s, or delete %s and %s to begin a new CA"
            .formatted(
                file,
                faultText,
                remedy,
                files.certificate().getFileName(),
                files.key().getFileName()),
        null);
  }
}

package io.sallyport.identity;

import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** The certificates in a PEM file. */
final class PemCertificates {

  private PemCertificates() {}

  /** In the order of the file; at least one. */
  static List<X509Certificate> read(String setting, Path file, byte[] content) throws Unusable {
    List<X509Certificate> certificates = new ArrayList<>();
    for (PemBlock block : PemBlock.all(setting, file.toString(), content)) {
      if (block.isCertificate()) {
        certificates.add(parse(setting, file, certificates.size() + 1, block));
      }
    }
    if (certificates.isEmpty()) {
      throw new Unusable(
          setting, file + " holds no certificate", "it must hold BEGIN CERTIFICATE lines");
    }
    return certificates;
  }

  private static X509Certificate parse(String setting, Path file, int number, PemBlock block)
      throws Unusable {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(block.der()));
    } catch (CertificateException | RuntimeException e) {
      throw new Unusable(
          setting,
          "certificate " + number + " in " + file + " cannot be parsed",
          "check that the file is whole; openssl x509 -text shows what is in it");
    }
  }
}

package io.sallyport.cli.inspect;

import io.sallyport.policy.Peer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;

/** One certificate: whose it is, what it says, and what rules can pin. */
final class CertificateReport {

  private static final Map<String, String> PURPOSES =
      Map.of(
          "2.5.29.37.0", "any",
          "1.3.6.1.5.5.7.3.1", "server",
          "1.3.6.1.5.5.7.3.2", "client",
          "1.3.6.1.5.5.7.3.3", "code signing",
          "1.3.6.1.5.5.7.3.4", "email",
          "1.3.6.1.5.5.7.3.8", "time stamping",
          "1.3.6.1.5.5.7.3.9", "OCSP signing");

  private static final Map<String, String> NIST_CURVES =
      Map.of(
          "1.2.840.10045.3.1.7", "P-256",
          "1.3.132.0.34", "P-384",
          "1.3.132.0.35", "P-521");

  private CertificateReport() {}

  /**
   * @param chain leaf first; each certificate should be signed by the next one
   */
  static List<Report> of(List<X509Certificate> chain, Instant now) {
    List<Report> reports = new ArrayList<>();
    for (int i = 0; i < chain.size(); i++) {
      Report report = of(chain.get(i), now);
      if (i + 1 < chain.size() && !isSignedBy(chain.get(i), chain.get(i + 1))) {
        report.put("order", "not signed by the next certificate");
      }
      reports.add(report);
    }
    return reports;
  }

  private static Report of(X509Certificate certificate, Instant now) {
    Report report = new Report();
    report.put("subject", name(certificate.getSubjectX500Principal().getName()));
    report.put("names", Peer.of(certificate).names());
    report.put("issuer", name(certificate.getIssuerX500Principal().getName()));
    report.put("serial", certificate.getSerialNumber().toString(16));
    report.put("not before", certificate.getNotBefore().toInstant().toString());
    report.put("not after", certificate.getNotAfter().toInstant().toString());
    report.put("validity", validity(certificate, now));
    report.put("key", key(certificate.getPublicKey()));
    report.put("signature", certificate.getSigAlgName());
    report.put("purposes", purposes(certificate));
    report.put("ca", certificate.getBasicConstraints() < 0 ? "no" : "yes");
    report.put("sha256", fingerprint(sha256(encoded(certificate))));
    report.put(
        "spki pin",
        Base64.getEncoder().encodeToString(sha256(certificate.getPublicKey().getEncoded())));
    return report;
  }

  private static String name(String rfc2253) {
    return rfc2253.isEmpty() ? "none" : rfc2253;
  }

  private static String validity(X509Certificate certificate, Instant now) {
    Instant from = certificate.getNotBefore().toInstant();
    Instant until = certificate.getNotAfter().toInstant();
    if (now.isBefore(from)) {
      return "not valid for another " + days(Duration.between(now, from));
    }
    return now.isAfter(until)
        ? "expired " + days(Duration.between(until, now)) + " ago"
        : days(Duration.between(now, until)) + " left";
  }

  private static String days(Duration duration) {
    long days = duration.toDays();
    return days == 0 ? count(duration.toHours(), "hour") : count(days, "day");
  }

  private static String count(long number, String unit) {
    return number + " " + unit + (number == 1 ? "" : "s");
  }

  private static String key(PublicKey key) {
    if (key instanceof RSAPublicKey rsa) {
      return "RSA " + rsa.getModulus().bitLength();
    }
    if (key.getAlgorithm().equals("EC")) {
      return "EC " + curve(key);
    }
    return key instanceof EdECPublicKey ed ? ed.getParams().getName() : key.getAlgorithm();
  }

  /** By what the key says, since other curves have the length of these. */
  private static String curve(PublicKey key) {
    ASN1Encodable parameters =
        SubjectPublicKeyInfo.getInstance(key.getEncoded()).getAlgorithm().getParameters();
    if (!(parameters instanceof ASN1ObjectIdentifier oid)) {
      return "with a curve of its own";
    }
    String name = ECNamedCurveTable.getName(oid);
    return NIST_CURVES.getOrDefault(oid.getId(), name == null ? oid.getId() : name);
  }

  private static List<String> purposes(X509Certificate certificate) {
    try {
      List<String> oids = certificate.getExtendedKeyUsage();
      return oids == null
          ? List.of("any")
          : oids.stream().map(oid -> PURPOSES.getOrDefault(oid, oid)).toList();
    } catch (CertificateParsingException e) {
      return List.of("malformed");
    }
  }

  private static boolean isSignedBy(X509Certificate certificate, X509Certificate issuer) {
    try {
      certificate.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate that was parsed has its encoding", e);
    }
  }

  private static byte[] sha256(byte[] data) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(data);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** As openssl x509 -fingerprint has it. */
  private static String fingerprint(byte[] digest) {
    return HexFormat.ofDelimiter(":").formatHex(digest).toUpperCase(Locale.ROOT);
  }
}

package io.sallyport.cli;

import io.sallyport.policy.Peer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** A certificate and its chain, told to people. */
final class CertificateReport {

  private static final Map<String, String> PURPOSES =
      Map.of(
          "1.3.6.1.5.5.7.3.1", "server",
          "1.3.6.1.5.5.7.3.2", "client",
          "2.5.29.37.0", "any");

  private CertificateReport() {}

  /**
   * @param cacert the CAs that should vouch for it; null where nobody said
   */
  static void print(List<X509Certificate> chain, @Nullable Path cacert, PrintWriter out)
      throws CommandFailed {
    for (int i = 0; i < chain.size(); i++) {
      out.println(i == 0 ? "leaf" : "above it, " + i);
      describe(chain.get(i), out);
    }
    if (cacert != null) {
      out.println("vouched for  " + vouched(chain, PemChain.read("--cacert", cacert)));
    }
  }

  private static void describe(X509Certificate certificate, PrintWriter out) {
    Peer named = Peer.of(certificate);
    line(out, "subject", certificate.getSubjectX500Principal().getName());
    line(out, "issuer", certificate.getIssuerX500Principal().getName());
    line(out, "names", named.names().isEmpty() ? "none" : String.join(", ", named.names()));
    line(
        out,
        "valid",
        certificate.getNotBefore().toInstant()
            + " to "
            + certificate.getNotAfter().toInstant()
            + ", "
            + left(certificate.getNotAfter().toInstant()));
    line(out, "purpose", purpose(certificate));
    line(out, "key", key(certificate));
    line(out, "serial", certificate.getSerialNumber().toString(16));
    line(out, "sha256", HexFormat.of().formatHex(sha256(encoded(certificate))));
    line(
        out,
        "spki pin",
        Base64.getEncoder().encodeToString(sha256(certificate.getPublicKey().getEncoded())));
  }

  private static void line(PrintWriter out, String what, String value) {
    // A certificate may say anything; a terminal gets to see none of its control characters.
    out.printf("  %-10s %s%n", what, value.replaceAll("[\\p{Cc}\\p{Cf}]", "?"));
  }

  private static String left(Instant notAfter) {
    Duration left = Duration.between(Instant.now(), notAfter);
    return left.isNegative()
        ? "expired " + left.negated().toDays() + " days ago"
        : left.toDays() + " days left";
  }

  private static String purpose(X509Certificate certificate) {
    String ca = certificate.getBasicConstraints() >= 0 ? "CA" : "";
    try {
      List<String> usages = certificate.getExtendedKeyUsage();
      String uses =
          usages == null
              ? "any"
              : usages.stream()
                  .map(oid -> PURPOSES.getOrDefault(oid, oid))
                  .collect(Collectors.joining(", "));
      return ca.isEmpty() ? uses : ca + ", " + uses;
    } catch (CertificateParsingException e) {
      return "unreadable";
    }
  }

  private static String key(X509Certificate certificate) {
    if (certificate.getPublicKey() instanceof RSAPublicKey rsa) {
      return "RSA " + rsa.getModulus().bitLength();
    }
    if (certificate.getPublicKey() instanceof ECPublicKey ec) {
      return "EC P-" + ec.getParams().getCurve().getField().getFieldSize();
    }
    return certificate.getPublicKey().getAlgorithm();
  }

  /** By the JDK's own PKIX, as a server would be judged; the dates count too. */
  static String vouched(List<X509Certificate> chain, List<X509Certificate> anchors) {
    try {
      X509TrustManager trust = trust(anchors);
      X509Certificate[] path = chain.toArray(X509Certificate[]::new);
      try {
        trust.checkServerTrusted(path, "UNKNOWN");
      } catch (CertificateException server) {
        trust.checkClientTrusted(path, "UNKNOWN");
      }
      return "yes";
    } catch (CertificateException e) {
      return "no: " + e.getMessage();
    }
  }

  static X509TrustManager trust(List<X509Certificate> anchors) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (X509Certificate anchor : anchors) {
        store.setCertificateEntry(String.valueOf(store.size()), anchor);
      }
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(store);
      return (X509TrustManager) factory.getTrustManagers()[0];
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("a keystore in memory failed", e);
    }
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateException e) {
      throw new IllegalStateException("a certificate that was read has an encoding", e);
    }
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}

package io.sallyport.identity;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.security.auth.x500.X500Principal;

/**
 * One name for each anchor of a bundle: its subject, and where another has the same, as a CA that
 * was renewed has, the beginning of its fingerprint too.
 */
final class AnchorNames {

  private static final int FINGERPRINT_BYTES = 4;
  private static final int LONGEST = 200;

  private final Map<X500Principal, Integer> bearers = new HashMap<>();

  AnchorNames(List<X509Certificate> anchors) {
    anchors.forEach(anchor -> bearers.merge(anchor.getSubjectX500Principal(), 1, Integer::sum));
  }

  String of(X509Certificate anchor) {
    X500Principal subject = anchor.getSubjectX500Principal();
    String name = SafeText.of(subject.getName());
    String shown = name.length() > LONGEST ? name.substring(0, LONGEST) + "..." : name;
    boolean tellsItApart = !name.isEmpty() && bearers.getOrDefault(subject, 0) == 1;
    return tellsItApart ? shown : (shown + " " + fingerprint(anchor)).strip();
  }

  private static String fingerprint(X509Certificate anchor) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(anchor.getEncoded());
      return HexFormat.of().formatHex(digest, 0, FINGERPRINT_BYTES);
    } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
      throw new IllegalStateException(
          "every Java platform has SHA-256, and an anchor has an encoding", e);
    }
  }
}

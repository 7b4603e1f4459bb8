package io.sallyport.identity;

import io.sallyport.config.RevocationConfig;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the CAs that vouch for peers. */
final class TrustFiles {
  /** One takes some five kilobytes as an object, and in a reload there are two of each. */
  static final int MOST_ANCHORS =
      (int) Math.min(100_000, Runtime.getRuntime().maxMemory() / (20 * 1024));

  private final SourceFiles files;
  private final Findings findings;
  private final Instant now;

  TrustFiles(SourceFiles files, Findings findings, Instant now) {
    this.files = files;
    this.findings = findings;
    this.now = now;
  }

  /**
   * Null after a problem: half of a bundle would refuse peers, and close their connections.
   *
   * @param identity the setting of the identity that {@code revocation} is of
   */
  @Nullable TrustBundle read(
      String setting, List<Path> paths, String identity, RevocationConfig revocation) {
    boolean whole = true;
    Set<X509Certificate> anchors = new LinkedHashSet<>();
    for (Path path : paths) {
      try {
        byte[] content = files.read(setting, path, SourceFiles.MOST_BYTES_OF_TRUST);
        List<X509Certificate> read = PemCertificates.read(setting, path, content);
        for (int i = 0; i < read.size(); i++) {
          check(setting, "certificate " + (i + 1) + " in " + path, read.get(i));
        }
        anchors.addAll(read);
        if (anchors.size() > MOST_ANCHORS) {
          throw new Unusable(
              setting,
              "names more than " + MOST_ANCHORS + " CAs",
              "name those that vouch for peers alone, or give Java more heap (-Xmx)");
        }
      } catch (Unusable e) {
        findings.problem(e);
        whole = false;
      }
    }
    if (!whole) {
      return null;
    }
    if (anchors.isEmpty()) {
      return TrustBundle.EMPTY;
    }
    try {
      return new TrustBundle(List.copyOf(anchors), lists(identity, revocation, anchors));
    } catch (Unusable e) {
      findings.problem(e);
      return null;
    }
  }

  private RevocationLists lists(
      String identity, RevocationConfig revocation, Set<X509Certificate> anchors) throws Unusable {
    if (revocation.crl().isEmpty()) {
      return RevocationLists.NONE;
    }
    return new RevocationLists(
        new RevocationFiles(files, findings, now)
            .read(identity + ".revocation.crl", revocation.crl(), anchors),
        revocation.required());
  }

  private void check(String setting, String which, X509Certificate anchor) throws Unusable {
    boolean selfIssued = CertificateRules.selfIssued(anchor);
    if (!selfIssued && NameConstraints.areIn(anchor)) {
      // The JDK applies constraints only of what stands in the path, which this one cannot.
      throw new Unusable(
          setting,
          which + " has name constraints and is no root, so they would not count",
          "trust its root instead and let peers send this one");
    }
    if (!CertificateRules.isCa(anchor)) {
      findings.warning(
          setting,
          which + " is not a CA: it vouches for nobody" + (selfIssued ? " but itself" : ""),
          "name the CA that issued the peers' certificates");
    }
    if (now.isAfter(anchor.getNotAfter().toInstant())) {
      findings.warning(
          setting,
          which + " expired at " + anchor.getNotAfter().toInstant(),
          "replace it; peers below it are refused");
    }
    if (!CertificateRules.strongKey(anchor.getPublicKey()) || !properConstraints(anchor)) {
      findings.warning(
          setting,
          which + " has a weak key or improper name constraints",
          "replace it; peers below it are refused");
    }
  }

  private static boolean properConstraints(X509Certificate anchor) {
    try {
      return NameConstraints.areProper(anchor);
    } catch (CertificateException e) {
      return false;
    }
  }
}

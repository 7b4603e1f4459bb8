package io.sallyport.identity;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;

/** What we ask of the certificates of a path beyond what the JDK's validation does. */
final class PathRules {

  private PathRules() {}

  /**
   * @param path leaf first, anchor last
   * @throws ChainRefused when a rule is broken
   */
  static void check(List<X509Certificate> path, PeerRole role) throws CertificateException {
    X509Certificate leaf = path.get(0);
    if (NameConstraints.areIn(leaf)) {
      throw bad("name constraints in a leaf", leaf);
    }
    if (!CertificateRules.maySign(leaf)) {
      throw refused(HandshakeFailure.WRONG_PURPOSE, "key usage lacks digitalSignature", leaf);
    }
    if (!CertificateRules.keyUsageFitsCa(leaf)) {
      throw bad("key usage of a CA in a leaf that is none", leaf);
    }
    for (X509Certificate certificate : path) {
      check(certificate, leaf, role);
    }
    // An anchor is trusted for its key; nobody relies on who signed it.
    for (X509Certificate certificate : path.subList(0, path.size() - 1)) {
      if (!CertificateRules.stronglySigned(certificate)) {
        throw bad("weak signature in the path", leaf);
      }
    }
  }

  private static void check(X509Certificate one, X509Certificate leaf, PeerRole role)
      throws CertificateException {
    if (!CertificateRules.rightsAreReadable(one)) {
      throw bad("malformed purposes, key usage or basic constraints in the path", leaf);
    }
    if (!CertificateRules.permits(one, role)) {
      String whose = one.equals(leaf) ? "" : " of a CA in the path";
      throw refused(
          HandshakeFailure.WRONG_PURPOSE,
          "extended key usage" + whose + " lacks " + role.purpose(),
          leaf);
    }
    if (!NameConstraints.areProper(one)) {
      throw bad("name constraints not as RFC 5280 says", leaf);
    }
    if (!CertificateRules.alternativeNamesAreReadable(one)) {
      throw bad("malformed alternative names in the path", leaf);
    }
    if (NameConstraints.excludeWhatAWildcardCovers(one, leaf)) {
      throw bad("a wildcard of the leaf covers what a CA excludes", leaf);
    }
    if (!CertificateRules.strongKey(one.getPublicKey())) {
      throw bad("weak key in the path", leaf);
    }
  }

  private static ChainRefused bad(String detail, X509Certificate leaf) {
    return refused(HandshakeFailure.BAD_CERTIFICATE, detail, leaf);
  }

  private static ChainRefused refused(
      HandshakeFailure failure, String detail, X509Certificate leaf) {
    return new ChainRefused(failure, detail, leaf, null);
  }
}

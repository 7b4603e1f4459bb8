package io.sallyport.identity;

import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds paths from a leaf to our anchors by names and key identifiers, and by signatures where
 * those tell too little. A peer decides what is searched, so every dimension has a bound; those of
 * real PKIs, cross-signed and renewed CAs included, stay far below.
 */
final class PathFinder {
  /**
   * More than any PKI's peers send, and far less than what makes a search dear. We are shown no
   * more than ten by BoringSSL, so that of ten nobody knows whether they are all.
   */
  static final int MOST_CERTIFICATES = 9;

  private static final int MOST_PATHS = 16;

  /** Through what the peer sent. */
  private static final int MOST_STEPS = 256;

  /** Tried only where more CAs of ours have one name than paths may be found. */
  private static final int MOST_SIGNATURES = 64;

  /**
   * @param certificates the leaf first, the anchor last; one where the leaf is itself an anchor
   */
  record Path(List<X509Certificate> certificates) {
    X509Certificate leaf() {
      return certificates.get(0);
    }

    X509Certificate anchor() {
      return certificates.get(certificates.size() - 1);
    }

    /** As messages call a certificate of a path. */
    static String which(int index) {
      return index <= 0 ? "the leaf" : "CA " + index + " in the path";
    }

    ChainRefused revoked(int index, @Nullable Throwable cause) {
      return new ChainRefused(
          HandshakeFailure.CERTIFICATE_REVOKED, which(index) + " is revoked", leaf(), cause);
    }
  }

  private PathFinder() {}

  /**
   * The shortest come first where the peer sent its chain in order.
   *
   * @param vouching those of the anchors at which a path may end
   */
  static List<Path> from(List<X509Certificate> sent, Anchors.Vouching vouching)
      throws CertificateException {
    X509Certificate leaf = sent.get(0);
    Search search = new Search(new LinkedHashSet<>(sent.subList(1, sent.size())), vouching);
    if (CertificateRules.selfIssued(leaf) && vouching.includes(leaf)) {
      search.found.add(new Path(List.of(leaf)));
    } else {
      search.extend(new ArrayList<>(List.of(leaf)));
    }
    return search.found;
  }

  private static final class Search {
    private final Set<X509Certificate> intermediates;
    private final Anchors.Vouching vouching;
    private final List<Path> found = new ArrayList<>();
    private int steps;
    private int signatures;

    Search(Set<X509Certificate> intermediates, Anchors.Vouching vouching) {
      this.intermediates = intermediates;
      this.vouching = vouching;
    }

    void extend(List<X509Certificate> path) throws CertificateException {
      X509Certificate top = path.get(path.size() - 1);
      List<X509Certificate> issuers = vouching.cas().issuersOf(top);
      boolean tooMany = found.size() + issuers.size() > MOST_PATHS;
      for (X509Certificate anchor : issuers) {
        if (found.size() == MOST_PATHS || (tooMany && signatures == MOST_SIGNATURES)) {
          break;
        }
        if (!path.contains(anchor) && (!tooMany || signed(anchor, top))) {
          List<X509Certificate> whole = new ArrayList<>(path);
          whole.add(anchor);
          found.add(new Path(whole));
        }
      }
      for (X509Certificate next : intermediates) {
        if (next.getSubjectX500Principal().equals(top.getIssuerX500Principal())
            && mayFollow(path, next)) {
          path.add(next);
          extend(path);
          path.remove(path.size() - 1);
        }
      }
    }

    private boolean signed(X509Certificate anchor, X509Certificate issued) {
      signatures++;
      try {
        issued.verify(anchor.getPublicKey());
        return true;
      } catch (GeneralSecurityException e) {
        return false;
      }
    }

    private boolean mayFollow(List<X509Certificate> path, X509Certificate next)
        throws CertificateException {
      return found.size() < MOST_PATHS
          && steps++ < MOST_STEPS
          && !path.contains(next)
          && !vouching.excludes(next)
          && CertificateRules.keyIdentifiersAgree(path.get(path.size() - 1), next);
    }
  }
}

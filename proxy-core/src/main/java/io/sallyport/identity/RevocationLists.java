package io.sallyport.identity;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertStore;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.PKIXRevocationChecker.Option;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * CRLs, and what they say of a path that is otherwise proven; the JDK judges (RFC 5280 §6.3).
 * Nothing is fetched. Immutable; safe to share between threads.
 */
final class RevocationLists {

  /** Nothing is looked up. */
  static final RevocationLists NONE = new RevocationLists(List.of(), false);

  private static final String AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";
  private static final String ISSUING_DISTRIBUTION_POINT = "2.5.29.28";

  private final List<X509CRL> lists;
  private final boolean required;

  /**
   * @param lists each with its nextUpdate
   * @param required refuse a path of which the lists, as of now, do not tell all
   */
  RevocationLists(List<X509CRL> lists, boolean required) {
    this.lists = List.copyOf(lists);
    this.required = required;
  }

  boolean isEmpty() {
    return lists.isEmpty();
  }

  /** Whether a path needs lists that tell all of it. */
  boolean isRequired() {
    return required && !lists.isEmpty();
  }

  boolean isSameAs(RevocationLists other) {
    return required == other.required && lists.equals(other.lists);
  }

  /**
   * @throws ChainRefused when a certificate below the anchor is revoked or, where that is required,
   *     not known not to be
   */
  void check(PathFinder.Path path, Instant now) throws GeneralSecurityException {
    if (lists.isEmpty() || path.certificates().size() < 2) {
      return;
    }
    if (required) {
      lookUp(path, now, EnumSet.of(Option.PREFER_CRLS, Option.NO_FALLBACK));
      return;
    }
    Set<Option> mildly = EnumSet.of(Option.PREFER_CRLS, Option.NO_FALLBACK, Option.SOFT_FAIL);
    lookUp(path, now, mildly);
    for (Instant end : staleSince(now)) {
      // The JDK does not read a stale list; as of its last moment it says whom it names.
      lookUp(path, end.minusSeconds(1), mildly);
    }
  }

  /**
   * Until when the lists tell that a path holds; where they do not, since when: the first of their
   * ends, or now.
   *
   * @param held when the certificates did
   * @throws ChainRefused when one is revoked
   */
  Instant end(PathFinder.Path path, Instant held, Instant now) throws GeneralSecurityException {
    Instant end = goodUntil(path);
    try {
      check(path, held);
      return end;
    } catch (ChainRefused e) {
      if (e.failure() == HandshakeFailure.CERTIFICATE_REVOKED) {
        throw e;
      }
      return end.isBefore(now) ? end : now;
    }
  }

  /**
   * Looks whom the lists name, whatever the time of either: what the JDK leaves out.
   *
   * @throws ChainRefused when one is revoked
   */
  void refuseNamed(PathFinder.Path path) throws ChainRefused {
    for (int i = 0; i + 1 < path.certificates().size(); i++) {
      X509Certificate certificate = path.certificates().get(i);
      PublicKey issuer = path.certificates().get(i + 1).getPublicKey();
      if (lists.stream().anyMatch(list -> names(list, certificate) && isSigned(list, issuer))) {
        throw path.revoked(i, null);
      }
    }
  }

  private static boolean isSigned(X509CRL list, PublicKey key) {
    try {
      list.verify(key);
      return true;
    } catch (GeneralSecurityException e) {
      return false; // another CA of the same name has
    }
  }

  /**
   * What each certificate below the anchor has of the lists by itself, where something else may
   * vouch for those of which they tell nothing.
   *
   * @return until when they tell that it is good; the beginning of time where they do not
   * @throws ChainRefused when one is revoked
   */
  List<Instant> goodUntilEach(PathFinder.Path path, Instant now) throws GeneralSecurityException {
    List<Instant> ends = new ArrayList<>();
    for (int i = 0; i + 1 < path.certificates().size(); i++) {
      PathFinder.Path one = new PathFinder.Path(path.certificates().subList(i, i + 2));
      try {
        check(one, now);
        ends.add(goodUntil(one));
      } catch (ChainRefused e) {
        if (e.failure() == HandshakeFailure.CERTIFICATE_REVOKED) {
          throw path.revoked(i, e);
        }
        ends.add(Instant.MIN);
      }
    }
    return ends;
  }

  private void lookUp(PathFinder.Path path, Instant at, Set<Option> options)
      throws GeneralSecurityException {
    List<X509Certificate> below = path.certificates().subList(0, path.certificates().size() - 1);
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(path.anchor(), null)));
    parameters.setDate(Date.from(at));
    parameters.setPolicyQualifiersRejected(false);
    parameters.addCertStore(
        CertStore.getInstance("Collection", new CollectionCertStoreParameters(readAt(at))));
    CertPathValidator validator = CertPathValidator.getInstance("PKIX");
    PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
    checker.setOptions(options);
    parameters.addCertPathChecker(checker);
    try {
      validator.validate(
          CertificateFactory.getInstance("X.509").generateCertPath(below), parameters);
    } catch (CertPathValidatorException e) {
      if (e.getReason() == BasicReason.REVOKED) {
        throw path.revoked(e.getIndex(), e);
      }
      if (required) {
        throw new ChainRefused(
            HandshakeFailure.REVOCATION_UNKNOWN,
            "no CRL tells whether " + PathFinder.Path.which(e.getIndex()) + " is revoked",
            path.leaf(),
            e);
      }
    }
  }

  /** The JDK takes a list for a quarter of an hour longer, as if clocks differed by so much. */
  private List<X509CRL> readAt(Instant at) {
    return required ? lists.stream().filter(list -> nextUpdate(list).isAfter(at)).toList() : lists;
  }

  private Set<Instant> staleSince(Instant now) {
    return lists.stream()
        .map(RevocationLists::nextUpdate)
        .filter(end -> end.isBefore(now))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * What stands above a certificate in its path, for whoever is named by no list; null for one that
   * is, or may be.
   *
   * @param chain proven before, by this anchor
   */
  @Nullable String above(X509Certificate[] chain, X509Certificate anchor) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(anchor.getEncoded());
      for (int i = 0; i < chain.length; i++) {
        X509Certificate certificate = PeerCertificate.parsed(chain[i]);
        if (isNamed(certificate)) {
          return null;
        }
        byte[] issuer = certificate.getExtensionValue(AUTHORITY_KEY_IDENTIFIER);
        digest.update(certificate.getIssuerX500Principal().getEncoded());
        digest.update(issuer == null ? new byte[0] : issuer);
        digest.update(i == 0 ? new byte[0] : certificate.getEncoded());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
      throw new IllegalStateException(
          "every Java platform has SHA-256, and what was parsed has an encoding", e);
    }
  }

  private boolean isNamed(X509Certificate certificate) {
    return lists.stream().anyMatch(list -> names(list, certificate));
  }

  private static boolean names(X509CRL list, X509Certificate certificate) {
    return list.getIssuerX500Principal().equals(certificate.getIssuerX500Principal())
        && list.getRevokedCertificate(certificate.getSerialNumber()) != null;
  }

  /**
   * Until when what {@link #check} found is to be relied on; the end of time where it may be. Of
   * lists of one scope the newest counts, and of several scopes the first that ends.
   */
  Instant goodUntil(PathFinder.Path path) {
    Instant end = Instant.MAX;
    for (int i = 0; required && i + 1 < path.certificates().size(); i++) {
      Map<String, Instant> ends = new HashMap<>();
      X500Principal issuer = path.certificates().get(i).getIssuerX500Principal();
      PublicKey key = path.certificates().get(i + 1).getPublicKey();
      for (X509CRL list : lists) {
        if (list.getIssuerX500Principal().equals(issuer) && isSigned(list, key)) {
          ends.merge(scope(list), nextUpdate(list), (a, b) -> a.isAfter(b) ? a : b);
        }
      }
      for (Instant one : ends.values()) {
        end = one.isBefore(end) ? one : end;
      }
    }
    return end;
  }

  private static String scope(X509CRL list) {
    byte[] scope = list.getExtensionValue(ISSUING_DISTRIBUTION_POINT);
    return scope == null ? "" : HexFormat.of().formatHex(scope);
  }

  private static Instant nextUpdate(X509CRL list) {
    return list.getNextUpdate().toInstant();
  }
}

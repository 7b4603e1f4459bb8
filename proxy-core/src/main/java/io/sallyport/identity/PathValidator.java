package io.sallyport.identity;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXReason;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Proves one chain from nothing. The JDK validates a path but trusts its anchor blindly, so the
 * root stands in the path that we give it and only its name and key are the anchor: thus the root's
 * dates, name constraints and path length count. Waits where responders are asked. Thread-safe.
 */
final class PathValidator {
  private static final int KEY_CERT_SIGN = 5;

  /** Of whatever is proven here. */
  private final Object token = new Object();

  private final Anchors anchors;
  private final RevocationLists revocation;
  private final OcspCheck ocsp;
  private final AnchorNames names;

  PathValidator(Anchors anchors, RevocationLists revocation, OcspCheck ocsp) {
    this.anchors = anchors;
    this.revocation = revocation;
    this.ocsp = ocsp;
    names = new AnchorNames(anchors.all());
  }

  /** {@link ProvenChain#provenBy} of what is proven here. */
  Object token() {
    return token;
  }

  /**
   * @param chain what the peer sent, its own certificate first
   * @throws ChainRefused when no path to an anchor holds; tells of the path that came nearest
   */
  ProvenChain prove(X509Certificate[] chain, PeerRole role, Instant now) throws ChainRefused {
    return prove(chain, role, now, path -> notRevoked(path, now));
  }

  /**
   * As {@link #prove}, of a peer that is here already, and waits for nobody: where nothing tells
   * any more whether a certificate is revoked, the right ends by itself, as with one that expires.
   *
   * @param before how it was proven; null where it has just come
   * @param held when the chain held
   */
  ProvenChain proveAgain(
      X509Certificate[] chain,
      PeerRole role,
      @Nullable ProvenChain before,
      Instant held,
      Instant now)
      throws ChainRefused {
    return prove(chain, role, held, path -> notKnownRevoked(path, before, held, now));
  }

  /** The last step. */
  @FunctionalInterface
  private interface Revocation {
    ProvenChain of(PathFinder.Path path) throws GeneralSecurityException;
  }

  private ProvenChain prove(X509Certificate[] chain, PeerRole role, Instant now, Revocation revoked)
      throws ChainRefused {
    ChainLimits.check(chain);
    List<X509Certificate> sent = parsed(chain);
    X509Certificate leaf = sent.get(0);
    ChainRefused nearest = null;
    Anchors.Vouching vouching = anchors.vouchingFor(leaf);
    try {
      for (PathFinder.Path path : PathFinder.from(sent, vouching)) {
        try {
          validate(path, now);
          PathRules.check(path.certificates(), role);
          ChainLimits.checkBeside(path.certificates(), sent);
          return revoked.of(path);
        } catch (ChainRefused e) {
          if (nearest == null || nearest.failure() == HandshakeFailure.UNKNOWN_CA) {
            nearest = e;
          }
        }
      }
    } catch (GeneralSecurityException | RuntimeException e) {
      // The JDK throws what it likes at extensions that it parses late.
      throw refused(HandshakeFailure.BAD_CERTIFICATE, "malformed certificate", leaf, e);
    }
    throw nearest != null
        ? nearest
        : refused(
            HandshakeFailure.UNKNOWN_CA, "no path to a trusted CA" + vouching.of(), leaf, null);
  }

  private static List<X509Certificate> parsed(X509Certificate[] chain) throws ChainRefused {
    List<X509Certificate> parsed = new ArrayList<>(chain.length);
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (X509Certificate certificate : chain) {
        parsed.add(
            (X509Certificate)
                factory.generateCertificate(new ByteArrayInputStream(certificate.getEncoded())));
      }
      return parsed;
    } catch (CertificateException | RuntimeException e) {
      X509Certificate leaf = parsed.isEmpty() ? null : parsed.get(0);
      throw refused(HandshakeFailure.BAD_CERTIFICATE, "malformed certificate", leaf, e);
    }
  }

  private static void validate(PathFinder.Path path, Instant now) throws GeneralSecurityException {
    X509Certificate anchor = path.anchor();
    List<X509Certificate> validated = path.certificates();
    TrustAnchor trust;
    if (CertificateRules.selfIssued(anchor)) {
      trust = new TrustAnchor(anchor.getSubjectX500Principal(), anchor.getPublicKey(), null);
    } else {
      // Nobody above it is trusted, so it cannot stand in the path and we check it ourselves.
      checkIntermediateAnchor(path, now);
      trust = new TrustAnchor(anchor, null);
      validated = validated.subList(0, validated.size() - 1);
    }
    PKIXParameters parameters = new PKIXParameters(Set.of(trust));
    parameters.setDate(Date.from(now));
    parameters.setPolicyQualifiersRejected(false);
    parameters.setRevocationEnabled(false);
    try {
      CertPathValidator.getInstance("PKIX")
          .validate(
              CertificateFactory.getInstance("X.509").generateCertPath(validated), parameters);
    } catch (CertPathValidatorException e) {
      throw refused(failure(e, path.certificates().size()), detail(e), path.leaf(), e);
    }
  }

  private static void checkIntermediateAnchor(PathFinder.Path path, Instant now)
      throws ChainRefused {
    X509Certificate anchor = path.anchor();
    boolean expired = now.isAfter(anchor.getNotAfter().toInstant());
    if (expired || now.isBefore(anchor.getNotBefore().toInstant())) {
      throw refused(
          expired
              ? HandshakeFailure.CERTIFICATE_EXPIRED
              : HandshakeFailure.CERTIFICATE_NOT_YET_VALID,
          "the trusted CA is out of its time",
          path.leaf(),
          null);
    }
    long intermediates =
        path.certificates().subList(1, path.certificates().size() - 1).stream()
            .filter(certificate -> !CertificateRules.selfIssued(certificate))
            .count();
    boolean[] usage = anchor.getKeyUsage();
    if (anchor.getBasicConstraints() < intermediates || (usage != null && !usage[KEY_CERT_SIGN])) {
      throw refused(
          HandshakeFailure.BAD_CERTIFICATE, "the trusted CA may not vouch so", path.leaf(), null);
    }
  }

  private ProvenChain notRevoked(PathFinder.Path path, Instant now)
      throws GeneralSecurityException {
    revocation.refuseNamed(path);
    if (revocation.isRequired() && ocsp.isRequired()) {
      List<Instant> listed = revocation.goodUntilEach(path, now);
      return proven(path, Instant.MAX, ocsp.check(path, listed, now));
    }
    revocation.check(path, now);
    Instant without = ocsp.isRequired() ? Instant.MIN : Instant.MAX;
    return proven(
        path,
        revocation.goodUntil(path),
        ocsp.check(path, Collections.nCopies(path.certificates().size() - 1, without), now));
  }

  private ProvenChain notKnownRevoked(
      PathFinder.Path path, @Nullable ProvenChain before, Instant held, Instant now)
      throws GeneralSecurityException {
    revocation.refuseNamed(path);
    List<OcspLease> leases = before == null ? List.of() : before.leases();
    if (revocation.isRequired() && ocsp.isRequired()) {
      List<Instant> listed = revocation.goodUntilEach(path, held);
      return proven(path, Instant.MAX, ocsp.checkAgain(path, listed, now, leases));
    }
    Instant end = revocation.end(path, held, now);
    if (before != null && !end.isAfter(now) && before.listsEnd().isBefore(end)) {
      end = before.listsEnd(); // it had ended then
    }
    Instant without = ocsp.isRequired() ? Instant.MIN : Instant.MAX;
    return proven(
        path,
        end,
        ocsp.checkAgain(
            path, Collections.nCopies(path.certificates().size() - 1, without), now, leases));
  }

  private ProvenChain proven(PathFinder.Path path, Instant listsEnd, List<OcspLease> leases) {
    Instant notBefore = Instant.MIN;
    Instant notAfter = Instant.MAX;
    for (X509Certificate certificate : path.certificates()) {
      Instant from = certificate.getNotBefore().toInstant();
      Instant to = certificate.getNotAfter().toInstant();
      notBefore = from.isAfter(notBefore) ? from : notBefore;
      notAfter = to.isBefore(notAfter) ? to : notAfter;
    }
    return new ProvenChain(
        token, path.anchor(), names.of(path.anchor()), notBefore, notAfter, listsEnd, leases);
  }

  private static HandshakeFailure failure(CertPathValidatorException e, int pathLength) {
    if (e.getReason() == BasicReason.EXPIRED) {
      return HandshakeFailure.CERTIFICATE_EXPIRED;
    }
    if (e.getReason() == BasicReason.NOT_YET_VALID) {
      return HandshakeFailure.CERTIFICATE_NOT_YET_VALID;
    }
    if (e.getReason() == PKIXReason.NO_TRUST_ANCHOR || e.getReason() == PKIXReason.NAME_CHAINING) {
      return HandshakeFailure.UNKNOWN_CA;
    }
    if (e.getReason() == BasicReason.INVALID_SIGNATURE && e.getIndex() >= pathLength - 2) {
      // Signed by a CA that has the name of ours but not its key.
      return HandshakeFailure.UNKNOWN_CA;
    }
    return HandshakeFailure.BAD_CERTIFICATE;
  }

  private static String detail(CertPathValidatorException e) {
    String which = e.getIndex() < 0 ? "the path" : PathFinder.Path.which(e.getIndex());
    // The exception's own message may quote the certificate.
    return which + " does not hold: " + e.getReason();
  }

  private static ChainRefused refused(
      HandshakeFailure failure,
      String detail,
      @Nullable X509Certificate leaf,
      @Nullable Throwable cause) {
    return new ChainRefused(failure, detail, leaf, cause);
  }
}

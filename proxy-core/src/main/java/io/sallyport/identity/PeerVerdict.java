package io.sallyport.identity;

import io.netty.handler.ssl.OpenSslCertificateException;
import io.netty.internal.tcnative.CertificateVerifier;
import io.sallyport.tls.PeerJudge;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * Judges a peer in the middle of a handshake: its chain, then {@link PeerCheck}. Refuses with the
 * verification result that makes BoringSSL send the alert that names the fault.
 */
final class PeerVerdict implements PeerJudge {
  /**
   * What a CertificateRequest carries with ease; clients do without the names (RFC 5246 §7.4.4).
   */
  private static final int MOST_BYTES_OF_CA_NAMES = 16 * 1024;

  private final TrustBundle trust;
  private final PeerCheck check;
  private final PeerRole role;

  /**
   * @param role of those who are judged
   */
  PeerVerdict(TrustBundle trust, PeerCheck check, PeerRole role) {
    this.trust = trust;
    this.check = check;
    this.role = role;
  }

  @Override
  public void judge(X509Certificate[] chain, @Nullable String host)
      throws OpenSslCertificateException {
    try {
      trust.prove(chain, role);
      X509Certificate leaf = chain[0];
      if (!admits(leaf, host)) {
        throw new ChainRefused(
            HandshakeFailure.NOT_ALLOWED, "no rule allows this peer", leaf, null);
      }
    } catch (ChainRefused e) {
      throw new OpenSslCertificateException(e.getMessage(), e, verifyResult(e.failure()));
    }
  }

  private boolean admits(X509Certificate leaf, @Nullable String host) throws ChainRefused {
    try {
      return check.admits(leaf, host);
    } catch (RuntimeException e) {
      // What the peer's certificate says may have upset the check; that is no reason to let it in.
      throw new ChainRefused(HandshakeFailure.NOT_ALLOWED, "the rules failed", leaf, e);
    }
  }

  /** BoringSSL's SSL_alert_from_verify_result turns each of these into the alert named here. */
  private static int verifyResult(HandshakeFailure failure) {
    return switch (failure) {
      case UNKNOWN_CA -> CertificateVerifier.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
      // certificate_expired is also for one that is not currently valid (RFC 8446 §6.2);
      // X509_V_ERR_CERT_NOT_YET_VALID would make it bad_certificate.
      case CERTIFICATE_EXPIRED, CERTIFICATE_NOT_YET_VALID ->
          CertificateVerifier.X509_V_ERR_CERT_HAS_EXPIRED;
      // unsupported_certificate
      case WRONG_PURPOSE -> CertificateVerifier.X509_V_ERR_INVALID_PURPOSE;
      // certificate_revoked
      case CERTIFICATE_REVOKED -> CertificateVerifier.X509_V_ERR_CERT_REVOKED;
      // handshake_failure
      case NOT_ALLOWED -> CertificateVerifier.X509_V_ERR_APPLICATION_VERIFICATION;
      // bad_certificate
      default -> CertificateVerifier.X509_V_ERR_CERT_REJECTED;
    };
  }

  /** The CAs whose names a server sends: one of each name, and none where that were too many. */
  Collection<X509Certificate> caNames() {
    Map<X500Principal, X509Certificate> byName = new LinkedHashMap<>();
    int bytes = 0;
    for (X509Certificate anchor : trust.anchors()) {
      X500Principal name = anchor.getSubjectX500Principal();
      if (byName.putIfAbsent(name, anchor) == null) {
        bytes += 2 + name.getEncoded().length;
      }
    }
    return bytes > MOST_BYTES_OF_CA_NAMES ? List.of() : byName.values();
  }
}

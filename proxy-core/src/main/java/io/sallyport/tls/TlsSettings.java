package io.sallyport.tls;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What all handshakes of one {@link TlsContext} have in common.
 *
 * @param server whether peers come to us
 * @param ciphersBefore13 the suites of TLS 1.2, most preferred first, by the names of OpenSSL and
 *     with colons between; empty for TLS 1.3 alone. Of TLS 1.3 BoringSSL offers its three.
 * @param groups of the key exchange, most preferred first
 * @param alpn most preferred first; empty to agree on none
 * @param peerCertificate what a server asks of who comes; servers always have to show one
 * @param caNames whose names a server sends, so that clients know which certificate to show
 * @param mostCertificateBytes the longest message with certificates that is read
 * @param judge decides whether a peer that shows a certificate is taken
 * @param judgesAt where the judge is asked and a pair chosen; null for the event loop
 * @param own what we may show; none for a client that shows nothing
 * @param choice which of {@code own} is shown, -1 for none; null where it is always the one
 * @param staples whether a chosen pair may come with an OCSP answer
 */
public record TlsSettings(
    boolean server,
    String ciphersBefore13,
    List<String> groups,
    List<String> alpn,
    PeerCertificate peerCertificate,
    Collection<X509Certificate> caNames,
    int mostCertificateBytes,
    PeerJudge judge,
    @Nullable Executor judgesAt,
    List<Own> own,
    @Nullable ToIntFunction<HandshakeView> choice,
    boolean staples) {

  /** What is asked of a client. */
  public enum PeerCertificate {
    REQUIRED,
    REQUESTED,
    NOT_ASKED_FOR
  }

  /**
   * One pair of ours.
   *
   * @param chain leaf first
   */
  public record Own(List<X509Certificate> chain, PrivateKey key) {}
}

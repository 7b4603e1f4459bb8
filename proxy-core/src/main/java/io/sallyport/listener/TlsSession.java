package io.sallyport.listener;

import io.sallyport.identity.CipherSuites;
import io.sallyport.identity.PeerCertificate;
import io.sallyport.policy.Peer;
import io.sallyport.tls.Settled;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a finished handshake settled.
 *
 * @param version such as {@code TLSv1.3}
 * @param cipher the IANA name
 * @param alpn null where none was agreed
 * @param serverName what the client asked for (SNI); null where it did not
 * @param chain what the peer showed, its own certificate first; empty where it showed none
 * @param resumed whether it went on with the session of an earlier one
 * @param peer who that is
 */
public record TlsSession(
    String version,
    String cipher,
    @Nullable String alpn,
    @Nullable String serverName,
    List<X509Certificate> chain,
    boolean resumed,
    @Nullable Peer peer) {

  public static TlsSession of(Settled settled) {
    List<X509Certificate> chain = settled.chain();
    return new TlsSession(
        settled.version(),
        CipherSuites.ianaName(settled.cipher()),
        settled.alpn(),
        settled.serverName(),
        chain,
        settled.resumed(),
        chain.isEmpty() ? null : Peer.of(PeerCertificate.parsed(chain.get(0))));
  }

  /** The same, but for who the peer is taken for. */
  TlsSession as(@Nullable Peer counted) {
    return counted == peer
        ? this
        : new TlsSession(version, cipher, alpn, serverName, chain, resumed, counted);
  }
}

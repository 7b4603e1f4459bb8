package io.sallyport.listener;

import io.netty.handler.ssl.SslHandler;
import io.sallyport.identity.TlsHandlers;
import io.sallyport.policy.Peer;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * What a finished handshake settled.
 *
 * @param version such as {@code TLSv1.3}
 * @param cipher the IANA name
 * @param alpn null where none was agreed
 * @param serverName what the client asked for (SNI); null where it did not
 * @param leaf the peer's certificate; null where it showed none
 * @param peer who that is
 */
public record TlsSession(
    String version,
    String cipher,
    @Nullable String alpn,
    @Nullable String serverName,
    @Nullable X509Certificate leaf,
    @Nullable Peer peer) {

  public static TlsSession of(SslHandler tls) {
    SSLSession session = tls.engine().getSession();
    X509Certificate leaf = asksForCertificate(tls.engine()) ? leaf(session) : null;
    return new TlsSession(
        session.getProtocol(),
        session.getCipherSuite(),
        tls.applicationProtocol(),
        TlsHandlers.requestedServerName(tls),
        leaf,
        leaf == null ? null : Peer.of(leaf));
  }

  /** Asking a session that cannot have one costs an exception for each connection. */
  private static boolean asksForCertificate(SSLEngine engine) {
    return engine.getUseClientMode() || engine.getNeedClientAuth() || engine.getWantClientAuth();
  }

  private static @Nullable X509Certificate leaf(SSLSession session) {
    try {
      return session.getPeerCertificates()[0] instanceof X509Certificate leaf ? leaf : null;
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
  }
}

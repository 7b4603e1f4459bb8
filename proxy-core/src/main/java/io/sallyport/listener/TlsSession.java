package io.sallyport.listener;

import io.netty.handler.ssl.SslHandler;
import io.sallyport.identity.PeerCertificate;
import io.sallyport.identity.TlsHandlers;
import io.sallyport.policy.Peer;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
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
 * @param chain what the peer showed, its own certificate first; empty where it showed none
 * @param peer who that is
 */
public record TlsSession(
    String version,
    String cipher,
    @Nullable String alpn,
    @Nullable String serverName,
    List<X509Certificate> chain,
    @Nullable Peer peer) {

  public static TlsSession of(SslHandler tls) {
    SSLSession session = tls.engine().getSession();
    List<X509Certificate> chain = asksForCertificate(tls.engine()) ? chain(session) : List.of();
    return new TlsSession(
        session.getProtocol(),
        session.getCipherSuite(),
        tls.applicationProtocol(),
        TlsHandlers.requestedServerName(tls.engine()),
        chain,
        chain.isEmpty() ? null : Peer.of(PeerCertificate.parsed(chain.get(0))));
  }

  /** The same, but for who the peer is taken for. */
  TlsSession as(@Nullable Peer counted) {
    return counted == peer
        ? this
        : new TlsSession(version, cipher, alpn, serverName, chain, counted);
  }

  /** Asking a session that cannot have one costs an exception for each connection. */
  private static boolean asksForCertificate(SSLEngine engine) {
    return engine.getUseClientMode() || engine.getNeedClientAuth() || engine.getWantClientAuth();
  }

  private static List<X509Certificate> chain(SSLSession session) {
    try {
      Certificate[] shown = session.getPeerCertificates();
      return List.of(Arrays.copyOf(shown, shown.length, X509Certificate[].class));
    } catch (SSLPeerUnverifiedException e) {
      return List.of();
    }
  }
}

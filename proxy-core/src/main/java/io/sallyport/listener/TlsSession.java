package io.sallyport.listener;

import io.netty.handler.ssl.SslHandler;
import io.sallyport.policy.Peer;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
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
    X509Certificate leaf = leaf(session);
    return new TlsSession(
        session.getProtocol(),
        session.getCipherSuite(),
        tls.applicationProtocol(),
        serverName(session),
        leaf,
        leaf == null ? null : Peer.of(leaf));
  }

  private static @Nullable X509Certificate leaf(SSLSession session) {
    try {
      return session.getPeerCertificates()[0] instanceof X509Certificate leaf ? leaf : null;
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
  }

  private static @Nullable String serverName(SSLSession session) {
    if (session instanceof ExtendedSSLSession extended) {
      List<SNIServerName> names = extended.getRequestedServerNames();
      if (!names.isEmpty() && names.get(0) instanceof SNIHostName name) {
        return name.getAsciiName();
      }
    }
    return null;
  }
}

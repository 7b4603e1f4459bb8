package io.sallyport.identity;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;

/** Whether a handshake went on with a session of an earlier one. */
public final class Resumption {

  private Resumption() {}

  /** On the event loop, after the handshake; false where the engine cannot tell. */
  public static boolean isResumed(SslHandler tls) {
    if (tls.engine() instanceof ReferenceCountedOpenSslEngine engine) {
      long ssl = engine.sslPointer();
      return ssl != 0 && SSL.isSessionReused(ssl);
    }
    return false;
  }

  /**
   * Proves the peer of a resumed session once more: the handshake asked nobody, and a certificate
   * may have expired since the session began. Does nothing after a full handshake; where the engine
   * cannot tell, every one is judged. A chain that the bundle remembers costs next to nothing.
   *
   * @throws ChainRefused when its right has ended
   * @throws SSLPeerUnverifiedException when the session has no certificate
   */
  public static void proveAgain(SslHandler tls, TrustBundle trust)
      throws ChainRefused, SSLPeerUnverifiedException {
    SSLEngine engine = tls.engine();
    if (engine instanceof ReferenceCountedOpenSslEngine && !isResumed(tls)) {
      return;
    }
    Certificate[] certificates = engine.getSession().getPeerCertificates();
    X509Certificate[] chain =
        Arrays.copyOf(certificates, certificates.length, X509Certificate[].class);
    trust.prove(chain, engine.getUseClientMode() ? PeerRole.SERVER : PeerRole.CLIENT);
  }
}

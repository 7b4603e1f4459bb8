package io.sallyport.identity;

import io.netty.handler.ssl.SslHandler;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * TLS to the application beside us, whoever it says it is, as a kubelet's probes have it. Nothing
 * that counts may be sent over it.
 */
public final class UnprovenTls {

  private UnprovenTls() {}

  /**
   * For one connection that has not begun. By the JDK's engine: BoringSSL has to be loaded, and its
   * context released, for what is asked every few seconds.
   */
  public static SslHandler client(Duration handshakeTimeout) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new TrustAnyoneOnLoopback()}, null);
      SSLEngine engine = context.createSSLEngine();
      engine.setUseClientMode(true);
      SslHandler handler = new SslHandler(engine);
      handler.setHandshakeTimeoutMillis(handshakeTimeout.toMillis());
      return handler;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has TLS", e);
    }
  }

  /** Of the extended kind, to which the JDK adds no check of its own. */
  private static final class TrustAnyoneOnLoopback extends X509ExtendedTrustManager {
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}

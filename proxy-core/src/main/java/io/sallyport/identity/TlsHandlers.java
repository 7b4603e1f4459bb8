package io.sallyport.identity;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import io.netty.util.NetUtil;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** Makes the {@link SslHandler} of one connection. Called on any event loop. */
public final class TlsHandlers {

  private TlsHandlers() {}

  /** For a peer that came to us. */
  public static SslHandler server(
      IdentityGeneration generation, ByteBufAllocator allocator, Duration handshakeTimeout) {
    SslHandler handler = generation.sslContext().newHandler(allocator);
    handler.setHandshakeTimeoutMillis(handshakeTimeout.toMillis());
    return handler;
  }

  /**
   * For a peer that we go to.
   *
   * @param host whom we mean to reach: sent as server name unless it is an IP address, given to
   *     {@link PeerCheck}, and with the port what a session can be resumed with
   */
  public static SslHandler client(
      IdentityGeneration generation,
      ByteBufAllocator allocator,
      String host,
      int port,
      Duration handshakeTimeout) {
    SslHandler handler = generation.sslContext().newHandler(allocator, host, port);
    handler.setHandshakeTimeoutMillis(handshakeTimeout.toMillis());
    SSLEngine engine = handler.engine();
    sendServerName(engine, host);
    forbidRenegotiation(engine);
    return handler;
  }

  /** Netty sends a name only when there is a dot in it; in a cluster many have none. */
  private static void sendServerName(SSLEngine engine, String host) {
    if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
      return;
    }
    String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    SSLParameters parameters = engine.getSSLParameters();
    // From bytes the JDK takes underscores, which names of containers have.
    parameters.setServerNames(List.of(new SNIHostName(name.getBytes(StandardCharsets.UTF_8))));
    engine.setSSLParameters(parameters);
  }

  /** Netty's client engine would permit one; servers of BoringSSL and TLS 1.3 permit none. */
  private static void forbidRenegotiation(SSLEngine engine) {
    if (engine instanceof ReferenceCountedOpenSslEngine openSsl) {
      try {
        SSL.setRenegotiateMode(openSsl.sslPointer(), SSL.SSL_RENEGOTIATE_NEVER);
      } catch (Exception e) {
        throw new IllegalStateException("this TLS library cannot forbid renegotiation", e);
      }
    }
  }
}

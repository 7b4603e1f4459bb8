package io.sallyport.identity;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.ImmediateExecutor;
import java.net.IDN;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Makes the {@link SslHandler} of one connection, with its watch on the wire. Called on any event
 * loop.
 */
public final class TlsHandlers {

  private TlsHandlers() {}

  /** For a peer that came to us. */
  public static WireWatch server(
      IdentityGeneration generation, ByteBufAllocator allocator, Duration handshakeTimeout) {
    SslContext context = generation.sslContext();
    JudgingTasks tasks = tasks(generation);
    SslHandler handler =
        tasks == null ? context.newHandler(allocator) : context.newHandler(allocator, tasks);
    handler.setHandshakeTimeoutMillis(handshakeTimeout.toMillis());
    return new WireWatch(handler, tasks);
  }

  /**
   * For a peer that we go to.
   *
   * @param host whom we mean to reach: sent as server name unless it is an IP address, given to
   *     {@link PeerCheck}, and with the port what a session can be resumed with; null where the
   *     endpoint has no name, as a Unix socket
   */
  public static WireWatch client(
      IdentityGeneration generation,
      ByteBufAllocator allocator,
      @Nullable String host,
      int port,
      Duration handshakeTimeout) {
    SslContext context = generation.sslContext();
    JudgingTasks tasks = tasks(generation);
    Executor executor = tasks == null ? ImmediateExecutor.INSTANCE : tasks;
    SslHandler handler =
        host == null
            ? context.newHandler(allocator, executor)
            : context.newHandler(allocator, host, port, executor);
    handler.setHandshakeTimeoutMillis(handshakeTimeout.toMillis());
    SSLEngine engine = handler.engine();
    if (host != null) {
      sendServerName(engine, host);
    }
    forbidRenegotiation(engine);
    return new WireWatch(handler, tasks);
  }

  /** Where the peer is judged; null for the event loop, since that does not take long. */
  private static @Nullable JudgingTasks tasks(IdentityGeneration generation) {
    Executor prover = generation.trust().prover();
    return prover == null ? null : new JudgingTasks(prover);
  }

  /** The server name that a peer asked for, as it sent it; null when it named none. */
  public static @Nullable String requestedServerName(SSLEngine engine) {
    if (engine instanceof ReferenceCountedOpenSslEngine openSsl) {
      // Netty's session would throw at names that the JDK's SNIHostName does not take.
      // It may be asked on another thread than the one that frees it, where peers are looked up.
      synchronized (openSsl) {
        long ssl = openSsl.sslPointer();
        return ssl == 0 ? null : SSL.getSniHostname(ssl);
      }
    }
    SSLSession inHandshake = engine.getHandshakeSession();
    if ((inHandshake != null ? inHandshake : engine.getSession())
        instanceof ExtendedSSLSession session) {
      for (SNIServerName name : session.getRequestedServerNames()) {
        return new String(name.getEncoded(), StandardCharsets.UTF_8);
      }
    }
    return null;
  }

  /** Netty sends a name only when there is a dot in it; in a cluster many have none. */
  private static void sendServerName(SSLEngine engine, String host) {
    if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
      return;
    }
    try {
      String name = IDN.toASCII(host.endsWith(".") ? host.substring(0, host.length() - 1) : host);
      if (engine instanceof ReferenceCountedOpenSslEngine openSsl) {
        // SNIHostName takes no underscores, which names of containers have.
        SSL.setTlsExtHostName(openSsl.sslPointer(), name);
      } else {
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        engine.setSSLParameters(parameters);
      }
    } catch (IllegalArgumentException e) {
      // It is no name that can be sent; a server that needs one will say so.
    }
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

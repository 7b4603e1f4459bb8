package io.sallyport.identity;

import io.netty.util.NetUtil;
import io.sallyport.tls.TlsHandler;
import java.net.IDN;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Makes the {@link TlsHandler} of one connection. Called on any event loop. */
public final class TlsHandlers {

  private TlsHandlers() {}

  /** For a peer that came to us. */
  public static TlsHandler server(IdentityGeneration generation, Duration handshakeTimeout) {
    return TlsHandler.server(generation.tlsContext(), handshakeTimeout);
  }

  /**
   * For a peer that we go to.
   *
   * @param host whom we mean to reach: sent as server name unless it is an IP address, given to
   *     {@link PeerCheck}, and with the port what a session can be resumed with; null where the
   *     endpoint has no name, as a Unix socket
   */
  public static TlsHandler client(
      IdentityGeneration generation, @Nullable String host, int port, Duration handshakeTimeout) {
    return TlsHandler.client(
        generation.tlsContext(), host, port, serverName(host), handshakeTimeout);
  }

  /** What can be sent as one: in a cluster many have no dot, and containers have underscores. */
  private static @Nullable String serverName(@Nullable String host) {
    if (host == null || NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
      return null;
    }
    try {
      return IDN.toASCII(host.endsWith(".") ? host.substring(0, host.length() - 1) : host);
    } catch (IllegalArgumentException e) {
      return null; // a server that needs one will say so
    }
  }
}

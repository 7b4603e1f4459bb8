package io.sallyport.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.NetUtil;
import io.sallyport.config.Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Keeps web pages away from the admin server. A browser on this host can reach loopback for any
 * page it shows: by a plain cross-site request, which {@code Origin} gives away, or by a DNS name
 * that was rebound to 127.0.0.1, which {@code Host} gives away.
 */
final class BrowserGuard {

  private static final Pattern HOST_AND_PORT =
      Pattern.compile("(?:\\[(?<v6>[^\\]]+)]|(?<host>[^:\\[\\]]+))(?::\\d{0,5})?");

  private final boolean anyHost;
  private final @Nullable String configuredHost;

  private BrowserGuard(boolean anyHost, @Nullable String configuredHost) {
    this.anyHost = anyHost;
    this.configuredHost = configuredHost;
  }

  /** For {@code admin.listen}: Host must be loopback, or the address as configured or reached. */
  static BrowserGuard forListen(Address address) {
    return new BrowserGuard(false, address instanceof Address.Tcp tcp ? tcp.host() : null);
  }

  /** For {@code admin.probes}: the kubelet and Prometheus name pods as they like. */
  static BrowserGuard forProbes() {
    return new BrowserGuard(true, null);
  }

  /**
   * @param local the address that the connection came in on
   * @return the refusal, or null for a request that may pass
   */
  @Nullable Reply refusal(HttpRequest request, SocketAddress local) {
    List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
    // RFC 9112 §3.2 asks for 400 here.
    if (hosts.size() > 1
        || (hosts.isEmpty() && request.protocolVersion().equals(HttpVersion.HTTP_1_1))) {
      return Reply.text(HttpResponseStatus.BAD_REQUEST, "one Host header is needed");
    }
    String host = hosts.isEmpty() ? "" : hosts.get(0);
    if (!anyHost && !isOurs(host, local)) {
      return Reply.text(
          HttpResponseStatus.FORBIDDEN, "Host must be localhost or the address of admin.listen");
    }
    for (String origin : request.headers().getAll(HttpHeaderNames.ORIGIN)) {
      if (!origin.equalsIgnoreCase("http://" + host)) {
        return Reply.text(HttpResponseStatus.FORBIDDEN, "requests from other sites are refused");
      }
    }
    return null;
  }

  private boolean isOurs(String hostAndPort, SocketAddress local) {
    String host = withoutPort(hostAndPort);
    if (host == null) {
      return false;
    }
    if (host.equalsIgnoreCase("localhost") || host.equalsIgnoreCase(configuredHost)) {
      return true;
    }
    byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
    if (literal == null) {
      return false;
    }
    InetAddress address;
    try {
      address = InetAddress.getByAddress(literal);
    } catch (UnknownHostException impossibleForFourOrSixteenBytes) {
      return false;
    }
    // An address literal cannot be rebound. With 0.0.0.0 configured it is the only name there is.
    return address.isLoopbackAddress()
        || (local instanceof InetSocketAddress reached && address.equals(reached.getAddress()));
  }

  /**
   * Any port passes: {@code kubectl port-forward} and the like change it.
   *
   * @return null when this is no {@code host[:port]} (RFC 9110 §7.2)
   */
  private static @Nullable String withoutPort(String hostAndPort) {
    Matcher matcher = HOST_AND_PORT.matcher(hostAndPort);
    if (!matcher.matches()) {
      return null;
    }
    return matcher.group("v6") == null ? matcher.group("host") : matcher.group("v6");
  }
}

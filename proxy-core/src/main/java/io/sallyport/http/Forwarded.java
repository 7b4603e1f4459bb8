package io.sallyport.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Where a request came from and what it asked for: {@code X-Forwarded-For}, {@code -Proto}, {@code
 * -Host} and {@code -Port}, and {@code Forwarded} (RFC 7239) by choice. One for each connection;
 * immutable.
 *
 * <p>Of what arrives from outside nothing is believed, in whatever spelling, with one exception:
 * {@code X-Forwarded-For} from a hop that is trusted. Also removed is what applications take for
 * the same: {@code X-Real-IP}, {@code X-Client-IP}, {@code Client-IP}, {@code X-Cluster-Client-IP},
 * {@code True-Client-IP} and the other names of a client's address that content networks and load
 * balancers use; {@code X-Forwarded-Scheme}, {@code -Ssl}, {@code -Protocol}, {@code
 * Front-End-Https} and others of the scheme; {@code X-Forwarded-Server}, {@code -Prefix}, {@code
 * -Path}, {@code X-Original-Host}, {@code X-Host} and others of the place; {@code X-Original-URL}
 * and {@code X-Rewrite-URL}, by which some frameworks go to another path than the one that was
 * judged; and {@code Proxy}, which CGI makes {@code HTTP_PROXY} of (CVE-2016-5385).
 *
 * <p>Names of users ({@code X-Forwarded-User}, {@code Remote-User}) stay: a peer that signs users
 * in may tell the application who they are, and whether it may is between the two.
 */
final class Forwarded {

  private static final AsciiString FORWARDED = AsciiString.cached("forwarded");
  private static final AsciiString FOR = AsciiString.cached("x-forwarded-for");
  private static final AsciiString PROTO = AsciiString.cached("x-forwarded-proto");
  private static final AsciiString HOST = AsciiString.cached("x-forwarded-host");
  private static final AsciiString PORT = AsciiString.cached("x-forwarded-port");
  private static final AsciiString HTTPS = AsciiString.cached("https");

  private static final FieldNames FROM_OUTSIDE =
      FieldNames.of(
          "cf-connecting-ip",
          "cf-connecting-ipv6",
          "client-ip",
          "fastly-client-ip",
          "forwarded",
          "forwarded-for",
          "front-end-https",
          "proxy",
          "proxy-client-ip",
          "true-client-ip",
          "wl-proxy-client-ip",
          "wl-proxy-ssl",
          "x-client-ip",
          "x-cluster-client-ip",
          "x-envoy-external-address",
          "x-forwarded",
          "x-forwarded-by",
          "x-forwarded-for",
          "x-forwarded-host",
          "x-forwarded-path",
          "x-forwarded-port",
          "x-forwarded-prefix",
          "x-forwarded-proto",
          "x-forwarded-protocol",
          "x-forwarded-scheme",
          "x-forwarded-server",
          "x-forwarded-ssl",
          "x-forwarded-uri",
          "x-host",
          "x-http-host-override",
          "x-original-forwarded-for",
          "x-original-host",
          "x-original-url",
          "x-originating-ip",
          "x-proxyuser-ip",
          "x-real-ip",
          "x-remote-addr",
          "x-remote-ip",
          "x-rewrite-url",
          "x-scheme",
          "x-script-name",
          "x-url-scheme");

  private final @Nullable String address;
  private final boolean trusted;
  private final @Nullable AsciiString port;

  /** The field but for the host; null where it is not wanted. */
  private final @Nullable String standard;

  private Forwarded(
      @Nullable String address,
      boolean trusted,
      @Nullable AsciiString port,
      @Nullable String standard) {
    this.address = address;
    this.trusted = trusted;
    this.port = port;
    this.standard = standard;
  }

  /**
   * @param remote who is connected; one that is no IP address is told as {@code for=unknown}, and
   *     has no {@code X-Forwarded-For}
   * @param port ours; 0 where there is none
   * @param rfc7239 whether {@code Forwarded} is wanted too
   * @param trustedHops of which addresses an {@code X-Forwarded-For} is believed, as it stands
   */
  static Forwarded of(
      SocketAddress remote, int port, boolean rfc7239, Predicate<InetAddress> trustedHops) {
    InetAddress ip = remote instanceof InetSocketAddress inet ? inet.getAddress() : null;
    // RFC 5952 form, and without a zone, which means something on this host alone.
    String address = ip == null ? null : NetUtil.toAddressString(ip);
    return new Forwarded(
        address,
        ip != null && trustedHops.test(ip),
        port > 0 ? AsciiString.of(Integer.toString(port)) : null,
        rfc7239 ? "for=" + node(ip, address) + ";proto=https" : null);
  }

  /** RFC 7239 §6: an IPv6 address has brackets, and the colons in it need quotes. */
  private static String node(@Nullable InetAddress ip, @Nullable String address) {
    if (address == null) {
      return "unknown";
    }
    return ip instanceof Inet6Address ? "\"[" + address + "]\"" : address;
  }

  /** Removes what arrived from outside, for where nothing is to be told: trailers among it. */
  static void removeFrom(HttpHeaders headers) {
    FROM_OUTSIDE.removeFrom(headers);
  }

  /**
   * Puts ours in the place of what arrived.
   *
   * @param authority what was asked for; null where nothing was. One with other characters than
   *     hosts have is not told, as readers would not agree on where it ends
   */
  void replaceIn(HttpHeaders headers, @Nullable CharSequence authority) {
    List<String> before = trusted ? headers.getAll(FOR) : List.of();
    removeFrom(headers);
    if (address != null) {
      headers.add(FOR, before.isEmpty() ? address : String.join(", ", before) + ", " + address);
    }
    headers.add(PROTO, HTTPS);
    CharSequence host = authority != null && isHostAndPort(authority) ? authority : null;
    if (host != null) {
      headers.add(HOST, host);
    }
    if (port != null) {
      headers.add(PORT, port);
    }
    if (standard != null) {
      headers.add(FORWARDED, host == null ? standard : standard + ";host=\"" + host + '"');
    }
  }

  /** RFC 3986 §3.2 without a user and without {@code sub-delims}, which no host has. */
  private static boolean isHostAndPort(CharSequence authority) {
    for (int i = 0; i < authority.length(); i++) {
      char c = authority.charAt(i);
      if (!(c >= 'a' && c <= 'z')
          && !(c >= 'A' && c <= 'Z')
          && !(c >= '-' && c <= ':' && c != '/')
          && "[]_~%".indexOf(c) < 0) {
        return false;
      }
    }
    return authority.length() > 0;
  }
}

package io.sallyport.http;

import io.netty.util.NetUtil;
import java.util.Locale;

/**
 * A {@code host[:port]}, as Host and absolute targets have it (RFC 9110 §7.2). Narrower than RFC
 * 3986 §3.2.2 allows: no percent-encoding, no sub-delims, no zone and no future IP literals, since
 * programs disagree about what host those are.
 *
 * @param host in lower case; an IPv6 address in brackets
 * @param port as it was sent; empty where there was none
 */
record Authority(String host, String port) {

  private static final int MOST_HOST_CHARS = 255;
  private static final int MOST_PORT_DIGITS = 5;
  private static final int MOST_PORT = 65535;

  /**
   * @throws BadRequest with {@link RequestFault#HOST_INVALID} or {@link RequestFault#USERINFO}
   */
  static Authority of(String text) throws BadRequest {
    if (text.indexOf('@') >= 0) {
      throw new BadRequest(RequestFault.USERINFO, Excerpt.of(text));
    }
    int hostEnd = text.startsWith("[") ? text.indexOf(']') + 1 : text.indexOf(':');
    if (hostEnd < 0) {
      hostEnd = text.length();
    }
    if (!isHost(text, hostEnd) || !isNothingOrPort(text, hostEnd)) {
      throw new BadRequest(RequestFault.HOST_INVALID, Excerpt.of(text));
    }
    return new Authority(
        text.substring(0, hostEnd).toLowerCase(Locale.ROOT),
        hostEnd == text.length() ? "" : text.substring(hostEnd + 1));
  }

  /** Whether both are the same place, where this is the default port. */
  boolean agreesWith(Authority other, String defaultPort) {
    return host.equals(other.host)
        && (port.isEmpty() ? defaultPort : port)
            .equals(other.port.isEmpty() ? defaultPort : other.port);
  }

  String text() {
    return port.isEmpty() ? host : host + ':' + port;
  }

  private static boolean isHost(String text, int end) {
    if (end == 0 || end > MOST_HOST_CHARS) {
      return false;
    }
    if (text.charAt(0) == '[') {
      String address = text.substring(1, end - 1);
      return address.indexOf('%') < 0 && NetUtil.isValidIpV6Address(address);
    }
    boolean labelBegins = true;
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      if (c == '.' ? labelBegins : !isNameChar(c)) {
        return false;
      }
      labelBegins = c == '.';
    }
    return true;
  }

  private static boolean isNameChar(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_'
        || c == '~';
  }

  private static boolean isNothingOrPort(String text, int colon) {
    if (colon == text.length()) {
      return true;
    }
    int digits = text.length() - colon - 1;
    // A zero in front would make two texts of one port.
    if (text.charAt(colon) != ':'
        || digits == 0
        || digits > MOST_PORT_DIGITS
        || text.charAt(colon + 1) == '0') {
      return false;
    }
    int port = 0;
    for (int i = colon + 1; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return false;
      }
      port = port * 10 + digit;
    }
    return port <= MOST_PORT;
  }
}

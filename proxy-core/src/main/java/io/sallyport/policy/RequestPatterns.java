package io.sallyport.policy;

import io.netty.util.NetUtil;
import java.util.Locale;
import java.util.Set;

/**
 * What rules may say of requests, in the same spirit as {@link Patterns}: what could match more
 * than it seems to, or could never match, is refused.
 */
final class RequestPatterns {

  /** RFC 9110 §9.3 and RFC 5789; whoever writes one of them in lower case means this. */
  private static final Set<String> COMMON_METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH");

  private static final String TOKEN_SIGNS = "!#$%&'+-.^_`|~";

  /** What a segment stands for that is left open: every plain path has such ones. */
  private static final String EXAMPLE_SEGMENT = "x";

  private RequestPatterns() {}

  /** Any token (RFC 9110 §5.6.2) but for one with a star, which somebody would take for more. */
  static String method(String value) throws BadPattern {
    requireSome(value);
    if (value.indexOf('*') >= 0) {
      throw new BadPattern(
          "has a wildcard, and methods are compared whole", "leave methods out for any of them");
    }
    String upper = value.toUpperCase(Locale.ROOT);
    if (!value.equals(upper) && COMMON_METHODS.contains(upper)) {
      throw new BadPattern("is another method than " + upper, "write it as " + upper);
    }
    for (int i = 0; i < value.length(); i++) {
      if (!isTokenChar(value.charAt(i))) {
        throw new BadPattern("is not the name of a method", "write it such as GET");
      }
    }
    return value;
  }

  /** As {@link Patterns#dns}. */
  static SegmentPattern host(String value) throws BadPattern {
    requireSome(value);
    if (value.equals(SegmentPattern.ONE) || value.equals(SegmentPattern.ANY_NUMBER)) {
      throw new BadPattern("matches every host", "leave hosts out for any of them");
    }
    if (NetUtil.isValidIpV4Address(value) || NetUtil.isValidIpV6Address(value)) {
      throw new BadPattern("is an IP address", "write the DNS names that requests are for");
    }
    if (value.indexOf(':') >= 0) {
      throw new BadPattern(
          "has a port or a scheme, and hosts are compared without", "write the name alone");
    }
    if (value.endsWith(".")) {
      throw new BadPattern("ends in a dot, and hosts are compared without", "leave the dot out");
    }
    return Patterns.dns(value);
  }

  /** In the form of {@link RequestPath}: decoded, so that it may be in any script. */
  static SegmentPattern path(String value) throws BadPattern {
    requireSome(value);
    if (value.charAt(0) != '/') {
      throw new BadPattern("does not begin with /", "write it as /api/*, /api/** or /health");
    }
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '?' || c == '#') {
        throw new BadPattern("has more than a path", "leave out what begins with " + c);
      }
      if (c == '%') {
        throw new BadPattern(
            "has percent-encoding, and paths are compared decoded", "write the character itself");
      }
    }
    SegmentPattern pattern = SegmentPattern.of('/', value);
    if (pattern.hasPartialWildcard()) {
      throw new BadPattern(
          "has a wildcard within a segment",
          "use * for one whole segment or ** for any number of them");
    }
    if (!RequestPath.isPlain(pattern.withWildcardsAs(EXAMPLE_SEGMENT))) {
      throw new BadPattern(
          "has a backslash, a semicolon, a control character, or an empty, '.' or '..' segment,"
              + " which no request may have",
          "write the path as the application has it");
    }
    return pattern;
  }

  private static void requireSome(String value) throws BadPattern {
    if (value.isEmpty()) {
      throw new BadPattern("is empty", "give it a value, or leave the field out");
    }
  }

  private static boolean isTokenChar(char c) {
    return (c >= '0' && c <= '9')
        || (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z')
        || TOKEN_SIGNS.indexOf(c) >= 0;
  }
}

package io.sallyport.policy;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * DNS names as certificates hold them (RFC 5280 §4.2.1.6): ASCII, IDNs as A-labels, no trailing
 * dot. Underscores are let pass, as service names in clusters have them.
 */
final class DnsName {

  static final int MAX_CHARS = 253;
  private static final int MAX_LABEL_CHARS = 63;

  private DnsName() {}

  /** In lower case; null for what is no DNS name, an IPv4 address or a wildcard among it. */
  static @Nullable String canonical(String name) {
    if (name.length() > MAX_CHARS) {
      return null;
    }
    int from = 0;
    for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', from)) {
      if (!isLabel(name, from, dot)) {
        return null;
      }
      from = dot + 1;
    }
    // RFC 1123 §2.1: a last label of digits alone is an address, or a misreading of one.
    return isLabel(name, from, name.length()) && !isNumber(name, from)
        ? name.toLowerCase(Locale.ROOT)
        : null;
  }

  /**
   * A wildcard certificate's name in lower case: the whole left-most label, with two at least
   * behind it (RFC 9525 §6.3); null for every other.
   */
  static @Nullable String canonicalWildcard(String name) {
    if (!name.startsWith("*.")) {
      return null;
    }
    String parent = canonical(name.substring(2));
    return parent == null || parent.indexOf('.') < 0 ? null : "*." + parent;
  }

  static boolean isLabel(String name, int from, int to) {
    if (to == from || to - from > MAX_LABEL_CHARS) {
      return false;
    }
    for (int i = from; i < to; i++) {
      char c = name.charAt(i);
      boolean inside = i > from && i < to - 1;
      if (!isLetterOrDigit(c) && c != '_' && !(c == '-' && inside)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isLetterOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  private static boolean isNumber(String name, int from) {
    for (int i = from; i < name.length(); i++) {
      if (name.charAt(i) < '0' || name.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }
}

package io.sallyport.policy;

import io.sallyport.identity.SpiffeId;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** URIs as names: scheme and authority in lower case (RFC 3986 §6.2.2.1), the rest as it stands. */
final class UriName {

  private UriName() {}

  /** The form in which URIs are compared; null for what is not an absolute URI. */
  static @Nullable String canonical(String uri) {
    int colon = uri.indexOf(':');
    if (!isScheme(uri, colon) || colon == uri.length() - 1 || !Printable.isVisibleAscii(uri)) {
      return null;
    }
    int end = uri.startsWith("//", colon + 1) ? authorityEnd(uri, colon + 3) : colon;
    String head = uri.substring(0, end);
    // What stands before an @ has case; such a URI is compared as it is written.
    return head.indexOf('@') >= 0 ? uri : head.toLowerCase(Locale.ROOT) + uri.substring(end);
  }

  static boolean isSpiffe(String canonical) {
    return canonical.startsWith("spiffe:");
  }

  /**
   * Whether wildcards may be laid over it. A segment that is empty, '.', '..', encoded or a
   * wildcard itself, a query and a fragment mean different things to different readers: a URI that
   * has one is matched only by a rule that spells it out.
   */
  static boolean hasPlainPath(String canonical) {
    int start = pathStart(canonical);
    if (start < 0) {
      return false;
    }
    for (int i = start; i < canonical.length(); i++) {
      if ("%?#*\\".indexOf(canonical.charAt(i)) >= 0) {
        return false;
      }
    }
    for (int from = start + 1, to; from <= canonical.length(); from = to + 1) {
      to = canonical.indexOf('/', from);
      to = to < 0 ? canonical.length() : to;
      if (SpiffeId.isEmptyOrDots(canonical, from, to)) {
        return false;
      }
    }
    return true;
  }

  /** Where the path begins, which is the end where it is empty; -1 without an authority. */
  static int pathStart(String uri) {
    int colon = uri.indexOf(':');
    return uri.startsWith("//", colon + 1) ? authorityEnd(uri, colon + 3) : -1;
  }

  private static int authorityEnd(String uri, int from) {
    for (int i = from; i < uri.length(); i++) {
      if ("/?#".indexOf(uri.charAt(i)) >= 0) {
        return i;
      }
    }
    return uri.length();
  }

  private static boolean isScheme(String uri, int length) {
    if (length < 1 || !isLetter(uri.charAt(0))) {
      return false;
    }
    for (int i = 1; i < length; i++) {
      char c = uri.charAt(i);
      if (!isLetter(c) && !(c >= '0' && c <= '9') && "+-.".indexOf(c) < 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
}

package io.sallyport.identity;

import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * The form of a workload's SPIFFE ID (SPIFFE-ID §2, X509-SVID §3.1): lower-case scheme and trust
 * domain, a path that is not empty, no port, user, query, fragment or percent-encoding. There is
 * one way to write an ID, so IDs are compared as they stand.
 */
public final class SpiffeId {

  private static final String SCHEME = "spiffe:";
  private static final String PREFIX = SCHEME + "//";
  private static final int KEY_CERT_SIGN = 5;
  private static final int CRL_SIGN = 6;
  private static final int MAX_CHARS = 2048;
  private static final int MAX_TRUST_DOMAIN_CHARS = 255;

  private SpiffeId() {}

  public static boolean isValid(String id) {
    return fault(id) == null;
  }

  /** Whether a URI means to be one, valid or not: by its scheme, in whatever case. */
  public static boolean isMeant(String uri) {
    return uri.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
  }

  /** X509-SVID §5.2: what may sign certificates or CRLs does not authenticate a workload. */
  public static boolean mayBeIn(X509Certificate leaf) {
    boolean[] usage = leaf.getKeyUsage();
    return !CertificateRules.isCa(leaf)
        && (usage == null || !(usage[KEY_CERT_SIGN] || usage[CRL_SIGN]));
  }

  /** What is wrong with it; null when nothing is. */
  public static @Nullable String fault(String id) {
    if (id.length() > MAX_CHARS) {
      return "is longer than " + MAX_CHARS + " bytes";
    }
    if (!id.startsWith(PREFIX)) {
      return "does not begin with " + PREFIX + " in lower case";
    }
    int slash = id.indexOf('/', PREFIX.length());
    String domain = id.substring(PREFIX.length(), slash < 0 ? id.length() : slash);
    if (domain.isEmpty() || domain.length() > MAX_TRUST_DOMAIN_CHARS) {
      return "has no trust domain of 1 to " + MAX_TRUST_DOMAIN_CHARS + " characters";
    }
    if (!isTrustDomain(domain)) {
      return "has a trust domain with other characters than a-z, 0-9, '.', '-' and '_'";
    }
    return slash < 0 ? "has no path, so it names no workload" : pathFault(id, slash);
  }

  /** Whether it may stand between spiffe:// and the next /. */
  static boolean isTrustDomain(String name) {
    return !name.isEmpty()
        && name.length() <= MAX_TRUST_DOMAIN_CHARS
        && name.chars().allMatch(c -> isTrustDomainChar((char) c));
  }

  /**
   * Whose ID it is.
   *
   * @param id a valid one
   */
  static String trustDomain(String id) {
    return id.substring(PREFIX.length(), id.indexOf('/', PREFIX.length()));
  }

  private static @Nullable String pathFault(String id, int slash) {
    for (int from = slash + 1, to; from <= id.length(); from = to + 1) {
      to = id.indexOf('/', from);
      to = to < 0 ? id.length() : to;
      if (isEmptyOrDots(id, from, to)) {
        return "has an empty, '.' or '..' segment";
      }
      for (int i = from; i < to; i++) {
        char c = id.charAt(i);
        if (!isTrustDomainChar(c) && !(c >= 'A' && c <= 'Z')) {
          return "has a path with other characters than a-z, A-Z, 0-9, '.', '-' and '_'";
        }
      }
    }
    return null;
  }

  /** What a path may be shortened by (RFC 3986 §5.2.4), so that two would be the same. */
  public static boolean isEmptyOrDots(String uri, int from, int to) {
    return from == to
        || (uri.charAt(from) == '.'
            && (to - from == 1 || (to - from == 2 && uri.charAt(from + 1) == '.')));
  }

  private static boolean isTrustDomainChar(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  }
}

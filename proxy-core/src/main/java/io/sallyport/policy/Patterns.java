package io.sallyport.policy;

import io.netty.util.NetUtil;
import io.sallyport.identity.SpiffeId;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What rules may say, field by field. Everything that could match more than it seems to, or could
 * never match, is refused here, while somebody reads the message.
 */
final class Patterns {

  private static final String ONE = SegmentPattern.ONE;
  private static final String ANY_NUMBER = SegmentPattern.ANY_NUMBER;
  private static final int SHA_256_BYTES = 32;
  private static final String ANY_TRUSTED = "write allow = any-trusted if that is what you mean";
  private static final String WHOLE = "use * for one whole %s or ** for any number of them";

  private Patterns() {}

  /** {@link #uri} of a workload: any other is refused rather than matched as a URI. */
  static SegmentPattern spiffe(String value) throws BadPattern {
    requireSome(value);
    String canonical = UriName.canonical(value);
    if (!isWildcard(value) && (canonical == null || !UriName.isSpiffe(canonical))) {
      throw new BadPattern(
          "is not a SPIFFE ID",
          "write it as spiffe://trust-domain/path, or use uri for other URIs");
    }
    return uri(value);
  }

  static SegmentPattern uri(String value) throws BadPattern {
    requireSome(value);
    if (isWildcard(value)) {
      throw new BadPattern("matches every name", ANY_TRUSTED);
    }
    if (value.indexOf('*') >= 0 && value.indexOf('*') < value.indexOf(':')) {
      throw new BadPattern("has a wildcard for its scheme", "write the scheme out");
    }
    String canonical = UriName.canonical(value);
    if (canonical == null) {
      throw new BadPattern(
          "is not an absolute URI in ASCII",
          "write it as spiffe://trust-domain/path, other characters percent-encoded");
    }
    SegmentPattern pattern = SegmentPattern.of('/', canonical);
    if (pattern.hasWildcards()) {
      checkWildcards(canonical, pattern);
    }
    String example = pattern.withWildcardsAs("x");
    if (UriName.isSpiffe(canonical)) {
      // The value as written: its scheme and trust domain are to be in lower case already.
      String fault = SpiffeId.fault(SegmentPattern.of('/', value).withWildcardsAs("x"));
      if (fault != null) {
        throw new BadPattern("is not a SPIFFE ID: it " + fault, "");
      }
    } else if (pattern.hasWildcards() && !UriName.hasPlainPath(example)) {
      throw new BadPattern(
          "has a wildcard beside an empty or dot segment, percent-encoding, a query or a fragment",
          "write such a URI out whole");
    }
    return pattern;
  }

  private static void checkWildcards(String canonical, SegmentPattern pattern) throws BadPattern {
    int path = UriName.pathStart(canonical);
    if (path < 0) {
      throw new BadPattern("has a wildcard but no path", "write such a URI out whole");
    }
    if (canonical.lastIndexOf('*', path - 1) >= 0) {
      throw new BadPattern(
          "has a wildcard for its trust domain or host", "write one rule for each");
    }
    if (pattern.hasPartialWildcard()) {
      throw new BadPattern("has a wildcard within a segment", WHOLE.formatted("segment"));
    }
  }

  static SegmentPattern dns(String value) throws BadPattern {
    requireSome(value);
    if (!Printable.isVisibleAscii(value)) {
      throw new BadPattern(
          "is not a DNS name in ASCII",
          "write the A-labels of an IDN, such as xn--bcher-kva.example");
    }
    if (value.endsWith(".")) {
      throw new BadPattern("ends in a dot, which no certificate has", "leave the dot out");
    }
    if (NetUtil.isValidIpV4Address(value) || NetUtil.isValidIpV6Address(value)) {
      throw new BadPattern("is an IP address", "use ip in place of dns");
    }
    SegmentPattern pattern = SegmentPattern.of('.', value.toLowerCase(Locale.ROOT));
    if (pattern.hasPartialWildcard()) {
      throw new BadPattern("has a wildcard within a label", WHOLE.formatted("label"));
    }
    if (pattern.isAllWildcards()) {
      throw new BadPattern("matches every name", ANY_TRUSTED);
    }
    if (pattern.endsInWildcard()) {
      throw new BadPattern(
          "ends in a wildcard, so that anybody's domain matches", "write the last label out");
    }
    if (DnsName.canonical(pattern.withWildcardsAs("x")) == null) {
      throw new BadPattern(
          "is not a DNS name", "use labels of letters, digits, '-' and '_' with dots between");
    }
    return pattern;
  }

  static SegmentPattern email(String value) throws BadPattern {
    requireSome(value);
    requireNoWildcard(value);
    String canonical = EmailName.canonical(value);
    if (canonical == null) {
      throw new BadPattern("is not an email address", "write it as name@example.com, in ASCII");
    }
    return SegmentPattern.literal(canonical);
  }

  /** {@code cn} and {@code ou}. */
  static SegmentPattern text(String value) throws BadPattern {
    requireSome(value);
    requireNoWildcard(value);
    if (value.chars().anyMatch(Character::isISOControl)) {
      throw new BadPattern("has a control character in it", "remove it");
    }
    return SegmentPattern.literal(value);
  }

  static SegmentPattern spki(String value) throws BadPattern {
    byte @Nullable [] hash;
    try {
      hash = Base64.getDecoder().decode(value);
    } catch (IllegalArgumentException e) {
      hash = null;
    }
    if (hash == null || hash.length != SHA_256_BYTES) {
      throw new BadPattern(
          "is not the base64 of 32 bytes", "write the SHA-256 of the peer's SubjectPublicKeyInfo");
    }
    return SegmentPattern.literal(Base64.getEncoder().encodeToString(hash));
  }

  private static boolean isWildcard(String value) {
    return value.equals(ONE) || value.equals(ANY_NUMBER);
  }

  private static void requireSome(String value) throws BadPattern {
    if (value.isEmpty()) {
      throw new BadPattern("is empty", "name a peer, or leave the field out");
    }
  }

  private static void requireNoWildcard(String value) throws BadPattern {
    if (value.indexOf('*') >= 0) {
      throw new BadPattern(
          "has a wildcard in a field that is compared whole", "write one value for each peer");
    }
  }
}

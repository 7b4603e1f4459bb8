package io.sallyport.identity;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What RFC 5280 §4.2.1.10 asks of a CA's name constraints beyond what the JDK enforces when it
 * validates a path.
 */
final class NameConstraints {
  private static final String OID = "2.5.29.30";

  private static final int EXCLUDED_SUBTREES = 0xa1;
  private static final int DNS_NAME = 0x82;
  private static final int IP_ADDRESS = 0x87;

  /** An address and its mask, of IPv4 and of IPv6. */
  private static final Set<Integer> OCTETS_OF_IP_RANGE = Set.of(8, 32);

  private static final String WILDCARD = "*";

  private NameConstraints() {}

  static boolean areIn(X509Certificate certificate) {
    return certificate.getExtensionValue(OID) != null;
  }

  /**
   * Whether they are absent, or critical, not empty and without an address that lacks its mask. The
   * JDK takes the others, and what nobody enforces protects nobody.
   */
  static boolean areProper(X509Certificate ca) throws CertificateException {
    if (!areIn(ca)) {
      return true;
    }
    Set<String> critical = ca.getCriticalExtensionOIDs();
    if (critical == null || !critical.contains(OID)) {
      return false;
    }
    Der constraints = read(ca);
    List<Der> subtrees = constraints.children();
    return constraints.tag() == Der.SEQUENCE
        && !subtrees.isEmpty()
        && subtrees.stream().allMatch(some -> some.content().length > 0)
        && bases(subtrees).stream().allMatch(NameConstraints::isProper);
  }

  private static boolean isProper(Der base) {
    return base.tag() != IP_ADDRESS || OCTETS_OF_IP_RANGE.contains(base.content().length);
  }

  /**
   * Whether a wildcard in the leaf also stands for a name that the CA excludes. The JDK compares a
   * wildcard as if it were one name, which is never the excluded one.
   */
  static boolean excludeWhatAWildcardCovers(X509Certificate ca, X509Certificate leaf)
      throws CertificateException {
    if (!areIn(ca)) {
      return false;
    }
    Set<String> wildcards = wildcards(leaf);
    if (wildcards.isEmpty()) {
      return false;
    }
    List<Der> excluded =
        read(ca).children().stream().filter(some -> some.tag() == EXCLUDED_SUBTREES).toList();
    return bases(excluded).stream()
        .filter(base -> base.tag() == DNS_NAME)
        .map(base -> new String(base.content(), US_ASCII).toLowerCase(Locale.ROOT))
        .filter(name -> name.indexOf('.') > 0)
        .map(name -> WILDCARD + name.substring(name.indexOf('.')))
        .anyMatch(wildcards::contains);
  }

  private static Set<String> wildcards(X509Certificate leaf) throws CertificateException {
    Collection<List<?>> names = leaf.getSubjectAlternativeNames();
    if (names == null) {
      return Set.of();
    }
    return names.stream()
        .filter(name -> name.get(0).equals(CertificateRules.DNS_NAME))
        .map(name -> ((String) name.get(1)).toLowerCase(Locale.ROOT))
        .filter(name -> name.startsWith(WILDCARD))
        .collect(Collectors.toUnmodifiableSet());
  }

  private static Der read(X509Certificate ca) throws CertificateException {
    return Der.one(Der.one(ca.getExtensionValue(OID)).content());
  }

  /** The names that stand for the subtrees: each the first thing in its GeneralSubtree. */
  private static List<Der> bases(List<Der> subtrees) throws CertificateException {
    List<Der> bases = new ArrayList<>();
    for (Der some : subtrees) {
      for (Der subtree : some.children()) {
        List<Der> fields = subtree.children();
        if (fields.isEmpty()) {
          throw new CertificateException("name constraint without a name");
        }
        bases.add(fields.get(0));
      }
    }
    return bases;
  }
}

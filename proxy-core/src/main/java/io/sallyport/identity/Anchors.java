package io.sallyport.identity;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The CAs that we trust, and for whom. Where trust domains are kept apart, those of a domain vouch
 * for the SPIFFE IDs in it and for nothing else, and the others for whoever has no SPIFFE ID as the
 * SPIFFE Trust Domain and Bundle standard asks. Immutable; safe to share between threads.
 */
final class Anchors {

  /** The kind of {@link X509Certificate#getSubjectAlternativeNames}. */
  private static final Integer URI = 6;

  private static final String SPIFFE = "spiffe:";

  private final List<X509Certificate> all;
  private final Vouching forOthers;
  private final Map<String, Set<X509Certificate>> domains;

  /**
   * Those that may vouch for one peer.
   *
   * @param of whose they are, for an error; empty where all are of one kind
   */
  record Vouching(Set<X509Certificate> cas, String of) {
    boolean includes(X509Certificate ca) {
      return cas.contains(ca);
    }
  }

  /** Any of these for anybody. */
  Anchors(Collection<X509Certificate> all) {
    this(all, Map.of());
  }

  /**
   * @param others for whoever has no SPIFFE ID; for anybody where there are no domains
   * @param domains by trust domain
   */
  Anchors(
      Collection<X509Certificate> others,
      Map<String, ? extends Collection<X509Certificate>> domains) {
    Map<String, Set<X509Certificate>> byDomain = new HashMap<>();
    Set<X509Certificate> union = new LinkedHashSet<>(others);
    domains.forEach(
        (domain, cas) -> {
          byDomain.put(domain, Set.copyOf(cas));
          union.addAll(cas);
        });
    this.domains = Map.copyOf(byDomain);
    all = List.copyOf(union);
    forOthers =
        new Vouching(Set.copyOf(others), domains.isEmpty() ? "" : " of peers without a SPIFFE ID");
  }

  /** In the order in which they were given. */
  List<X509Certificate> all() {
    return all;
  }

  boolean isSameAs(Anchors other) {
    return all.equals(other.all)
        && forOthers.equals(other.forOthers)
        && domains.equals(other.domains);
  }

  /**
   * @param leaf the peer's own certificate
   * @throws ChainRefused when it says that it is of a trust domain, and nobody can vouch for that
   */
  Vouching vouchingFor(X509Certificate leaf) throws ChainRefused {
    if (domains.isEmpty()) {
      return forOthers;
    }
    List<String> uris = uris(leaf);
    if (uris.stream().noneMatch(Anchors::isSpiffe)) {
      return forOthers;
    }
    if (uris.size() > 1 || !SpiffeId.isValid(uris.get(0))) {
      throw new ChainRefused(
          HandshakeFailure.BAD_CERTIFICATE,
          "a spiffe: URI that is no workload's SPIFFE ID, or is not alone",
          leaf,
          null);
    }
    String domain = SpiffeId.trustDomain(uris.get(0));
    return new Vouching(domains.getOrDefault(domain, Set.of()), " of the trust domain " + domain);
  }

  private static boolean isSpiffe(String uri) {
    return uri.toLowerCase(Locale.ROOT).startsWith(SPIFFE);
  }

  private static List<String> uris(X509Certificate leaf) throws ChainRefused {
    try {
      Collection<List<?>> names = PeerCertificate.parsed(leaf).getSubjectAlternativeNames();
      return names == null
          ? List.of()
          : names.stream()
              .filter(name -> name.get(0).equals(URI))
              .map(name -> (String) name.get(1))
              .toList();
    } catch (CertificateParsingException | RuntimeException e) {
      // The JDK throws what it likes at names that it parses late.
      throw new ChainRefused(
          HandshakeFailure.BAD_CERTIFICATE, "malformed alternative names", leaf, e);
    }
  }
}

package io.sallyport.identity;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The CAs that we trust, and for whom. Where trust domains are kept apart, those of a domain vouch
 * for the SPIFFE IDs in it and for nothing else, and the others for whoever has no SPIFFE ID as the
 * SPIFFE Trust Domain and Bundle standard asks. Immutable; safe to share between threads.
 */
final class Anchors {

  private static final int URI = 0x86;

  private final List<X509Certificate> all;
  private final Vouching forOthers;
  private final Map<String, AnchorIndex> domains;

  /** Empty where all are of one kind. */
  private final AnchorIndex keptApart;

  /**
   * Those that may vouch for one peer.
   *
   * @param keptApart they and those that may not; empty where all are of one kind
   * @param of whose they are, for an error; empty where all are of one kind
   */
  record Vouching(AnchorIndex cas, AnchorIndex keptApart, String of) {
    boolean includes(X509Certificate ca) {
      return cas.contains(ca);
    }

    /**
     * Whether it is of those that may not. Another CA that signs its key may make a way up of it,
     * but it is in no domain but its own for that.
     */
    boolean excludes(X509Certificate ca) {
      return !keptApart.isEmpty() && keptApart.hasKeyOf(ca) && !cas.hasKeyOf(ca);
    }

    /** Whether a path through these alone that has led to this anchor still may. */
    boolean includes(X509Certificate anchor, X509Certificate[] chain) {
      return includes(anchor)
          && (keptApart.isEmpty()
              || Stream.of(chain).skip(1).map(PeerCertificate::parsed).noneMatch(this::excludes));
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
    Map<String, AnchorIndex> byDomain = new HashMap<>();
    Set<X509Certificate> union = new LinkedHashSet<>(others);
    domains.forEach(
        (domain, cas) -> {
          byDomain.put(domain, new AnchorIndex(cas));
          union.addAll(cas);
        });
    this.domains = Map.copyOf(byDomain);
    all = List.copyOf(union);
    keptApart = domains.isEmpty() ? AnchorIndex.NONE : new AnchorIndex(union);
    forOthers =
        new Vouching(
            new AnchorIndex(others),
            keptApart,
            domains.isEmpty() ? "" : " of peers without a SPIFFE ID");
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
   * @throws ChainRefused when it says that it is of a trust domain, and nobody can vouch for that,
   *     or when two readers could find different names in it
   */
  Vouching vouchingFor(X509Certificate leaf) throws ChainRefused {
    if (domains.isEmpty()) {
      return forOthers;
    }
    X509Certificate parsed = parsed(leaf);
    List<String> uris = uris(parsed);
    if (uris.stream().noneMatch(SpiffeId::isMeant)) {
      return forOthers;
    }
    if (uris.size() > 1 || !SpiffeId.isValid(uris.get(0))) {
      throw new ChainRefused(
          HandshakeFailure.BAD_CERTIFICATE,
          "a spiffe: URI that is no workload's SPIFFE ID, or is not alone",
          leaf,
          null);
    }
    if (!SpiffeId.mayBeIn(parsed)) {
      throw new ChainRefused(
          HandshakeFailure.BAD_CERTIFICATE,
          "a SPIFFE ID in a certificate that may sign certificates or CRLs",
          leaf,
          null);
    }
    String domain = SpiffeId.trustDomain(uris.get(0));
    return new Vouching(
        domains.getOrDefault(domain, AnchorIndex.NONE),
        keptApart,
        " of the trust domain " + domain);
  }

  private static X509Certificate parsed(X509Certificate leaf) throws ChainRefused {
    try {
      return PeerCertificate.parsed(leaf);
    } catch (RuntimeException e) {
      throw new ChainRefused(HandshakeFailure.BAD_CERTIFICATE, "malformed certificate", leaf, e);
    }
  }

  /** As strictly as policy reads names: who vouched must have seen the ID that policy sees. */
  static List<String> uris(X509Certificate leaf) throws ChainRefused {
    try {
      byte[] value = leaf.getExtensionValue(CertificateRules.SUBJECT_ALTERNATIVE_NAME);
      if (value == null) {
        return List.of();
      }
      Der names = Der.one(Der.one(value).content());
      if (names.tag() != Der.SEQUENCE) {
        throw new CertificateException("alternative names that are no SEQUENCE");
      }
      return names.children().stream()
          .filter(name -> name.tag() == URI)
          .map(name -> new String(name.content(), ISO_8859_1))
          .toList();
    } catch (CertificateException e) {
      throw new ChainRefused(
          HandshakeFailure.BAD_CERTIFICATE, "malformed alternative names", leaf, e);
    }
  }
}

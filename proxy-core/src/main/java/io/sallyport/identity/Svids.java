package io.sallyport.identity;

import io.sallyport.config.Malformed;
import java.io.ByteArrayInputStream;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One answer of a SPIFFE Workload API ({@code X509SVIDResponse}): who we are, and who vouches for
 * whom. It is parsed and not proven. Immutable.
 */
public final class Svids {

  static final String AGENT = "see the log of the agent";

  private static final int MOST_SVIDS = 1000;
  private static final int MOST_DOMAINS = 10_000;
  private static final int MOST_CRLS = 1000;

  private static final String SCHEME = "spiffe://";

  private final List<Svid> svids;
  private final Map<String, Set<X509Certificate>> domains;
  private final List<byte[]> crls;

  /** One of ours; the fault is of certificate or key, and harms nobody who uses another. */
  private record Svid(String id, KeyPairFiles.@Nullable Unproven pair, @Nullable Malformed fault) {
    @Override
    public String toString() {
      return id;
    }
  }

  private Svids(
      List<Svid> svids, Map<String, Set<X509Certificate>> domains, Collection<byte[]> crls) {
    this.svids = List.copyOf(svids);
    this.domains = domains;
    this.crls = List.copyOf(crls);
  }

  /**
   * Parses an answer. It may take long where much is in it; not for event loops.
   *
   * @param message with private keys in it: it is the caller's to wipe
   * @throws Malformed when it cannot be understood, never with a secret in it
   */
  public static Svids read(byte[] message) throws Malformed {
    List<Svid> svids = new ArrayList<>();
    Map<String, Set<X509Certificate>> domains = new TreeMap<>();
    List<byte[]> crls = new ArrayList<>();
    int federated = 0;
    for (WireFields answer = new WireFields(message); answer.next(); ) {
      switch (answer.number()) {
        case 1 -> {
          bound(svids.size(), MOST_SVIDS, "SVIDs");
          svids.add(svid(answer.message(), domains, svids.size() + 1));
        }
        case 2 -> {
          bound(crls.size(), MOST_CRLS, "CRLs");
          crls.add(answer.bytes());
        }
        case 3 -> {
          bound(federated++, MOST_DOMAINS, "federated trust domains");
          federate(answer.message(), domains);
        }
        default -> {
          // Of a later version.
        }
      }
    }
    if (svids.isEmpty()) {
      throw new Malformed(
          "the Workload API gave no SVID", "register this workload with its server");
    }
    return new Svids(svids, domains, crls);
  }

  private static void bound(int before, int most, String what) throws Malformed {
    if (before == most) {
      throw new Malformed(
          "the Workload API gave more than " + most + " " + what,
          "register fewer for this workload");
    }
  }

  private static Svid svid(WireFields fields, Map<String, Set<X509Certificate>> domains, int number)
      throws Malformed {
    String id = "";
    byte[] chain = {};
    byte[] key = {};
    byte[] bundle = {};
    while (fields.next()) {
      switch (fields.number()) {
        case 1 -> id = fields.text();
        case 2 -> chain = fields.bytes();
        case 3 -> key = fields.bytes();
        case 4 -> bundle = fields.bytes();
        default -> {
          // The hint, or of a later version.
        }
      }
    }
    String which = "SVID " + number + " of the Workload API";
    PrivateKey parsedKey = PrivateKeys.fromPkcs8(key);
    String fault = SpiffeId.fault(id);
    if (fault != null) {
      throw new Malformed(which + " has an ID that " + fault, AGENT);
    }
    Set<X509Certificate> cas = bundle(SpiffeId.trustDomain(id), bundle);
    if (cas.isEmpty()) {
      throw new Malformed(
          "the Workload API gave no CA of the trust domain " + SpiffeId.trustDomain(id), AGENT);
    }
    add(domains, SpiffeId.trustDomain(id), cas);
    try {
      List<X509Certificate> certificates = certificates("the certificate of " + which, chain);
      if (certificates.isEmpty()) {
        throw new Malformed(which + " has no certificate", AGENT);
      }
      if (parsedKey == null) {
        throw new Malformed(
            "the key of " + which + " is malformed or of an unsupported kind",
            PrivateKeys.SUPPORTED);
      }
      return new Svid(id, new KeyPairFiles.Unproven(certificates, parsedKey), null);
    } catch (Malformed e) {
      return new Svid(id, null, e);
    }
  }

  private static void federate(WireFields fields, Map<String, Set<X509Certificate>> domains)
      throws Malformed {
    String name = "";
    byte[] bundle = {};
    while (fields.next()) {
      switch (fields.number()) {
        case 1 -> name = fields.text();
        case 2 -> bundle = fields.bytes();
        default -> {
          // Of a later version.
        }
      }
    }
    String domain = name.startsWith(SCHEME) ? name.substring(SCHEME.length()) : name;
    if (!SpiffeId.isTrustDomain(domain)) {
      throw new Malformed(
          "the Workload API gave a bundle of " + SafeText.of(name) + ", which is no trust domain",
          AGENT);
    }
    add(domains, domain, bundle(domain, bundle));
  }

  private static Set<X509Certificate> bundle(String domain, byte[] der) throws Malformed {
    return new LinkedHashSet<>(certificates("the bundle of the trust domain " + domain, der));
  }

  /** Two that differ would let one who speaks for another domain add to ours. */
  private static void add(
      Map<String, Set<X509Certificate>> domains, String domain, Set<X509Certificate> cas)
      throws Malformed {
    Set<X509Certificate> before = domains.putIfAbsent(domain, cas);
    if (before != null && !before.equals(cas)) {
      throw new Malformed(
          "the Workload API gave two bundles of the trust domain " + domain + " that differ",
          AGENT);
    }
  }

  private static List<X509Certificate> certificates(String what, byte[] concatenated)
      throws Malformed {
    List<X509Certificate> certificates = new ArrayList<>();
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (byte[] der : Der.split(concatenated)) {
        certificates.add(
            (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)));
      }
      return certificates;
    } catch (CertificateException | RuntimeException e) {
      throw new Malformed(
          "certificate " + (certificates.size() + 1) + " in " + what + " cannot be parsed", AGENT);
    }
  }

  /**
   * Certificate and key of one of them.
   *
   * @param id null for the first one
   */
  KeyPairFiles.Unproven pair(@Nullable String id) throws Malformed {
    Svid svid = svid(id);
    if (svid.fault() != null) {
      throw svid.fault();
    }
    if (svid.pair() == null) {
      throw new IllegalStateException("either is there");
    }
    return svid.pair();
  }

  /** Who it says that one of them is, see {@link #pair}. */
  String id(@Nullable String id) throws Malformed {
    return svid(id).id();
  }

  private Svid svid(@Nullable String id) throws Malformed {
    for (Svid svid : svids) {
      if (id == null || svid.id().equals(id)) {
        return svid;
      }
    }
    throw new Malformed(
        "the Workload API does not give "
            + SafeText.of(id)
            + " to this workload, but "
            + SafeText.of(svids.stream().map(Svid::id).collect(Collectors.joining(", "))),
        "register this workload for it, or name one that it gives");
  }

  /** Who vouches for the SPIFFE IDs of which trust domain. */
  Map<String, Set<X509Certificate>> domains() {
    return domains;
  }

  /** In DER; not to be changed. */
  List<byte[]> crls() {
    return crls;
  }

  @Override
  public String toString() {
    return "Svids" + svids;
  }
}

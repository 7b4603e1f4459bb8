package io.sallyport.identity;

import io.sallyport.config.IdentityConfig;
import io.sallyport.config.RevocationConfig;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Reads the CAs that vouch for peers. */
final class TrustFiles {
  /** One takes some five kilobytes as an object, and in a reload there are two of each. */
  static final int MOST_ANCHORS =
      (int) Math.min(100_000, Runtime.getRuntime().maxMemory() / (20 * 1024));

  private final SourceFiles files;
  private final Findings findings;
  private final Instant now;
  private final @Nullable OcspClient ocsp;
  private final Map<String, Optional<Map<String, Set<X509Certificate>>>> domains = new HashMap<>();
  private final Map<String, Svids> given = new HashMap<>();

  /**
   * @param ocsp asks for peers; null to ask for nobody, whatever the configuration says
   */
  TrustFiles(SourceFiles files, Findings findings, Instant now, @Nullable OcspClient ocsp) {
    this.files = files;
    this.findings = findings;
    this.now = now;
    this.ocsp = ocsp;
  }

  /**
   * Null after a problem: half of a bundle would refuse peers, and close their connections.
   *
   * @param paths vouch for peers, but where the identity keeps trust domains apart
   * @param identity whose trust domains and CRLs count beside these; null for none
   */
  @Nullable TrustBundle read(String setting, List<Path> paths, @Nullable IdentityConfig identity) {
    Set<X509Certificate> others = anchors(setting, paths);
    Map<String, Set<X509Certificate>> domains = identity == null ? Map.of() : domains(identity);
    if (others == null || domains == null) {
      return null;
    }
    Anchors anchors = new Anchors(others, domains);
    if (anchors.all().isEmpty()) {
      return TrustBundle.EMPTY;
    }
    try {
      if (anchors.all().size() > MOST_ANCHORS) {
        throw new Unusable(
            setting,
            "names more than " + MOST_ANCHORS + " CAs",
            "name those that vouch for peers alone, or give Java more heap (-Xmx)");
      }
      return identity == null
          ? new TrustBundle(anchors, RevocationLists.NONE)
          : bundle(anchors, lists(identity, anchors), ocsp(identity));
    } catch (Unusable e) {
      findings.problem(e);
      return null;
    }
  }

  /**
   * What vouches for the peers of an identity without a file.
   *
   * @throws Unusable when it cannot
   */
  void give(IdentityConfig identity, String setting, Svids svids) throws Unusable {
    for (Map.Entry<String, Set<X509Certificate>> domain : svids.domains().entrySet()) {
      int number = 0;
      for (X509Certificate anchor : domain.getValue()) {
        check(setting, "CA " + ++number + " of " + domain.getKey(), anchor);
      }
    }
    given.put(identity.name(), svids);
    domains.put(identity.name(), Optional.of(svids.domains()));
  }

  /** Nothing does, after a problem. */
  void withhold(IdentityConfig identity) {
    domains.put(identity.name(), Optional.empty());
  }

  /** By trust domain; null after a problem. Read once, though several listeners may use them. */
  private @Nullable Map<String, Set<X509Certificate>> domains(IdentityConfig identity) {
    if (!domains.containsKey(identity.name())) {
      Map<String, Set<X509Certificate>> read = new TreeMap<>();
      boolean whole = true;
      for (Map.Entry<String, List<Path>> domain :
          new TreeMap<>(identity.trustDomains()).entrySet()) {
        Set<X509Certificate> anchors =
            anchors(identity.setting() + ".trust-domains." + domain.getKey(), domain.getValue());
        whole &= anchors != null;
        if (anchors != null) {
          read.put(domain.getKey(), anchors);
        }
      }
      domains.put(identity.name(), whole ? Optional.of(read) : Optional.empty());
    }
    return domains.get(identity.name()).orElse(null);
  }

  /** Null after a problem. */
  private @Nullable Set<X509Certificate> anchors(String setting, List<Path> paths) {
    boolean whole = true;
    Set<X509Certificate> anchors = new LinkedHashSet<>();
    for (Path path : paths) {
      try {
        byte[] content = files.read(setting, path, SourceFiles.MOST_BYTES_OF_TRUST);
        List<X509Certificate> read = PemCertificates.read(setting, path, content);
        for (int i = 0; i < read.size(); i++) {
          check(setting, "certificate " + (i + 1) + " in " + path, read.get(i));
        }
        anchors.addAll(read);
      } catch (Unusable e) {
        findings.problem(e);
        whole = false;
      }
    }
    return whole ? anchors : null;
  }

  private TrustBundle bundle(Anchors anchors, RevocationLists lists, OcspCheck check) {
    boolean mayTakeLong = !lists.isEmpty() || !check.isOff();
    Executor prover = ocsp != null && mayTakeLong ? ocsp.checking() : null;
    return new TrustBundle(anchors, lists, check, Clock.systemUTC(), prover);
  }

  private OcspCheck ocsp(IdentityConfig identity) {
    return ocsp == null ? OcspCheck.OFF : OcspCheck.by(identity.revocation().ocsp(), ocsp);
  }

  private RevocationLists lists(IdentityConfig identity, Anchors anchors) throws Unusable {
    RevocationConfig revocation = identity.revocation();
    Svids svids = given.get(identity.name());
    Set<X509Certificate> cas = new LinkedHashSet<>(anchors.all());
    RevocationFiles reader = new RevocationFiles(files, findings, now);
    List<X509CRL> lists =
        reader.read(identity.setting() + ".revocation.crl", revocation.crl(), cas);
    if (svids != null) {
      lists.addAll(reader.check(identity.setting() + ".spiffe", svids.crls(), cas));
    }
    // An agent that begins to give the CRL of one CA has not said that those of all will come.
    boolean required = revocation.required() && !revocation.crl().isEmpty();
    return lists.isEmpty() ? RevocationLists.NONE : new RevocationLists(lists, required);
  }

  private void check(String setting, String which, X509Certificate anchor) throws Unusable {
    boolean selfIssued = CertificateRules.selfIssued(anchor);
    if (!selfIssued && NameConstraints.areIn(anchor)) {
      // The JDK applies constraints only of what stands in the path, which this one cannot.
      throw new Unusable(
          setting,
          which + " has name constraints and is no root, so they would not count",
          "trust its root instead and let peers send this one");
    }
    if (!CertificateRules.isCa(anchor)) {
      findings.warning(
          setting,
          which + " is not a CA: it vouches for nobody" + (selfIssued ? " but itself" : ""),
          "name the CA that issued the peers' certificates");
    }
    if (now.isAfter(anchor.getNotAfter().toInstant())) {
      findings.warning(
          setting,
          which + " expired at " + anchor.getNotAfter().toInstant(),
          "replace it; peers below it are refused");
    }
    if (!CertificateRules.strongKey(anchor.getPublicKey()) || !properConstraints(anchor)) {
      findings.warning(
          setting,
          which + " has a weak key or improper name constraints",
          "replace it; peers below it are refused");
    }
  }

  private static boolean properConstraints(X509Certificate anchor) {
    try {
      return NameConstraints.areProper(anchor);
    } catch (CertificateException e) {
      return false;
    }
  }
}

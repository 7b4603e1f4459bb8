package io.sallyport.identity;

import io.sallyport.config.IdentityConfig;
import io.sallyport.config.IdentityConfig.PemFiles;
import io.sallyport.config.IdentityConfig.WorkloadApi;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.ListenerConfig;
import io.sallyport.config.Malformed;
import io.sallyport.config.Problem;
import io.sallyport.config.ProxyConfig;
import io.sallyport.tls.BoringSsl;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads the files that a configuration names, once each, and proves what is in them. */
public final class IdentityLoader {
  private final ProxyConfig config;
  private final @Nullable OcspClient ocsp;
  private final SvidSource svids;
  private final Findings findings;
  private final Instant now = Instant.now();
  private final Map<String, Identity> identities = new HashMap<>();
  private final Map<String, TrustBundle> trustOfIdentities = new HashMap<>();
  private final Map<String, TrustBundle> trustOfListeners = new HashMap<>();

  /** What is only warned of, and takes long to find out. */
  private final Deque<Runnable> unproven = new ArrayDeque<>();

  /** Whether something is left out that is no problem. */
  private boolean partial;

  /** What the files held. */
  public interface Loaded {
    /** Empty when every identity can serve. */
    List<Problem> problems();

    /**
     * The same, with what was loaded before in place of what cannot serve, and of what has not
     * changed. An identity and a trust bundle is each a unit: what is wrong with one keeps back no
     * other.
     *
     * @param before loaded for the same configuration, unless nothing is wrong with this
     */
    Loaded after(Loaded before);

    /**
     * The first call proves chains, which a start had better do when it is done: Java makes tables
     * for its elliptic curves first. Thread-safe.
     */
    List<Problem> warnings();

    /** Whether no identity differs, once these have come {@link #after} the others. */
    boolean haveIdentitiesOf(Loaded others);

    /** Whether no trust bundle differs, once these have come {@link #after} the others. */
    boolean haveTrustOf(Loaded others);

    /** Who vouches for the peers of a listener. */
    TrustBundle trust(ListenerConfig listener);

    /** Whether a generation that was made for this listener has what another would have. */
    boolean isCurrent(ListenerConfig listener, IdentityGeneration generation);

    /**
     * A generation of a listener.
     *
     * @param check asked for every proven chain
     * @throws IllegalStateException when something that cannot serve has nothing in its place
     */
    IdentityGeneration generation(ListenerConfig listener, long number, PeerCheck check);
  }

  private IdentityLoader(ProxyConfig config, @Nullable OcspClient ocsp, SvidSource svids) {
    this.config = config;
    this.ocsp = ocsp;
    this.svids = svids;
    findings = new Findings(config.origins());
  }

  /**
   * Never throws for what is in a file: that is a problem. Blocks; not for event loops. Peers of
   * what is loaded are judged by files alone.
   */
  public static Loaded load(ProxyConfig config) {
    return load(config, null, SvidSource.UNASKED);
  }

  /**
   * As the other, but peers' certificates are asked for where the configuration says so.
   *
   * @param ocsp null to ask for none all the same
   * @param svids what Workload APIs gave, in place of files
   */
  public static Loaded load(ProxyConfig config, @Nullable OcspClient ocsp, SvidSource svids) {
    return new IdentityLoader(config, ocsp, svids).load(identity -> true);
  }

  /**
   * What was loaded for the same configuration, with what Workload APIs have given since. The files
   * of identities that have none of those are not read: they may be half written now.
   */
  public static Loaded loadOfApis(
      ProxyConfig config, @Nullable OcspClient ocsp, SvidSource svids, Loaded before) {
    IdentityLoader loader = new IdentityLoader(config, ocsp, svids);
    loader.partial = true;
    Loaded given = loader.load(IdentityLoader::isOfApi);
    return ((LoadedIdentities) given.after(before))
        .telling(
            loader.merged(before.problems(), given.problems()),
            loader.merged(before.warnings(), given.warnings()));
  }

  /**
   * Who vouches for the peers of a listener that the configuration does not have any more: whom the
   * listener named itself, with the CRLs of its identity; nobody when a file cannot be used.
   *
   * @param before who vouched for them until now; the same one is returned while nothing has
   *     changed
   */
  public static TrustBundle trustOfRemoved(
      ListenerConfig removed,
      ProxyConfig config,
      @Nullable OcspClient ocsp,
      SvidSource svids,
      TrustBundle before) {
    try (SourceFiles files = new SourceFiles()) {
      IdentityLoader untold = new IdentityLoader(config, ocsp, svids);
      TrustFiles trust = new TrustFiles(files, untold.findings, untold.now, ocsp);
      IdentityConfig identity = config.identity(removed);
      if (identity != null && identity.source() instanceof WorkloadApi api) {
        untold.load(identity, api, trust);
        if (!untold.identities.containsKey(identity.name())) {
          return before; // a bad answer changes nothing
        }
      }
      TrustBundle own = trust.read(removed.setting() + ".trust", removed.trust(), identity);
      if (own == null) {
        return TrustBundle.EMPTY;
      }
      return own.isSameAs(before) ? before : own;
    }
  }

  private List<Problem> merged(List<Problem> before, List<Problem> given) {
    return Stream.concat(before.stream().filter(this::isOfFilesAlone), given.stream())
        .distinct()
        .toList();
  }

  private boolean isOfFilesAlone(Problem problem) {
    return sorted().stream()
            .filter(IdentityLoader::isOfApi)
            .noneMatch(identity -> AnswerProof.tellsOf(problem, identity))
        && listeners()
            .filter(listener -> isOfApi(config.identity(listener)))
            .noneMatch(listener -> problem.setting().equals(listener.setting() + ".trust"));
  }

  private static boolean isOfApi(@Nullable IdentityConfig identity) {
    return identity != null && identity.source() instanceof WorkloadApi;
  }

  private Loaded load(Predicate<@Nullable IdentityConfig> wanted) {
    if (!BoringSsl.isAvailable()) {
      findings.problem(
          "identities",
          "the TLS library cannot be loaded: " + BoringSsl.unavailabilityCause(),
          "it is for Linux with glibc and for macOS, and unpacks itself into java.io.tmpdir, which"
              + " must not be mounted noexec");
    }
    try (SourceFiles files = new SourceFiles()) {
      TrustFiles trust = new TrustFiles(files, findings, now, ocsp);
      KeyPairFiles keyPairs = new KeyPairFiles(files, findings);
      for (IdentityConfig identity : sorted()) {
        if (!wanted.test(identity)) {
          continue;
        }
        if (identity.source() instanceof WorkloadApi api) {
          load(identity, api, trust);
        } else {
          load(identity, keyPairs, trust);
        }
      }
      listeners()
          .filter(listener -> !listener.trust().isEmpty())
          .filter(listener -> wanted.test(config.identity(listener)))
          .forEach(
              listener -> {
                TrustBundle own =
                    trust.read(
                        listener.setting() + ".trust", listener.trust(), config.identity(listener));
                if (own != null) {
                  trustOfListeners.put(listener.setting(), own);
                }
              });
    }
    config.inbound().forEach(this::warnOfNames);
    for (IdentityConfig identity : sorted()) {
      warnOfTrustBesideLeaf(identity.setting() + ".trust", identity.trust(), identity);
    }
    listeners()
        .forEach(
            listener ->
                warnOfTrustBesideLeaf(
                    listener.setting() + ".trust", listener.trust(), config.identity(listener)));
    return new LoadedIdentities(
        findings.problems(),
        this::warnings,
        findings.problems().isEmpty() && !partial,
        identities,
        trustOfIdentities,
        trustOfListeners);
  }

  private synchronized List<Problem> warnings() {
    while (!unproven.isEmpty()) {
      unproven.remove().run();
    }
    return findings.warnings();
  }

  /** Sorted, so that the same faults are always told in the same order. */
  private Collection<IdentityConfig> sorted() {
    return new TreeMap<>(config.identities()).values();
  }

  private void load(IdentityConfig config, WorkloadApi api, TrustFiles trust) {
    trust.withhold(config); // until there is some
    String setting = config.setting() + AnswerProof.SETTING;
    String fault = api.id() == null ? null : SpiffeId.fault(api.id());
    if (fault != null) {
      findings.problem(setting + ".id", SafeText.of(api.id()) + " " + fault, "write a SPIFFE ID");
      return;
    }
    Svids answer;
    try {
      answer = svids.latest(api);
    } catch (Malformed e) {
      findings.problem(setting, e.fault(), e.remedy());
      return;
    }
    if (answer == null) {
      partial = true;
      return;
    }
    AnswerProof.Proven proven =
        new AnswerProof(findings, now, trust).prove(config, api, answer, roles(config.name()));
    if (proven != null) {
      identities.put(config.name(), proven.identity());
      trustOfIdentities.put(config.name(), proven.trust());
    }
  }

  private void load(IdentityConfig config, KeyPairFiles keyPairs, TrustFiles trust) {
    TrustBundle bundle = trust.read(config.setting() + ".trust", config.trust(), config);
    if (bundle != null) {
      trustOfIdentities.put(config.name(), bundle);
    }
    if (config.source() == null) {
      return;
    }
    KeyPairFiles.Unproven pair = keyPairs.read(config, config.source());
    if (pair == null) {
      return;
    }
    Set<PeerRole> roles = roles(config.name());
    Identity identity = new IdentityProof(findings, now).prove(config, pair, roles);
    if (identity != null) {
      identities.put(config.name(), identity);
      unproven.add(() -> warnOfForeignChain(config.setting(), identity, bundle, roles));
    }
  }

  /** Of certificates that no peer, or not every peer that asks for them, is shown. */
  private void warnOfNames(InboundConfig listener) {
    if (listener.identities().size() == 1 && !listener.sniRequired()) {
      return;
    }
    String setting = listener.setting() + ".identity";
    Map<String, String> taken = new HashMap<>();
    for (String name : listener.identities()) {
      Identity identity = identities.get(name);
      if (identity == null) {
        continue; // a problem has been told
      }
      List<String> names = ServerNames.names(identity.leaf());
      boolean shownOtherwise = !listener.sniRequired() && name.equals(listener.identity());
      if (names.isEmpty() && !shownOtherwise) {
        findings.warning(
            setting,
            "no server name selects " + name + ", whose certificate has no DNS name",
            "have it issued with the names that peers ask for, or leave it out");
      }
      for (String dns : names) {
        String first = taken.putIfAbsent(dns, name);
        if (first != null && !first.equals(name)) {
          findings.warning(
              setting,
              "who asks for " + dns + " is shown " + first + ", though " + name + " has it too",
              "let each name be in one certificate");
        }
      }
    }
  }

  /**
   * Of the ca.crt of a TLS Secret of Kubernetes. Whoever renews the leaf replaces it by the CA of
   * the new one, while peers still show what the old CA issued.
   */
  private void warnOfTrustBesideLeaf(
      String setting, List<Path> trust, @Nullable IdentityConfig identity) {
    if (identity != null
        && identity.source() instanceof PemFiles own
        && own.certificate().endsWith("tls.crt")
        && trust.contains(own.certificate().resolveSibling("ca.crt"))) {
      findings.warning(
          setting,
          own.certificate().resolveSibling("ca.crt")
              + " is the CA of our own certificate, and changes with it",
          "name a bundle that is kept apart, and has the old and the new CA while one follows the"
              + " other");
    }
  }

  /** What we are, with this identity, to the peers of its listeners. */
  private Set<PeerRole> roles(String identity) {
    Set<PeerRole> roles = EnumSet.noneOf(PeerRole.class);
    listeners()
        .filter(listener -> listener.identities().contains(identity))
        .forEach(
            listener ->
                roles.add(listener instanceof InboundConfig ? PeerRole.SERVER : PeerRole.CLIENT));
    return roles;
  }

  private Stream<ListenerConfig> listeners() {
    return Stream.<ListenerConfig>concat(config.inbound().stream(), config.outbound().stream());
  }

  private void warnOfForeignChain(
      String setting, Identity identity, @Nullable TrustBundle trust, Set<PeerRole> roles) {
    if (trust == null || trust.anchors().isEmpty() || roles.isEmpty()) {
      return;
    }
    try {
      // Of the same CAs alone: whether it is revoked is not the matter, and would be asked for.
      new TrustBundle(trust.anchors())
          .prove(identity.chain().toArray(X509Certificate[]::new), roles.iterator().next());
    } catch (ChainRefused e) {
      if (e.failure() == HandshakeFailure.UNKNOWN_CA) {
        findings.warning(
            setting + ".trust",
            "our own certificate does not build to it",
            "fine where peers trust other CAs than we do; else check both files");
      }
    }
  }
}

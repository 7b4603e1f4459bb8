package io.sallyport;

import io.sallyport.config.Address;
import io.sallyport.config.IdentityConfig;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.ListenerConfig;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.config.OutboundConfig;
import io.sallyport.config.Problem;
import io.sallyport.config.ProxyConfig;
import io.sallyport.envelope.KeyRing;
import io.sallyport.identity.IdentityLoader;
import io.sallyport.identity.OcspClient;
import io.sallyport.identity.SvidSource;
import io.sallyport.identity.TrustBundle;
import io.sallyport.listener.Terms;
import io.sallyport.policy.AllowRules;
import io.sallyport.telemetry.Reloadable;
import io.sallyport.transport.Transport;
import io.sallyport.transport.TransportUnavailable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A configuration with everything that it names read, proven and compiled, and nothing opened. What
 * {@code check} tells and what {@code start} serves with come from here, so they cannot differ.
 */
final class Prepared {

  private final ProxyConfig config;
  private final @Nullable OcspClient ocsp;
  private final SvidSource svids;
  private final IdentityLoader.Loaded identities;
  private final LoadedKeyRings keyRings;
  private final Map<String, AllowRules> rules = new HashMap<>();
  private final List<Problem> problems = new ArrayList<>();
  private final @Nullable Transport transport;

  /** To look at, not to serve by: neither OCSP responders nor Workload APIs are asked. */
  Prepared(ProxyConfig config) {
    this(config, null, SvidSource.UNASKED);
  }

  /**
   * @param ocsp null to look only: responders are not asked
   */
  private Prepared(ProxyConfig config, @Nullable OcspClient ocsp, SvidSource svids) {
    this(config, ocsp, svids, IdentityLoader.load(config, ocsp, svids), KeyRingFiles.load(config));
  }

  /** To look at, not to serve by; but Workload APIs are asked. */
  static Prepared toLookAt(ProxyConfig config) {
    try (WorkloadApis apis = new WorkloadApis()) {
      return asking(config, null, apis, WorkloadApis.LONGEST_LOOK);
    }
  }

  /** For a start: asks Workload APIs, and waits as long as the configuration has it. */
  static Prepared asking(ProxyConfig config, OcspClient ocsp, WorkloadApis apis) {
    return asking(config, ocsp, apis, WorkloadApis.AS_CONFIGURED);
  }

  private static Prepared asking(
      ProxyConfig config, @Nullable OcspClient ocsp, WorkloadApis apis, Duration most) {
    if (WorkloadApis.areIn(config)) {
      Prepared ofFiles = new Prepared(config);
      if (!ofFiles.problems.isEmpty()) {
        return ofFiles; // whoever has mistyped something need not wait to learn of it
      }
      apis.ask(config, ofFiles.sockets(), most);
    }
    return new Prepared(config, ocsp, apis);
  }

  /**
   * @param before what is served by. Of the same configuration, it stands in for each identity,
   *     each trust bundle and each key ring that cannot serve, so that one keeps back no other.
   */
  Prepared(ProxyConfig config, Prepared before) {
    this(
        config,
        before.ocsp,
        before.svids,
        IdentityLoader.load(config, before.ocsp, before.svids).after(before.identities),
        KeyRingFiles.load(config).after(before.keyRings));
  }

  private Prepared(
      ProxyConfig config,
      @Nullable OcspClient ocsp,
      SvidSource svids,
      IdentityLoader.Loaded identities,
      LoadedKeyRings keyRings) {
    this.config = config;
    this.ocsp = ocsp;
    this.svids = svids;
    this.identities = identities;
    this.keyRings = keyRings;
    transport = transport();
    for (InboundConfig listener : config.inbound()) {
      compile(listener);
    }
    for (OutboundConfig listener : config.outbound()) {
      compile(listener);
    }
    Listen admin = config.admin().listen();
    if (admin != null) {
      refuseUnlessInherited(admin, "admin.listen");
    }
    problems.addAll(identities.problems());
    problems.addAll(keyRings.problems());
  }

  /**
   * The same with what Workload APIs have given since. Whatever is in files stays: they may be half
   * written now, and nobody may have asked for what is in them.
   */
  Prepared withAnswersSince() {
    return new Prepared(
        config, ocsp, svids, IdentityLoader.loadOfApis(config, ocsp, svids, identities), keyRings);
  }

  /**
   * Itself, where it can be served by.
   *
   * @throws InvalidConfig with what is in the way of that
   */
  Prepared withoutProblems() throws InvalidConfig {
    if (!problems.isEmpty()) {
      throw new InvalidConfig(problems);
    }
    return this;
  }

  private @Nullable Transport transport() {
    try {
      return Transport.of(config.transport());
    } catch (TransportUnavailable e) {
      problems.add(
          config
              .origins()
              .problem(
                  "transport",
                  String.valueOf(e.getMessage()),
                  "use transport = auto, or another kind"));
      return null;
    }
  }

  private void compile(ListenerConfig listener) {
    AllowRules compiled = AllowRules.compile(listener.allow(), config.origins(), problems);
    IdentityConfig identity = config.identity(listener);
    if (identity != null && identity.keepsTrustDomainsApart()) {
      compiled = compiled.ofIdsAlone();
    }
    if (listener instanceof InboundConfig inbound && !inbound.enforce()) {
      compiled = compiled.audited(inbound.clientAuth() == ClientAuth.REQUIRE);
    }
    rules.put(listener.name(), compiled);
    refuseUnlessInherited(listener.listen(), listener.setting() + ".listen");
    if (listener.listen().captured()
        && transport != null
        && !transport.knowsOriginalDestination()) {
      problems.add(
          config
              .origins()
              .problem(
                  listener.setting() + ".mode",
                  transport.name() + " cannot tell where a redirected connection was going",
                  "use transport = epoll or io_uring, or write mode = direct"));
    }
    if (!listener.listen().allowUids().isEmpty()
        && transport != null
        && !transport.knowsPeerUid()) {
      problems.add(
          config
              .origins()
              .problem(
                  listener.setting() + ".allow-uid",
                  transport.name() + " cannot tell who is at the other end of a Unix socket",
                  "use transport = epoll, or restrict the socket by mode"));
    }
  }

  private void refuseUnlessInherited(Listen listen, String setting) {
    if (listen.address() instanceof Address.Inherited
        && transport != null
        && !transport.inherits()) {
      problems.add(
          config
              .origins()
              .problem(
                  setting,
                  transport.name() + " takes no sockets from systemd",
                  "use transport = epoll, or write the address here"));
    }
  }

  ProxyConfig config() {
    return config;
  }

  /** In the way of a start. */
  List<Problem> problems() {
    return problems;
  }

  /** Of identities these take a while, see {@link IdentityLoader.Loaded#warnings}. */
  List<Problem> warnings() {
    List<Problem> warnings = new ArrayList<>(config.warnings());
    warnings.addAll(identities.warnings());
    warnings.addAll(keyRings.warnings());
    return warnings;
  }

  /** In what it differs from another. */
  Set<Reloadable> changesSince(Prepared before) {
    Set<Reloadable> changes = EnumSet.noneOf(Reloadable.class);
    if (!config.equals(before.config)) {
      changes.add(Reloadable.CONFIG);
    }
    if (!identities.haveIdentitiesOf(before.identities)) {
      changes.add(Reloadable.IDENTITY);
    }
    if (!identities.haveTrustOf(before.identities)) {
      changes.add(Reloadable.TRUST);
    }
    if (!keyRings.rings().equals(before.keyRings.rings())) {
      changes.add(Reloadable.KEY_RING);
    }
    return changes;
  }

  Transport sockets() {
    return Objects.requireNonNull(transport);
  }

  AllowRules rules(ListenerConfig listener) {
    return Objects.requireNonNull(rules.get(listener.name()));
  }

  /** By name, sorted. */
  Map<String, KeyRing> keyRings() {
    return keyRings.rings();
  }

  /** Who vouches for the listener's peers. */
  TrustBundle trust(ListenerConfig listener) {
    return identities.trust(listener);
  }

  /**
   * What the listener is to serve by.
   *
   * @param before what it serves by; null for a new one
   * @return {@code before} itself where nothing has changed
   */
  <C extends ListenerConfig> Terms<C> terms(C listener, @Nullable Terms<C> before) {
    KeyRing keys = keyRings.of(listener);
    if (before != null
        && before.config().equals(listener)
        && identities.isCurrent(listener, before.identity())) {
      // Other keys alone end no session of TLS.
      return before.keys() == keys
          ? before
          : new Terms<>(listener, before.identity(), before.rules(), keys);
    }
    AllowRules allow = rules(listener);
    long number = before == null ? 1 : before.identity().number() + 1;
    return new Terms<>(
        listener, identities.generation(listener, number, allow.asPeerCheck()), allow, keys);
  }

  /**
   * By what those are judged who are still on a listener that is not configured any more: its last
   * rules, and whom its identity or the listener's own {@code trust} trusts now. Where that is gone
   * too nobody is left to vouch for them.
   *
   * @param before what it serves them by
   * @return {@code before} itself where nothing has changed
   */
  <C extends ListenerConfig> Terms<C> termsOfRemoved(Terms<C> before) {
    TrustBundle trusted = before.identity().trust();
    TrustBundle trust = trustOfRemoved(before.config(), trusted);
    return trust == trusted
        ? before
        : new Terms<>(
            before.config(), before.identity().trusting(trust), before.rules(), before.keys());
  }

  private TrustBundle trustOfRemoved(ListenerConfig removed, TrustBundle before) {
    if (!config.identities().keySet().containsAll(removed.identities())) {
      return TrustBundle.EMPTY;
    }
    return removed.trust().isEmpty()
        ? identities.trust(removed)
        : IdentityLoader.trustOfRemoved(removed, config, ocsp, svids, before);
  }
}

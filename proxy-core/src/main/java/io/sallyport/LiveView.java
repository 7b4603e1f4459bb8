package io.sallyport;

import io.sallyport.admin.ProxyView;
import io.sallyport.config.Address;
import io.sallyport.config.IdentityConfig;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.ListenerConfig;
import io.sallyport.config.OutboundConfig;
import io.sallyport.config.Problem;
import io.sallyport.config.Setting;
import io.sallyport.envelope.EnvelopeKey;
import io.sallyport.envelope.KeyRing;
import io.sallyport.envelope.KeyUse;
import io.sallyport.identity.Identity;
import io.sallyport.identity.IdentityGeneration;
import io.sallyport.listener.Acceptor;
import io.sallyport.policy.Peer;
import io.sallyport.telemetry.RecentDenial;
import io.sallyport.telemetry.Telemetry;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What the admin server shows of a running proxy, read when it is asked for. */
final class LiveView implements ProxyView {

  /** Where a listener takes each connection that it was led, which is nowhere in particular. */
  private static final String CAPTURED = "captured";

  private final String version;
  private final Instant startedAt = Instant.now();
  private final Drain drain;
  private final Listeners listeners;
  private final Reloader reloader;
  private final Telemetry telemetry;

  LiveView(
      String version, Drain drain, Listeners listeners, Reloader reloader, Telemetry telemetry) {
    this.version = version;
    this.drain = drain;
    this.listeners = listeners;
    this.reloader = reloader;
    this.telemetry = telemetry;
  }

  @Override
  public Readiness readiness() {
    if (drain.phase() != Drain.Phase.SERVING) {
      return new Readiness(State.DRAINING, failedReload());
    }
    List<String> invalid = new ArrayList<>();
    Instant now = Instant.now();
    for (Identity identity : byName().values().stream().map(Shown::identity).toList()) {
      X509Certificate leaf = identity.leaf();
      if (now.isAfter(leaf.getNotAfter().toInstant())) {
        invalid.add(
            "certificate of identity "
                + identity.name()
                + " expired at "
                + leaf.getNotAfter().toInstant());
      }
    }
    State state = invalid.isEmpty() ? State.READY : State.CERTIFICATE_INVALID;
    invalid.addAll(failedReload());
    return new Readiness(state, invalid);
  }

  @Override
  public Status status() {
    return new Status(
        version,
        startedAt,
        readiness().state(),
        listeners.serving().stream().map(served -> listener(served.acceptor())).toList(),
        byName().values().stream().map(this::identity).toList(),
        reloader.keyRings().entrySet().stream()
            .map(ring -> keyRing(ring.getKey(), ring.getValue()))
            .toList(),
        reloadStatus());
  }

  @Override
  public ReloadStatus reloadStatus() {
    return new ReloadStatus(reloader.lastSuccess(), reloadProblems());
  }

  @Override
  public List<IdentityCertificates> certificates() {
    return byName().values().stream().map(this::certificates).toList();
  }

  @Override
  public List<RecentDenial> denials() {
    return telemetry.denials();
  }

  @Override
  public List<Setting> settings() {
    return reloader.config().settings();
  }

  @Override
  public Connections connections(int most) {
    WhoIsConnected who = new WhoIsConnected(most);
    listeners.inbound().forEach(acceptor -> acceptor.forEachConnection(who::add));
    listeners.outbound().forEach(acceptor -> acceptor.forEachConnection(who::add));
    return who.all();
  }

  private List<String> failedReload() {
    return reloadProblems().stream().map(problem -> "reload failed: " + problem).toList();
  }

  /** As {@code check} prints them. */
  private List<String> reloadProblems() {
    return texts(reloader.problems());
  }

  private static List<String> texts(List<Problem> problems) {
    return problems.stream().map(Problem::toString).toList();
  }

  @Override
  public CompletionStage<Reloaded> reload(boolean dryRun) {
    return (dryRun ? reloader.tryOut() : reloader.reload())
        .thenApply(
            reload ->
                new Reloaded(texts(reload.problems()), reload.listeners(), reload.connections()));
  }

  @Override
  public void drain() {
    drain.announce();
  }

  private ListenerStatus listener(Acceptor acceptor) {
    ListenerConfig config = acceptor.config();
    return new ListenerStatus(
        config.name(),
        config instanceof InboundConfig ? "inbound" : "outbound",
        text(acceptor.address()),
        targets(config),
        config.identities(),
        acceptor.openConnections(),
        acceptor.acceptedConnections(),
        config.limits().maxConnections(),
        telemetry.traffic(config.name()));
  }

  private static List<String> targets(ListenerConfig config) {
    if (config instanceof InboundConfig in) {
      return List.of(in.forward() == null ? CAPTURED : in.forward().toString());
    }
    if (config.listen().captured()) {
      return List.of(CAPTURED);
    }
    return ((OutboundConfig) config).connect().stream().map(Address::toString).toList();
  }

  private static String text(SocketAddress address) {
    return address instanceof InetSocketAddress tcp
        ? new Address.Tcp(tcp.getAddress().getHostAddress(), tcp.getPort()).toString()
        : "unix:" + address;
  }

  /** One of several listeners may use an identity; it is shown once. */
  private Map<String, Shown> byName() {
    Map<String, Shown> shown = new LinkedHashMap<>();
    for (Served<?> served : listeners.serving()) {
      IdentityGeneration generation = served.terms().identity();
      for (Identity identity : generation.identities()) {
        shown.putIfAbsent(identity.name(), new Shown(identity, generation));
      }
    }
    return shown;
  }

  private record Shown(Identity identity, IdentityGeneration generation) {}

  private IdentityStatus identity(Shown shown) {
    return new IdentityStatus(
        shown.identity().name(),
        source(shown.identity().name()),
        shown.generation().number(),
        certificate(shown.identity().leaf()),
        shown.generation().trust().anchors().stream()
            .map(anchor -> anchor.getSubjectX500Principal().getName())
            .toList());
  }

  private @Nullable String source(String name) {
    IdentityConfig identity = reloader.config().identities().get(name);
    return identity == null || identity.source() == null ? null : identity.source().place();
  }

  private IdentityCertificates certificates(Shown shown) {
    return new IdentityCertificates(
        shown.identity().name(),
        source(shown.identity().name()),
        shown.generation().number(),
        shown.identity().chain().stream().map(LiveView::certificate).toList(),
        shown.generation().trust().anchors().stream().map(LiveView::certificate).toList());
  }

  private static CertificateStatus certificate(X509Certificate certificate) {
    return new CertificateStatus(
        certificate.getSubjectX500Principal().getName(),
        Peer.of(certificate).names(),
        certificate.getIssuerX500Principal().getName(),
        certificate.getNotBefore().toInstant(),
        certificate.getNotAfter().toInstant(),
        certificate.getSerialNumber().toString(16),
        sha256(certificate));
  }

  private static KeyRingStatus keyRing(String name, KeyRing ring) {
    return new KeyRingStatus(name, ring.keys().stream().map(LiveView::key).toList());
  }

  private static KeyStatus key(EnvelopeKey key) {
    return new KeyStatus(
        key.id(),
        word(key.use()),
        word(key.state()),
        key.use() == KeyUse.RAW ? key.nonces().used() : null);
  }

  /** As the configuration has it. */
  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String sha256(X509Certificate certificate) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
    } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
      throw new IllegalStateException(
          "every JDK has SHA-256, and a certificate has an encoding", e);
    }
  }
}

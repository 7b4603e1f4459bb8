package io.sallyport.admin;

import io.sallyport.config.Setting;
import io.sallyport.listener.ConnectionView;
import io.sallyport.policy.Denial;
import io.sallyport.policy.NearestRule;
import io.sallyport.telemetry.RecentDenial;
import io.sallyport.telemetry.Traffic;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.slf4j.event.Level;

/** A proxy that is at whatever the test says. */
final class StagedProxy implements ProxyView {
  static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

  static final MetricsPage METRICS =
      new MetricsPage(PROMETHEUS_TEXT, () -> "sallyport_connections_active 3\n");

  private static final CertificateStatus LEAF =
      new CertificateStatus(
          "CN=web",
          List.of("dns:web", "uri:spiffe://prod/web"),
          "CN=\"ca\"",
          Instant.parse("2026-01-01T00:00:00Z"),
          Instant.parse("2026-02-01T00:00:00Z"),
          "0a",
          "beef");

  private static final CertificateStatus CA =
      new CertificateStatus(
          "CN=ca",
          List.of(),
          "CN=ca",
          Instant.parse("2020-01-01T00:00:00Z"),
          Instant.parse("3030-01-01T00:00:00Z"),
          "1",
          "cafe");

  final AtomicInteger drains = new AtomicInteger();

  final StagedLog log = new StagedLog();

  /** Whether each was a dry run. */
  final List<Boolean> reloads = new CopyOnWriteArrayList<>();

  volatile CompletableFuture<Reloaded> reloaded =
      CompletableFuture.completedFuture(new Reloaded(List.of(), 2, 5));
  volatile State state = State.READY;
  volatile List<String> details = List.of();

  @Override
  public Readiness readiness() {
    return new Readiness(state, details);
  }

  @Override
  public Status status() {
    return new Status(
        "1.2.3",
        Instant.parse("2026-01-02T03:04:05Z"),
        state,
        List.of(
            new ListenerStatus(
                "web",
                "inbound",
                "0.0.0.0:8443",
                List.of("127.0.0.1:8080"),
                List.of("default", "shop"),
                2,
                17,
                100,
                new Traffic(5_000_000_000L, 7, 3, 2, 1)),
            new ListenerStatus(
                "ledger",
                "outbound",
                "unix:/run/l",
                List.of("a:1", "b:2"),
                List.of(),
                0,
                0,
                10,
                new Traffic(0, 0, 0, 0, 0))),
        List.of(new IdentityStatus("default", "tls.crt", 1, LEAF, List.of("CN=ca"))),
        List.of(
            new KeyRingStatus(
                "payloads",
                List.of(
                    new KeyStatus("k2", "raw", "primary", 4_000_000_000L),
                    new KeyStatus("k1", "sealed", "open-only", null)))),
        reloadStatus());
  }

  @Override
  public ReloadStatus reloadStatus() {
    return new ReloadStatus(
        Instant.parse("2026-01-02T04:05:06Z"), List.of("identities.default.key: is empty"));
  }

  @Override
  public List<IdentityCertificates> certificates() {
    return List.of(new IdentityCertificates("default", "tls.crt", 1, List.of(LEAF), List.of(CA)));
  }

  @Override
  public List<RecentDenial> denials() {
    Instant at = Instant.parse("2026-01-02T03:04:05Z");
    NearestRule nearest = new NearestRule("inbound.web.allow.0", List.of("methods", "paths"));
    return List.of(
        new RecentDenial(
            "web",
            "spiffe://prod/eve",
            "10.0.0.1:5",
            Denial.REQUEST_NOT_ALLOWED,
            7,
            at,
            at.plusSeconds(1),
            null,
            List.of(new RecentDenial.Request("PUT", "shop", "/\"\u2028", 2, at, nearest))),
        new RecentDenial("web", null, "unix", Denial.NO_CERTIFICATE, 1, at, at, null, List.of()));
  }

  @Override
  public List<Setting> settings() {
    return List.of(
        new Setting("inbound.web.allow", "[{\"dns\":\"*.test\"}]", "proxy.conf:7"),
        new Setting("drain.delay", "5s", Setting.DEFAULT),
        new Setting("workers", "2", ""));
  }

  @Override
  public Connections connections(int most) {
    return new Connections(
        3,
        List.of(
            new PeerConnections("web", "spiffe://prod/eve", 2),
            new PeerConnections("ledger", null, 1)),
        Stream.of(
                new ConnectionView(
                    "web",
                    "00ff00ff00ff00ff",
                    "spiffe://prod/\"eve\u2028",
                    "10.0.0.1:5",
                    null,
                    61_000,
                    5_000_000_000L,
                    7L,
                    Instant.parse("2026-02-01T00:00:00.123Z")),
                new ConnectionView(
                    "ledger", "0123456789abcdef", null, null, "ledger:8443", 1, null, null, null))
            .limit(most)
            .toList());
  }

  @Override
  public CompletionStage<Reloaded> reload(boolean dryRun) {
    reloads.add(dryRun);
    return reloaded;
  }

  @Override
  public void drain() {
    drains.incrementAndGet();
    state = State.DRAINING;
  }

  /** A log that nobody writes. */
  static final class StagedLog implements LogLevel {
    volatile Level level = Level.INFO;

    @Override
    public Level current() {
      return level;
    }

    @Override
    public void change(Level to) {
      level = to;
    }
  }
}

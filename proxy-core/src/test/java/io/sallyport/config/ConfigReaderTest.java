package io.sallyport.config;

import static io.sallyport.config.ConfigText.IDENTITY;
import static io.sallyport.config.ConfigText.INBOUND;
import static io.sallyport.config.ConfigText.OUTBOUND;
import static io.sallyport.config.ConfigText.read;
import static io.sallyport.config.ConfigText.write;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.config.InboundConfig.ProxyProtocol;
import io.sallyport.config.ListenerConfig.HalfClose;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.config.ListenerConfig.Tls;
import io.sallyport.config.ListenerConfig.TlsFloor;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReaderTest {

  private final Path folder;

  ConfigReaderTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void fillsInEveryDefault() throws InvalidConfig {
    ProxyConfig config = read(folder, IDENTITY + INBOUND + OUTBOUND);

    assertThat(config.transport()).isEqualTo(TransportKind.AUTO);
    assertThat(config.workers()).isBetween(1, 2);
    assertThat(config.identities())
        .containsOnlyKeys("default")
        .containsValue(
            new IdentityConfig(
                "default",
                new IdentityConfig.PemFiles(
                    folder.resolve("tls.crt"), folder.resolve("tls.key"), null),
                List.of(folder.resolve("ca.crt")),
                false));
    assertThat(config.inbound())
        .containsExactly(
            new InboundConfig(
                "web",
                new Listen(new Address.Tcp("0.0.0.0", 8443), 0600, List.of()),
                new Address.Tcp("127.0.0.1", 8080),
                List.of("default"),
                false,
                List.of(),
                ClientAuth.REQUIRE,
                new Allow.Rules(List.of(uriRule("inbound.web.allow.0", "spiffe://prod/a")), false),
                true,
                new Tls(TlsFloor.TLS_1_2, List.of(), HalfClose.APPLICATION),
                ProxyProtocol.NONE,
                new Limits(
                    10000,
                    1000,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(1),
                    Duration.ZERO,
                    Duration.ofSeconds(60),
                    Duration.ZERO,
                    Duration.ofHours(1),
                    Duration.ofSeconds(5))));
    assertThat(config.outbound())
        .containsExactly(
            new OutboundConfig(
                "ledger",
                new Listen(new Address.Tcp("127.0.0.1", 9000), 0600, List.of()),
                List.of(new Address.Tcp("ledger", 8443)),
                null,
                "default",
                List.of(),
                new Allow.HostName(),
                new Tls(TlsFloor.TLS_1_2, List.of(), HalfClose.APPLICATION),
                new Limits(
                    10000,
                    1000,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(5),
                    Duration.ZERO,
                    Duration.ofSeconds(60),
                    Duration.ZERO,
                    Duration.ofHours(1),
                    Duration.ofSeconds(5))));
    assertThat(config.admin())
        .isEqualTo(
            new AdminConfig(new Listen(new Address.Tcp("127.0.0.1", 9901), 0600, List.of()), null));
    assertThat(config.drain())
        .isEqualTo(new DrainConfig(Duration.ofSeconds(5), Duration.ofSeconds(25)));
    assertThat(config.warnings()).isEmpty();
  }

  @Test
  void takesEverySettingOfAnInboundListener() throws InvalidConfig {
    ProxyConfig config =
        read(
            folder,
            IDENTITY
                + """
                sallyport.inbound.web {
                  listen = "unix:/run/in.sock", mode = 0660, allow-uid = [ 0, 1000 ]
                  forward = "app.internal:8080", allow-plaintext-off-host = true
                  protocol = tcp, identity = default, sni-required = true, trust = [ a.crt, /etc/b.crt ]
                  client-auth = request, allow = anyone, enforce = false
                  tls-min = 1.3, alpn = [ h2, "http/1.1" ], half-close = full, proxy-protocol = v2
                  max-connections = "7", max-handshakes = 3, handshake-timeout = 1.5s
                  connect-timeout = 250ms, idle-timeout = 1h, half-close-timeout = off
                  max-lifetime = 1 day, close-timeout = 2 seconds, expiry-grace = 5m
                }
                """);

    assertThat(config.inbound())
        .containsExactly(
            new InboundConfig(
                "web",
                new Listen(new Address.Unix(Path.of("/run/in.sock")), 0660, List.of(0, 1000)),
                new Address.Tcp("app.internal", 8080),
                List.of("default"),
                true,
                List.of(folder.resolve("a.crt"), Path.of("/etc/b.crt")),
                ClientAuth.REQUEST,
                new Allow.Anyone(),
                false,
                new Tls(TlsFloor.TLS_1_3, List.of("h2", "http/1.1"), HalfClose.FULL),
                ProxyProtocol.V2,
                new Limits(
                    7,
                    3,
                    Duration.ofMillis(1500),
                    Duration.ofMillis(250),
                    Duration.ofHours(1),
                    Duration.ZERO,
                    Duration.ofDays(1),
                    Duration.ofMinutes(5),
                    Duration.ofSeconds(2))));
    assertThat(config.files()).contains(folder.resolve("a.crt"), Path.of("/etc/b.crt"));
  }

  @Test
  void takesEverySettingOfAnOutboundListener() throws InvalidConfig {
    ProxyConfig config =
        read(
            folder,
            """
            sallyport.outbound.ledger {
              listen = "[::1]:0", identity = none, trust = ca.crt
              connect = [ "[2001:db8::1]:8443", "unix:/run/ledger.sock" ], server-name = ledger
              tls-min = 1.3, alpn = h2, half-close = full, connect-timeout = 2s
            }
            """);

    OutboundConfig ledger = config.outbound().get(0);
    assertThat(ledger.listen().address()).isEqualTo(new Address.Tcp("::1", 0));
    assertThat(ledger.connect())
        .containsExactly(
            new Address.Tcp("2001:db8::1", 8443), new Address.Unix(Path.of("/run/ledger.sock")));
    assertThat(ledger.serverName()).isEqualTo("ledger");
    assertThat(ledger.identity()).isNull();
    assertThat(ledger.trust()).containsExactly(folder.resolve("ca.crt"));
    assertThat(config.files()).contains(folder.resolve("ca.crt"));
    assertThat(ledger.allow()).isEqualTo(new Allow.HostName());
    assertThat(ledger.tls()).isEqualTo(new Tls(TlsFloor.TLS_1_3, List.of("h2"), HalfClose.FULL));
    assertThat(ledger.limits().connectTimeout()).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void takesWhatIsNotOfOneListener() throws InvalidConfig {
    ProxyConfig config =
        read(
            folder,
            IDENTITY
                + INBOUND
                + """
                sallyport {
                  transport = io_uring
                  workers = 3
                  admin { listen = off, probes = "0.0.0.0:9902" }
                  drain { delay = 0s, deadline = 1s }
                }
                """);

    assertThat(config.transport()).isEqualTo(TransportKind.IO_URING);
    assertThat(config.workers()).isEqualTo(3);
    assertThat(config.admin()).isEqualTo(new AdminConfig(null, new Address.Tcp("0.0.0.0", 9902)));
    assertThat(config.drain()).isEqualTo(new DrainConfig(Duration.ZERO, Duration.ofSeconds(1)));
  }

  @Test
  void takesProbesOfTheApplication() throws InvalidConfig {
    ProxyConfig config =
        read(
            folder,
            IDENTITY
                + INBOUND
                + """
                sallyport.defaults.app-probe.timeout = 3s
                sallyport.admin {
                  probes = "0.0.0.0:9902"
                  app-probes {
                    app-liveness { http-get { port = 8080 }, timeout = 2s }
                    app-readiness.http-get {
                      path = "/healthz?full=1", port = 8443, host = shop.local, scheme = https
                      headers { X-A = [ a, "b c" ], x-b = 1 }
                    }
                    db-startup.tcp-socket.port = 5432
                    api.grpc { port = 9000, service = shop.v1.Shop }
                  }
                }
                """);

    assertThat(config.admin().appProbes())
        .containsExactly(
            new AppProbe(
                "app-liveness",
                new AppProbe.HttpGet("/", 8080, null, false, List.of()),
                Duration.ofSeconds(2)),
            new AppProbe(
                "app-readiness",
                new AppProbe.HttpGet(
                    "/healthz?full=1",
                    8443,
                    "shop.local",
                    true,
                    List.of(
                        new AppProbe.Header("X-A", "a"),
                        new AppProbe.Header("X-A", "b c"),
                        new AppProbe.Header("x-b", "1"))),
                Duration.ofSeconds(3)),
            new AppProbe("db-startup", new AppProbe.TcpSocket(5432), Duration.ofSeconds(3)),
            new AppProbe("api", new AppProbe.Grpc(9000, "shop.v1.Shop"), Duration.ofSeconds(3)));
  }

  @Test
  void takesKeysFromPemAndFromKeystores() throws InvalidConfig {
    ProxyConfig config =
        read(
            folder,
            IDENTITY
                + INBOUND
                + """
                sallyport.identities {
                  encrypted { certificate = a.pem, key = a.pem, key-password-file = pw }
                  store { keystore { file = a.p12, password-file = pw }, strict-permissions = true }
                  old { keystore { file = a.jks, type = jks } }
                  trust-only {
                    trust = [ a.crt, b.crt ], revocation { crl = a.crl, policy = best-effort }
                    ocsp-stapling = false
                    revocation.ocsp {
                      policy = best-effort, responder = "http://ocsp.internal:8080/ca"
                      timeout = 1.5s
                    }
                  }
                  domains { trust-domains { "prod.example" = p.crt, lab = [ l.crt, m.crt ] } }
                }
                """);

    Path pem = folder.resolve("a.pem");
    Path password = folder.resolve("pw");
    assertThat(config.identities().get("encrypted"))
        .isEqualTo(
            new IdentityConfig(
                "encrypted", new IdentityConfig.PemFiles(pem, pem, password), List.of(), false));
    assertThat(config.identities().get("store"))
        .isEqualTo(
            new IdentityConfig(
                "store",
                new IdentityConfig.KeystoreFile(
                    folder.resolve("a.p12"), "pkcs12", new SecretSource.InFile(password)),
                List.of(),
                true));
    assertThat(config.identities().get("domains"))
        .isEqualTo(
            new IdentityConfig(
                "domains",
                null,
                List.of(),
                Map.of(
                    "prod.example",
                    List.of(folder.resolve("p.crt")),
                    "lab",
                    List.of(folder.resolve("l.crt"), folder.resolve("m.crt"))),
                false,
                RevocationConfig.NONE,
                true));
    assertThat(config.files()).contains(folder.resolve("p.crt"), folder.resolve("m.crt"));
    assertThat(config.identities().get("old"))
        .isEqualTo(
            new IdentityConfig(
                "old",
                new IdentityConfig.KeystoreFile(folder.resolve("a.jks"), "jks", null),
                List.of(),
                false));
    assertThat(config.identities().get("trust-only"))
        .isEqualTo(
            new IdentityConfig(
                "trust-only",
                null,
                List.of(folder.resolve("a.crt"), folder.resolve("b.crt")),
                Map.of(),
                false,
                new RevocationConfig(
                    List.of(folder.resolve("a.crl")),
                    false,
                    new OcspConfig(
                        OcspConfig.Policy.BEST_EFFORT,
                        URI.create("http://ocsp.internal:8080/ca"),
                        Duration.ofMillis(1500))),
                false));
    assertThat(config.files())
        .contains(folder.resolve("a.pem"), password, folder.resolve("b.crt"))
        .contains(folder.resolve("a.p12"), folder.resolve("a.crl"));
  }

  @Test
  void takesRulesOfEveryKind() throws InvalidConfig {
    ProxyConfig config =
        read(
            folder,
            IDENTITY
                + INBOUND
                + """
                sallyport.inbound.web.allow = [
                  { uri = [ "spiffe://a/b", "spiffe://a/c" ], dns = "*.a", ip = "10.0.0.0/8" }
                  { spiffe = "spiffe://a/d", email = "a@b", cn = till, ou = [ x, 7 ], spki = "AAAA=" }
                ]
                """);

    assertThat(config.inbound().get(0).allow())
        .isEqualTo(
            new Allow.Rules(
                List.of(
                    new Allow.Rule(
                        "inbound.web.allow.0",
                        Map.of(
                            Allow.Field.URI, List.of("spiffe://a/b", "spiffe://a/c"),
                            Allow.Field.DNS, List.of("*.a"),
                            Allow.Field.IP, List.of("10.0.0.0/8"))),
                    new Allow.Rule(
                        "inbound.web.allow.1",
                        Map.of(
                            Allow.Field.SPIFFE, List.of("spiffe://a/d"),
                            Allow.Field.EMAIL, List.of("a@b"),
                            Allow.Field.CN, List.of("till"),
                            Allow.Field.OU, List.of("x", "7"),
                            Allow.Field.SPKI, List.of("AAAA=")))),
                false));
  }

  @Test
  void fillsWhatAListenerLeavesOutFromTheUsersTemplate() throws InvalidConfig {
    ProxyConfig config =
        read(
            folder,
            IDENTITY
                + INBOUND
                + OUTBOUND
                + """
                sallyport.defaults.inbound { idle-timeout = 1h, close-timeout = 1s, mode = "0666" }
                sallyport.inbound.web.close-timeout = 2s
                """);

    assertThat(config.inbound().get(0).limits().idleTimeout()).isEqualTo(Duration.ofHours(1));
    assertThat(config.inbound().get(0).limits().closeTimeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(config.outbound().get(0).limits().idleTimeout()).isEqualTo(Duration.ZERO);
  }

  @Test
  void keepsListenersInTheOrderOfTheFile() throws InvalidConfig {
    ProxyConfig config =
        read(
            folder,
            IDENTITY
                + INBOUND
                + """
                sallyport.inbound.zebra = ${sallyport.inbound.web} { listen = "127.0.0.1:0" }
                sallyport.inbound.ant = ${sallyport.inbound.web} { listen = "127.0.0.1:0" }
                """);

    assertThat(config.inbound())
        .extracting(InboundConfig::name)
        .containsExactly("web", "zebra", "ant");
  }

  @Test
  void forgetsWhatWasTakenBack() throws InvalidConfig {
    ProxyConfig config =
        read(
            folder,
            IDENTITY
                + INBOUND
                + OUTBOUND
                + """
                sallyport.inbound.web = null
                sallyport.admin.listen = off
                sallyport.admin.listen = null
                """);

    assertThat(config.inbound()).isEmpty();
    assertThat(config.outbound()).hasSize(1);
    assertThat(config.admin().listen()).isNotNull();
  }

  @Test
  void warnsOfWhatWorksButShouldNotBeLeftSo() throws InvalidConfig {
    ProxyConfig config =
        read(
            folder,
            IDENTITY
                + INBOUND
                + OUTBOUND
                + """
                sallyport {
                  inbound.web { forward = "10.0.0.7:80", allow-plaintext-off-host = true }
                  outbound.ledger { listen = "0.0.0.0:9000", allow-plaintext-off-host = true }
                  outbound.ledger.allow = any-trusted
                  admin { listen = "0.0.0.0:9901", allow-off-host = true }
                }
                """);

    assertThat(config.warnings())
        .extracting(Problem::toString)
        .containsExactly(
            "inbound.web.forward (proxy.conf:5): carries plaintext off this host, over 10.0.0.7:80;"
                + " use a loopback address or a Unix socket",
            "outbound.ledger.listen (proxy.conf:6): carries plaintext off this host, over"
                + " 0.0.0.0:9000; use a loopback address or a Unix socket",
            "outbound.ledger.allow (proxy.conf:7): any-trusted takes any server that the CAs vouch"
                + " for; leave allow out so that the host name must match, or write rules",
            "admin.listen (proxy.conf:8): opens the admin server, which asks for no password, to"
                + " other hosts on 0.0.0.0:9901; prefer admin.probes");
  }

  @Test
  void knowsTheFileAndLineOfEachSetting() throws InvalidConfig {
    Path included = write(folder, "more.conf", "inbound.web.tls-min = 1.3\n");
    ProxyConfig config =
        read(
            folder,
            IDENTITY
                + INBOUND
                + """
                sallyport {
                  inbound.web.allow = [
                    { uri = "spiffe://prod/a" }
                    { ou = ${PATH} }
                  ]
                  include "more.conf"
                }
                """);

    assertThat(included).exists();
    assertThat(config.inbound().get(0).tls().floor()).isEqualTo(TlsFloor.TLS_1_3);
    Origins origins = config.origins();
    assertThat(origins.of("identities.default")).isEqualTo("proxy.conf:1");
    assertThat(origins.of("inbound.web.listen")).isEqualTo("proxy.conf:2");
    assertThat(origins.of("inbound.web.allow.0")).isEqualTo("proxy.conf:5");
    assertThat(origins.of("inbound.web.allow.1.ou")).isEqualTo("proxy.conf:6");
    assertThat(origins.of("inbound.web.tls-min")).isEqualTo("more.conf:1");
    assertThat(origins.of("drain.delay")).isEmpty();
  }

  @Test
  void substitutesVariablesAndTheEnvironment() throws InvalidConfig {
    ProxyConfig config =
        read(
            folder,
            IDENTITY
                + INBOUND
                + """
                vars.port = 8444
                sallyport.inbound.web.listen = "127.0.0.1:"${vars.port}
                sallyport.inbound.web.allow = [ { ou = ${PATH} } ]
                sallyport.workers = ${?THIS_IS_NOT_IN_THE_ENVIRONMENT}
                """);

    InboundConfig web = config.inbound().get(0);
    assertThat(web.listen().address()).isEqualTo(new Address.Tcp("127.0.0.1", 8444));
    assertThat(((Allow.Rules) web.allow()).rules().get(0).values(Allow.Field.OU))
        .containsExactly(System.getenv("PATH"));
  }

  private static Allow.Rule uriRule(String setting, String uri) {
    return new Allow.Rule(setting, Map.of(Allow.Field.URI, List.of(uri)));
  }

  @Test
  void readsTheSocketOfAWorkloadApiAsItsVariableHasItToo() throws Exception {
    ProxyConfig config =
        ConfigText.read(
            folder,
            ConfigText.INBOUND
                + """
                sallyport.identities {
                  default.spiffe.socket = "unix:/run/spire/agent.sock"
                  other.spiffe {
                    socket = "unix:///run/spire/agent.sock", id = "spiffe://prod/b", timeout = 1m
                  }
                }
                """);

    Address.Unix socket = new Address.Unix(Path.of("/run/spire/agent.sock"));
    IdentityConfig first = requireNonNull(config.identities().get("default"));
    assertThat(first.source())
        .isEqualTo(new IdentityConfig.WorkloadApi(socket, null, Duration.ofSeconds(30)));
    assertThat(requireNonNull(config.identities().get("other")).source())
        .isEqualTo(
            new IdentityConfig.WorkloadApi(socket, "spiffe://prod/b", Duration.ofMinutes(1)));
    assertThat(first.trustsSomebody()).isTrue();
    assertThat(config.files()).noneMatch(file -> file.endsWith("agent.sock"));
  }
}

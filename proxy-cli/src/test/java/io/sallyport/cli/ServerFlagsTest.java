package io.sallyport.cli;

import static io.sallyport.cli.Flags.faultsOfServer;
import static io.sallyport.cli.Flags.rule;
import static io.sallyport.cli.Flags.server;
import static io.sallyport.cli.Flags.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.Address;
import io.sallyport.config.AdminConfig;
import io.sallyport.config.Allow;
import io.sallyport.config.DrainConfig;
import io.sallyport.config.IdentityConfig.KeySource;
import io.sallyport.config.IdentityConfig.KeystoreFile;
import io.sallyport.config.IdentityConfig.PemFiles;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.config.InboundConfig.ProxyProtocol;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.Limits;
import io.sallyport.config.ListenerConfig.HalfClose;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.config.ListenerConfig.Tls;
import io.sallyport.config.ListenerConfig.TlsFloor;
import io.sallyport.config.ProxyConfig;
import io.sallyport.config.ReloadConfig;
import io.sallyport.config.SecretSource;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerFlagsTest {

  private static final String[] ADDRESSES = {"--listen", "0.0.0.0:8443", "--target", "127.0.0.1:1"};
  private static final String[] FILES = {"--cert", "a.crt", "--key", "a.key", "--cacert", "ca.crt"};
  private static final String[] TUNNEL = with(ADDRESSES, FILES);
  private static final String[] GOOD = with(TUNNEL, "--allow-all");

  private static InboundConfig inbound(String... flags) throws InvalidConfig {
    ProxyConfig config = server(flags);
    assertThat(config.outbound()).isEmpty();
    assertThat(config.inbound()).hasSize(1);
    return config.inbound().get(0);
  }

  private static KeySource source(String... flags) throws InvalidConfig {
    KeySource source = Flags.identity(server(flags)).source();
    assertThat(source).isNotNull();
    return source;
  }

  @Test
  void aloneTheyHaveGhostunnelsDefaults() throws Exception {
    ProxyConfig config = server(GOOD);

    assertThat(config.warnings()).isEmpty();
    assertThat(config.admin()).isEqualTo(new AdminConfig(null, null));
    assertThat(config.drain()).isEqualTo(new DrainConfig(Duration.ZERO, Duration.ofMinutes(5)));
    assertThat(config.reload()).isEqualTo(new ReloadConfig(Duration.ofSeconds(2)));
    assertThat(inbound(GOOD))
        .isEqualTo(
            new InboundConfig(
                "tunnel",
                new Listen(new Address.Tcp("0.0.0.0", 8443), 0600, List.of()),
                new Address.Tcp("127.0.0.1", 1),
                List.of("tunnel"),
                false,
                List.of(),
                ClientAuth.REQUIRE,
                new Allow.AnyTrusted(),
                true,
                new Tls(TlsFloor.TLS_1_2, List.of(), HalfClose.APPLICATION),
                ProxyProtocol.NONE,
                new Limits(
                    10_000,
                    1000,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    Duration.ZERO,
                    Duration.ofMinutes(1),
                    Duration.ZERO,
                    Duration.ofHours(1),
                    Duration.ofMinutes(1))));
    assertThat(Flags.identity(config).trust()).containsExactly(Path.of("ca.crt"));
    assertThat(source(GOOD)).isEqualTo(new PemFiles(Path.of("a.crt"), Path.of("a.key"), null));
  }

  @Test
  void filesAreLookedAtAsOftenAsTimedReloadSays() throws Exception {
    assertThat(server(with(GOOD, "--timed-reload", "5m")).reload().interval())
        .isEqualTo(Duration.ofMinutes(5));
    assertThat(server(with(GOOD, "--timed-reload", "0")).reload().interval()).isZero();
    assertThat(faultsOfServer(with(GOOD, "--timed-reload", "1us")))
        .containsExactly("--timed-reload: must be at least 1ms; write such as 10s, or 0");
  }

  @Test
  void everyAllowFlagIsARuleWhateverTheOrder() throws Exception {
    InboundConfig inbound =
        inbound(
            with(
                with(new String[] {"--allow-cn", "one", "--allow-uri", "spiffe://x/*"}, TUNNEL),
                "--allow-cn",
                "two",
                "--allow-ou",
                "tills",
                "--allow-dns",
                "*.shop.internal",
                "--allow-spki-pin",
                "sha256:AAA=",
                "--allow-spki-pin",
                "BBB="));

    assertThat(inbound.allow())
        .isEqualTo(
            new Allow.Rules(
                List.of(
                    rule("inbound.tunnel.allow.cn", Allow.Field.CN, "one", "two"),
                    rule("inbound.tunnel.allow.ou", Allow.Field.OU, "tills"),
                    rule("inbound.tunnel.allow.dns", Allow.Field.DNS, "*.shop.internal"),
                    rule("inbound.tunnel.allow.uri", Allow.Field.URI, "spiffe://x/*"),
                    rule("inbound.tunnel.allow.spki", Allow.Field.SPKI, "AAA=", "BBB=")),
                false));
    assertThat(inbound.listen().address()).hasToString("0.0.0.0:8443");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cn", "ou", "dns", "uri"})
  void aBadRuleIsToldByItsFlag(String field) throws Exception {
    ProxyConfig config = server(with(TUNNEL, "--allow-" + field, "x"));

    assertThat(config.origins().of("inbound.tunnel.allow." + field)).isEqualTo("--allow-" + field);
  }

  @ParameterizedTest
  @CsvSource({
    "identities.tunnel.certificate, --cert",
    "identities.tunnel.key, --key",
    "identities.tunnel.keystore.file, --keystore",
    "identities.tunnel.keystore.password-file, --storepass",
    "identities.tunnel.key-password-file, --storepass",
    "identities.tunnel.trust, --cacert",
    "inbound.tunnel.listen, --listen",
    "inbound.tunnel.forward, --target",
    "inbound.tunnel.allow.spki, --allow-spki-pin",
    "admin.listen, --status",
  })
  void aFaultFoundLaterNamesTheFlag(String setting, String flag) throws Exception {
    assertThat(server(GOOD).origins().of(setting)).isEqualTo(flag);
  }

  @Test
  void withoutAuthenticationNobodyNeedsACertificate() throws Exception {
    InboundConfig inbound =
        inbound(with(ADDRESSES, "--cert", "a", "--key", "b", "--disable-authentication"));

    assertThat(inbound.clientAuth()).isEqualTo(ClientAuth.NONE);
    assertThat(inbound.allow()).isEqualTo(new Allow.Anyone());
  }

  @Test
  void limitsAreAsGiven() throws Exception {
    String[] flags =
        with(
            with(GOOD, "--connect-timeout", "3s", "--close-timeout", "1m30s"),
            "--max-conn-lifetime=24h",
            "--max-concurrent-conns=7",
            "--shutdown-timeout=0");
    Limits limits = inbound(flags).limits();

    assertThat(limits.connectTimeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(limits.handshakeTimeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(limits.halfCloseTimeout()).isEqualTo(Duration.ofSeconds(90));
    assertThat(limits.closeTimeout()).isEqualTo(Duration.ofSeconds(90));
    assertThat(limits.maxLifetime()).isEqualTo(Duration.ofHours(24));
    assertThat(limits.maxConnections()).isEqualTo(7);
    assertThat(server(flags).drain().deadline()).isZero();
  }

  @Test
  void zeroIsNoLimitToConnectionsAndNoTimeToClose() throws Exception {
    Limits limits =
        inbound(with(GOOD, "--max-concurrent-conns", "0", "--close-timeout", "0")).limits();

    assertThat(limits.maxConnections()).isEqualTo(Integer.MAX_VALUE);
    // Zero would be no limit.
    assertThat(limits.halfCloseTimeout()).isPositive().isLessThan(Duration.ofMillis(10));
    assertThat(limits.closeTimeout()).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void unixSocketsAndProxyProtocol() throws Exception {
    InboundConfig inbound =
        inbound(
            with(
                with(FILES, "--allow-all", "--proxy-protocol"),
                "--listen",
                "unix:/run/in.sock",
                "--target",
                "unix:/run/app.sock"));

    assertThat(inbound.listen().address()).isEqualTo(new Address.Unix(Path.of("/run/in.sock")));
    assertThat(inbound.listen().unixMode()).isEqualTo(0600);
    assertThat(inbound.forward()).isEqualTo(new Address.Unix(Path.of("/run/app.sock")));
    assertThat(inbound.proxyProtocol()).isEqualTo(ProxyProtocol.V2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:9901", "http://127.0.0.1:9901"})
  void statusOnThisHostIsAllOfIt(String address) throws Exception {
    Listen listen = new Listen(new Address.Tcp("127.0.0.1", 9901), 0600, List.of());

    assertThat(server(with(GOOD, "--status", address)).admin())
        .isEqualTo(new AdminConfig(listen, null));
  }

  @Test
  void statusForOtherHostsIsProbesAndMetricsAlone() throws Exception {
    assertThat(server(with(GOOD, "--status", "0.0.0.0:9902")).admin())
        .isEqualTo(new AdminConfig(null, new Address.Tcp("0.0.0.0", 9902)));
  }

  @Test
  void plaintextLeavesTheHostOnlyWhenToldTo() throws Exception {
    String[] flags = with(FILES, "--allow-all", "--listen", "0.0.0.0:1", "--target", "192.0.2.1:9");

    assertThat(faultsOfServer(flags))
        .containsExactly(
            "--target: 192.0.2.1:9 is not on this host, and what goes there is plaintext;"
                + " use loopback or a Unix socket, or add --unsafe-target");
    assertThat(Flags.lines(server(with(flags, "--unsafe-target")).warnings()))
        .containsExactly("--unsafe-target: plaintext leaves this host");
  }

  @Test
  void theKindOfKeystoreIsSeenFromTheFile(@TempDir Path folder) throws Exception {
    TestIdentity identity = TestCa.create().issue(leaf -> leaf.dns("a"));
    Path p12 = identity.writePkcs12(folder.resolve("a.p12"), "a", "secret".toCharArray());
    Path jks = identity.writeJks(folder.resolve("a.jks"), "a", "secret".toCharArray());
    Path pem =
        Files.writeString(
            folder.resolve("a.pem"),
            "some words\n" + identity.certificatePem() + identity.keyPem());

    assertThat(keystore(p12)).isEqualTo(new KeystoreFile(p12, "pkcs12", null));
    assertThat(keystore(jks)).isEqualTo(new KeystoreFile(jks, "jks", null));
    assertThat(keystore(pem)).isEqualTo(new PemFiles(pem, pem, null));
  }

  private static KeySource keystore(Path file, String... more) throws InvalidConfig {
    String[] flags =
        with(ADDRESSES, "--cacert", "ca.crt", "--allow-all", "--keystore", file.toString());
    return source(with(flags, more));
  }

  @Test
  void thePasswordIsInAFileOrTheEnvironment() throws Exception {
    Path store = Path.of("a.p12");

    assertThat(keystore(store, "--storepass", "file:/run/pass"))
        .isEqualTo(
            new KeystoreFile(store, "pkcs12", new SecretSource.InFile(Path.of("/run/pass"))));
    assertThat(password(keystore(store, "--storepass", "env:PATH")))
        .isEqualTo(System.getenv("PATH"));
    assertThat(source(with(GOOD, "--storepass", "file:/run/pass")))
        .isEqualTo(new PemFiles(Path.of("a.crt"), Path.of("a.key"), Path.of("/run/pass")));
  }

  @Test
  void aPasswordOnTheCommandLineIsTakenWithAWarning() throws Exception {
    String[] flags = {"--cacert", "ca.crt", "--allow-all", "--keystore", "a.p12", "--storepass"};
    ProxyConfig config = server(with(ADDRESSES, with(flags, "open sesame")));

    assertThat(Flags.lines(config.warnings()))
        .containsExactly(
            "--storepass: every user of this host can read a password on a command line;"
                + " write file:PATH or env:NAME");
    assertThat(password(source(with(ADDRESSES, with(flags, "open sesame")))))
        .isEqualTo("open sesame");
    assertThat(config.toString()).doesNotContain("sesame");
  }

  private static String password(KeySource source) throws IOException {
    assertThat(source).isInstanceOf(KeystoreFile.class);
    SecretSource password = ((KeystoreFile) source).password();
    assertThat(password).isNotNull();
    return new String(password.read());
  }

  @Test
  void allThatIsMissingIsToldAtOnce() {
    assertThat(faultsOfServer())
        .containsExactly(
            "--listen: missing; write where to listen, as in --listen 127.0.0.1:8443",
            "--target: missing; write where connections go, as in --target localhost:8080",
            "--cert: missing; name our certificate and key with --cert and --key,"
                + " or with --keystore",
            "--allow-*: missing, so that nobody could come in; say who may with --allow-cn, -ou,"
                + " -dns, -uri, -spki-pin or -all, or with --disable-authentication",
            "--cacert: missing; name the CAs that vouch for clients");
  }

  @Test
  void whatContradictsItselfIsRefused() {
    assertThat(faultsOfServer(with(GOOD, "--allow-cn", "x", "--keystore", "a.p12")))
        .containsExactly(
            "--keystore: given together with --cert or --key; use one or the other",
            "--allow-all: given together with other flags that say who may come in;"
                + " remove it, or them");
    assertThat(faultsOfServer(with(TUNNEL, "--disable-authentication", "--allow-cn", "x")))
        .containsExactly(
            "--disable-authentication: given together with other flags that say who may come in;"
                + " remove it, or them");
  }

  @Test
  void aCertificateNeedsItsKey() {
    assertThat(faultsOfServer(with(ADDRESSES, "--cert", "a", "--cacert", "c", "--allow-all")))
        .containsExactly(
            "--key: missing; name our certificate and key with --cert and --key,"
                + " or with --keystore");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--connect-timeout=0 | must be at least 1ms; write such as 10s",
        "--connect-timeout=500us | must be at least 1ms; write such as 10s",
        "--max-concurrent-conns=-1 | cannot be negative; write 0 for no limit",
        "--status=https://127.0.0.1:1 | https is not to be had here; write http://HOST:PORT",
        "--status=9901 | \"9901\" has no host; write HOST:PORT, [IPV6]:PORT or unix:/PATH",
        "--storepass=env:NO_SUCH_NAME | the environment has no NO_SUCH_NAME; set it",
        "--storepass=env:PATH | the password of a PEM key must be in a file; write file:PATH",
      })
  void aValueThatCannotBeIsToldByItsFlag(String flag, String fault) {
    assertThat(faultsOfServer(with(GOOD, flag)))
        .containsExactly(flag.substring(0, flag.indexOf('=')) + ": " + fault);
  }

  @Test
  void twoUsesOfOneAddressAreToldBeforeAnyIsBound() {
    assertThat(
            faultsOfServer(
                with(
                    FILES,
                    "--allow-all",
                    "--listen=127.0.0.1:9",
                    "--target=127.0.0.1:9",
                    "--status=0.0.0.0:9")))
        .containsExactly(
            "--target: leads back to --listen; name what is on the far side of the proxy",
            "--status: 0.0.0.0:9 is what --listen listens on; give each an address of its own");
  }
}

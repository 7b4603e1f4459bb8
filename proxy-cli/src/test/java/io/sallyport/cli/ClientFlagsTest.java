package io.sallyport.cli;

import static io.sallyport.cli.Flags.client;
import static io.sallyport.cli.Flags.faultsOfClient;
import static io.sallyport.cli.Flags.rule;
import static io.sallyport.cli.Flags.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sallyport.config.Address;
import io.sallyport.config.Allow;
import io.sallyport.config.IdentityConfig.PemFiles;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.ListenerConfig.HalfClose;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.config.ListenerConfig.Tls;
import io.sallyport.config.ListenerConfig.TlsFloor;
import io.sallyport.config.OutboundConfig;
import io.sallyport.config.ProxyConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientFlagsTest {

  private static final String[] ADDRESSES = {
    "--listen", "127.0.0.1:9000", "--target", "ledger.prod.svc:8443"
  };
  private static final String[] GOOD =
      with(ADDRESSES, "--cert", "a.crt", "--key", "a.key", "--cacert", "ca.crt");

  private static OutboundConfig outbound(String... flags) throws InvalidConfig {
    ProxyConfig config = client(flags);
    assertThat(config.inbound()).isEmpty();
    assertThat(config.outbound()).hasSize(1);
    return config.outbound().get(0);
  }

  @Test
  void aloneTheyTakeTheServerThatHasTheHostName() throws Exception {
    ProxyConfig config = client(GOOD);
    OutboundConfig outbound = outbound(GOOD);

    assertThat(config.warnings()).isEmpty();
    assertThat(Flags.identity(config).source())
        .isEqualTo(new PemFiles(Path.of("a.crt"), Path.of("a.key"), null));
    assertThat(outbound)
        .isEqualTo(
            new OutboundConfig(
                "tunnel",
                new Listen(new Address.Tcp("127.0.0.1", 9000), 0600, List.of()),
                List.of(new Address.Tcp("ledger.prod.svc", 8443)),
                null,
                "tunnel",
                List.of(Path.of("ca.crt")),
                new Allow.HostName(),
                new Tls(TlsFloor.TLS_1_2, List.of(), HalfClose.APPLICATION),
                outbound.limits()));
  }

  @Test
  void theHostNameMustMatchAndAnyVerifyFlagToo() throws Exception {
    OutboundConfig outbound =
        outbound(
            with(
                with(GOOD, "--verify-cn", "a", "--verify-ou", "b", "--verify-dns", "c"),
                "--verify-uri",
                "spiffe://d/e",
                "--verify-spki-pin",
                "sha256:AAA=",
                "--verify-cn",
                "f"));

    assertThat(outbound.allow())
        .isEqualTo(
            new Allow.Rules(
                List.of(
                    rule("outbound.tunnel.allow.cn", Allow.Field.CN, "a", "f"),
                    rule("outbound.tunnel.allow.ou", Allow.Field.OU, "b"),
                    rule("outbound.tunnel.allow.dns", Allow.Field.DNS, "c"),
                    rule("outbound.tunnel.allow.uri", Allow.Field.URI, "spiffe://d/e"),
                    rule("outbound.tunnel.allow.spki", Allow.Field.SPKI, "AAA=")),
                true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cn", "ou", "dns", "uri"})
  void aBadRuleIsToldByItsFlag(String field) throws Exception {
    ProxyConfig config = client(with(GOOD, "--verify-" + field, "x"));

    assertThat(config.origins().of("outbound.tunnel.allow." + field))
        .isEqualTo("--verify-" + field);
    assertThat(config.origins().of("outbound.tunnel.connect")).isEqualTo("--target");
  }

  @Test
  void anotherServerNameReplacesTheHost() throws Exception {
    assertThat(outbound(with(GOOD, "--override-server-name", "ledger")).serverName())
        .isEqualTo("ledger");
    assertThat(faultsOfClient(with(GOOD, "--override-server-name", "ledger:8443")))
        .containsExactly(
            "--override-server-name: \"ledger:8443\" is not a host name; write it without a port");
  }

  @Test
  void withoutAuthenticationNoCertificateIsShown() throws Exception {
    String[] flags = with(ADDRESSES, "--cacert", "ca.crt", "--disable-authentication");

    assertThat(client(flags).identities()).isEmpty();
    assertThat(outbound(flags).identity()).isNull();
    assertThat(outbound(flags).trust()).containsExactly(Path.of("ca.crt"));
    assertThat(faultsOfClient(with(GOOD, "--disable-authentication")))
        .containsExactly(
            "--disable-authentication: given together with a certificate or key;"
                + " remove it, or them");
  }

  @Test
  void withoutCasItTrustsTheSystems() throws Exception {
    Path debians = Path.of("/etc/ssl/certs/ca-certificates.crt");
    assumeThat(debians).as("this system keeps its CAs elsewhere").isReadable();

    assertThat(outbound(with(ADDRESSES, "--disable-authentication")).trust())
        .containsExactly(debians);
  }

  @Test
  void otherHostsSendPlaintextInOnlyWhenAllowed() throws Exception {
    String[] flags =
        with(
            new String[] {"--listen", "0.0.0.0:9000", "--target", "a:1", "--cacert", "c"},
            "--disable-authentication");

    assertThat(faultsOfClient(flags))
        .containsExactly(
            "--listen: 0.0.0.0:9000 is open to other hosts, and what comes in there is plaintext;"
                + " use loopback or a Unix socket, or add --unsafe-listen");
    assertThat(Flags.lines(client(with(flags, "--unsafe-listen")).warnings()))
        .containsExactly("--unsafe-listen: other hosts can send plaintext in");
  }

  @Test
  void aUnixSocketMayBeListenedOnButNotReached() throws Exception {
    String[] flags = {"--cacert", "c", "--disable-authentication", "--listen", "unix:/run/a.sock"};

    assertThat(outbound(with(flags, "--target", "a:1")).listen().address())
        .isEqualTo(new Address.Unix(Path.of("/run/a.sock")));
    assertThat(faultsOfClient(with(flags, "--target", "unix:/run/b.sock")))
        .containsExactly("--target: a Unix socket has no host name to verify; write HOST:PORT");
  }

  @Test
  void allThatIsMissingIsToldAtOnce() {
    assertThat(faultsOfClient("--cacert", "ca.crt"))
        .containsExactly(
            "--listen: missing; write where to listen, as in --listen 127.0.0.1:8443",
            "--target: missing; write where connections go, as in --target localhost:8080",
            "--cert: missing; name our certificate and key with --cert and --key, or with"
                + " --keystore, or show none with --disable-authentication");
  }
}

package io.sallyport.config;

import static io.sallyport.config.ConfigText.IDENTITY;
import static io.sallyport.config.ConfigText.INBOUND;
import static io.sallyport.config.ConfigText.OUTBOUND;
import static io.sallyport.config.ConfigText.read;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.config.InboundConfig.ProxyProtocol;
import io.sallyport.config.ListenerConfig.HalfClose;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.config.ListenerConfig.Tls;
import io.sallyport.config.ListenerConfig.TlsFloor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
                "default",
                List.of(),
                ClientAuth.REQUIRE,
                new Allow.Rules(List.of(uriRule("inbound.web.allow.0", "spiffe://prod/a")), false),
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
                    Duration.ofSeconds(5))));
    assertThat(config.admin())
        .isEqualTo(
            new AdminConfig(new Listen(new Address.Tcp("127.0.0.1", 9901), 0600, List.of()), null));
    assertThat(config.drain())
        .isEqualTo(new DrainConfig(Duration.ofSeconds(5), Duration.ofSeconds(25)));
    assertThat(config.warnings()).isEmpty();
  }

  private static Allow.Rule uriRule(String setting, String uri) {
    return new Allow.Rule(
        setting, List.of(uri), List.of(), List.of(), List.of(), List.of(), List.of(), List.of());
  }
}

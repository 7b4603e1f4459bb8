package io.sallyport.config;

import static io.sallyport.config.ConfigText.IDENTITY;
import static io.sallyport.config.ConfigText.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.HttpConfig.AccessLog;
import io.sallyport.config.OutboundHttpConfig.Authority;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Outbound listeners of HTTP that are right; what is refused, problems.txt has. */
final class OutboundHttpReaderTest {

  private final Path folder;

  OutboundHttpReaderTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private OutboundConfig outbound(String settings) throws InvalidConfig {
    ProxyConfig config =
        ConfigText.read(folder, IDENTITY + OUTBOUND + "sallyport {\n" + settings + "\n}\n");
    assertThat(config.warnings()).isEmpty();
    return config.outbound().get(0);
  }

  @Test
  void tcpHasNoneOfIt() throws InvalidConfig {
    assertThat(outbound("").http()).isNull();
    OutboundConfig ledger = outbound("defaults.outbound { authority = keep, http.via = true }");
    assertThat(ledger.http()).isNull();
    assertThat(ledger.limits().idleTimeout()).isZero();
  }

  @Test
  void fillsInEveryDefault() throws InvalidConfig {
    OutboundConfig ledger = outbound("outbound.ledger.protocol = http");

    assertThat(ledger.http())
        .isEqualTo(
            new OutboundHttpConfig(
                new Authority.OfEndpoint(),
                new RetryLimit(20, 10),
                Duration.ZERO,
                false,
                false,
                AccessLog.OFF,
                new HttpLimits(
                    8 * 1024,
                    32 * 1024,
                    100,
                    0,
                    100,
                    Duration.ofSeconds(10),
                    Duration.ZERO,
                    Duration.ofSeconds(60),
                    Duration.ZERO,
                    100,
                    Duration.ofSeconds(30),
                    64,
                    new Http2Limits(100, 64 * 1024, 200, 200, 4096, 16))));
    assertThat(ledger.tls().alpn()).containsExactly("http/1.1");
    assertThat(ledger.limits().idleTimeout()).isEqualTo(Duration.ofHours(1));
    assertThat(ledger.carriesRequests()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "'',                       ledger:8443,  ledger:8443",
    "'',                       Ledger:443,   ledger",
    "'',                       '[2001:DB8::1]:8443', '[2001:db8::1]:8443'",
    "server-name = l.prod,     ledger:8443,  l.prod:8443",
    "server-name = l.prod,     'unix:/l',    l.prod",
    "authority = Ledger.prod,  ledger:8443,  ledger.prod",
    "'authority = \"l:443\"',  'unix:/l',    'l:443'",
    "'authority = \"[::1]\"',  ledger:8443,  '[::1]'",
    "authority = keep,         ledger:8443,  ",
  })
  void theAuthorityIsThatOfTheEndpointUnlessItIsSet(String said, String endpoint, String authority)
      throws InvalidConfig {
    OutboundConfig ledger =
        outbound(
            """
            outbound.ledger {
              protocol = http, connect = "%s", allow = [ { uri = "spiffe://prod/ledger" } ], %s
            }
            """
                .formatted(endpoint, said));

    assertThat(List.of(ledger.connect().get(0)))
        .singleElement()
        .extracting(ledger::authority)
        .isEqualTo(authority);
  }
}

package io.sallyport.config;

import static io.sallyport.config.ConfigText.IDENTITY;
import static io.sallyport.config.ConfigText.INBOUND;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.HttpConfig.AccessLog;
import io.sallyport.config.HttpConfig.AppProtocol;
import io.sallyport.config.HttpConfig.PeerHeader;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Listeners of HTTP that are right; what is refused, problems.txt has. */
class HttpReaderTest {

  private static final String ALL =
      """
      inbound.web {
        protocol = http, app-protocol = h2c
        peer-header = [ spiffe-id, xfcc, client-cert ]
        http {
          xfcc-cert = true, xfcc-chain = true, forwarded = true
          trusted-hops = [ "10.0.0.0/8", "fd00::1" ], via = true, trace = true, access-log = common
          max-request-line = 256b, max-header-bytes = 1MiB, max-headers = 7, max-body = 1.5G
          max-pipelined = 1, header-timeout = 1s, request-timeout = 2m, response-timeout = off
          send-timeout = 3s, min-body-rate = off, app-idle-timeout = 5s, app-connections = 0
          max-streams = 7, stream-window = 1k, max-resets = 8, max-control-frames = 9,
          header-table-size = off, max-continuations = 10
        }
      }
      """;

  private final Path folder;

  HttpReaderTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private InboundConfig inbound(String settings) throws InvalidConfig {
    ProxyConfig config =
        ConfigText.read(folder, IDENTITY + INBOUND + "sallyport {\n" + settings + "\n}\n");
    assertThat(config.warnings()).isEmpty();
    return config.inbound().get(0);
  }

  private HttpConfig http(String settings) throws InvalidConfig {
    return requireNonNull(inbound("inbound.web.protocol = http\n" + settings).http());
  }

  @Test
  void tcpHasNoneOfIt() throws InvalidConfig {
    assertThat(inbound("").http()).isNull();
    assertThat(inbound("defaults.inbound { peer-header = xfcc, http.via = true }").http()).isNull();
  }

  @Test
  void fillsInEveryDefault() throws InvalidConfig {
    InboundConfig web = inbound("inbound.web.protocol = http");

    assertThat(web.http())
        .isEqualTo(
            new HttpConfig(
                AppProtocol.HTTP1,
                Set.of(),
                false,
                false,
                false,
                List.of(),
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
                    Duration.ofSeconds(60),
                    100,
                    Duration.ofSeconds(30),
                    64,
                    new Http2Limits(100, 64 * 1024, 200, 200, 4096, 16))));
    assertThat(web.tls().alpn()).containsExactly("h2", "http/1.1");
    assertThat(web.limits().idleTimeout()).isEqualTo(Duration.ofHours(1));
  }

  @Test
  void takesEverySetting() throws Exception {
    assertThat(http(ALL))
        .isEqualTo(
            new HttpConfig(
                AppProtocol.H2C,
                EnumSet.allOf(PeerHeader.class),
                true,
                true,
                true,
                List.of(IpRange.parse("10.0.0.0/8"), IpRange.parse("fd00::1/128")),
                true,
                true,
                AccessLog.COMMON,
                new HttpLimits(
                    256,
                    1024 * 1024,
                    7,
                    3L << 29,
                    1,
                    Duration.ofSeconds(1),
                    Duration.ofMinutes(2),
                    Duration.ZERO,
                    Duration.ofSeconds(3),
                    0,
                    Duration.ofSeconds(5),
                    0,
                    new Http2Limits(7, 1024, 8, 9, 0, 10))));
  }

  /** Or each look at the file would end the resumption of every session. */
  @Test
  void isTheSameWhenItIsReadAgain() throws InvalidConfig {
    assertThat(inbound(ALL)).isEqualTo(inbound(ALL)).hasSameHashCodeAs(inbound(ALL));
    assertThat(inbound(ALL)).isNotEqualTo(inbound(ALL.replace("10.0.0.0/8", "10.0.0.0/9")));
  }

  @ParameterizedTest
  @CsvSource({
    "none, ''",
    "[ none ], ''",
    "xfcc, XFCC",
    "client-cert, CLIENT_CERT",
    "'[ spiffe-id, xfcc ]', XFCC SPIFFE_ID",
  })
  void takesOnePeerHeaderOrAList(String written, String headers) throws InvalidConfig {
    assertThat(http("inbound.web.peer-header = " + written).peerHeaders())
        .extracting(PeerHeader::name)
        .isEqualTo(headers.isEmpty() ? List.of() : List.of(headers.split(" ")));
  }

  @ParameterizedTest
  @CsvSource({"off, 0", "1b, 1", "8k, 8192", "1kB, 1000", "2 MiB, 2097152", "1p, 1125899906842624"})
  void takesSizesAsHoconWritesThem(String written, long bytes) throws InvalidConfig {
    assertThat(http("inbound.web.http.max-body = " + written).limits().maxBodyBytes())
        .isEqualTo(bytes);
  }

  @Test
  void anIdleTimeoutThatIsSetWins() throws InvalidConfig {
    assertThat(idleTimeout("inbound.web { protocol = http, idle-timeout = off }")).isZero();
    assertThat(idleTimeout("inbound.web.protocol = http, defaults.inbound.idle-timeout = 5m"))
        .isEqualTo(Duration.ofMinutes(5));
    assertThat(idleTimeout("inbound.web.idle-timeout = 2h")).isEqualTo(Duration.ofHours(2));
    assertThat(idleTimeout("")).isZero();
  }

  private Duration idleTimeout(String settings) throws InvalidConfig {
    return inbound(settings).limits().idleTimeout();
  }

  @Test
  void takesProtocolAndSettingsFromTheTemplate() throws InvalidConfig {
    InboundConfig web =
        inbound(
            """
            defaults.inbound { protocol = http, peer-header = xfcc, http { via = true, trace = true } }
            inbound.web.http.trace = false
            """);

    HttpConfig http = requireNonNull(web.http());
    assertThat(http.peerHeaders()).containsExactly(PeerHeader.XFCC);
    assertThat(http.via()).isTrue();
    assertThat(http.trace()).isFalse();
  }

  @Test
  void whatIsForXfccMayStandInATemplateWithoutIt() throws InvalidConfig {
    assertThat(http("defaults.inbound.http.xfcc-cert = true").peerHeaders()).isEmpty();
  }

  @Test
  void takesWhatARuleSaysOfRequests() throws InvalidConfig {
    InboundConfig web =
        inbound(
            """
            inbound.web {
              protocol = http
              allow = [ { spiffe = "spiffe://a/b", methods = [ GET, HEAD ], paths = "/api/**", hosts = "*.a" } ]
            }
            """);

    assertThat(web.allow())
        .isEqualTo(
            new Allow.Rules(
                List.of(
                    new Allow.Rule(
                        "inbound.web.allow.0",
                        Map.of(Allow.Field.SPIFFE, List.of("spiffe://a/b")),
                        Map.of(
                            Allow.RequestField.METHODS, List.of("GET", "HEAD"),
                            Allow.RequestField.PATHS, List.of("/api/**"),
                            Allow.RequestField.HOSTS, List.of("*.a")))),
                false));
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.2.3, true",
    "11.1.2.3, false",
    "::ffff:10.1.2.3, true", // the JDK gives it as the IPv4 address
    "::10.1.2.3, false",
    "fd00::1, true",
    "fd00::2, false",
  })
  void believesTheHopsThatAreNamed(String hop, boolean trusted)
      throws InvalidConfig, UnknownHostException {
    HttpConfig http = http("inbound.web.http.trusted-hops = [ \"10.0.0.0/8\", \"fd00::1\" ]");

    assertThat(http.trusts(InetAddress.getByName(hop))).isEqualTo(trusted);
    assertThat(http("").trusts(InetAddress.getByName(hop))).isFalse();
  }
}

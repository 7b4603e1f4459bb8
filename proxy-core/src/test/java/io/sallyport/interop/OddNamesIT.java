package io.sallyport.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.rig.Application;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Names in good certificates that were made to pass for others, to forge logs or to fill them. */
final class OddNamesIT {

  /** Each begins with a name that the rules let in. */
  private enum Kind {
    DNS("client.test"),
    URI("spiffe://test/client"),
    EMAIL("client@test.example"),
    CN("client"),
    OU("clients");

    private final String good;

    Kind(String good) {
      this.good = good;
    }

    TestIdentity issue(Pki pki, String tail) {
      String name = good + tail;
      return pki.ca()
          .issue(
              leaf -> {
                switch (this) {
                  case DNS -> leaf.cn("odd").dns(name);
                  case URI -> leaf.cn("odd").uri(name);
                  case EMAIL -> leaf.cn("odd").email(name);
                  case CN -> leaf.cn(name);
                  case OU -> leaf.cn("odd").ou(name);
                }
              });
    }
  }

  private enum Tail {
    NUL("\0.evil.example"),
    CONTROL("\r\n\u001b[2J\u0007\u007f{\"reason\":\"forged\"}"),
    LONG("x".repeat(64 * 1024));

    private final String text;

    Tail(String text) {
      this.text = text;
    }
  }

  private static final String RULES =
      """
      [ { dns = "client.test" }, { uri = "spiffe://test/client" }, { email = "client@test.example" },
        { cn = client }, { ou = clients } ]
      """;

  private static final int LONGEST_SHOWN = 250;

  private final Pki pki;
  private final RecordedLog log = RecordedLog.start();
  private final Application application = Application.echo();

  OddNamesIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @AfterEach
  void stop() throws IOException {
    application.close();
    log.close();
  }

  static Stream<Arguments> kindsAndVersions() {
    return Stream.of(Kind.values())
        .flatMap(
            kind -> Stream.of("TLSv1.2", "TLSv1.3").map(version -> Arguments.of(kind, version)));
  }

  @ParameterizedTest
  @MethodSource("kindsAndVersions")
  void aNameThatOnlyBeginsLikeAnAllowedOneLetsNobodyIn(Kind kind, String version) throws Exception {
    try (RunningProxy proxy = proxy(RULES)) {
      for (Tail tail : Tail.values()) {
        try (SSLSocket socket =
            pki.connect(kind.issue(pki, tail.text), proxy.port("web"), version)) {
          assertThatThrownBy(() -> exchange(socket)).isInstanceOf(IOException.class);
        }
      }

      assertThat(log.connections("web", 3))
          .allSatisfy(
              line -> {
                assertThat(line.field("reason")).isEqualTo("handshake_failed");
                assertThat(line.field("cause"))
                    .isIn("not_allowed", "bad_certificate", "protocol_error");
              });
      assertThat(application.accepted()).isZero();
      staysHealthy(proxy, kind, version);
    }
  }

  @ParameterizedTest
  @MethodSource("kindsAndVersions")
  void aNameOfAnybodyWhoIsLetInIsShownSafely(Kind kind, String version) throws Exception {
    try (RunningProxy proxy = proxy("any-trusted")) {
      for (Tail tail : Tail.values()) {
        TestIdentity odd = kind.issue(pki, tail.text);
        try (SSLSocket socket = pki.connect(odd, proxy.port("web"), version)) {
          exchange(socket);
        } catch (IOException e) {
          // One that nobody can parse is refused.
        }
      }

      log.connections("web", 3);
      staysHealthy(proxy, kind, version);
    }
  }

  private RunningProxy proxy(String allow) {
    return RunningProxy.with(
        pki,
        """
        inbound.web { listen = "127.0.0.1:0", forward = "%s", allow = %s }
        """
            .formatted(application.address(), allow));
  }

  private static void exchange(SSLSocket socket) throws IOException {
    socket.getOutputStream().write('x');
    if (socket.getInputStream().read() != 'x') {
      throw new IOException("ended");
    }
  }

  /** Nothing of a name is where it could mislead, and whoever bears the name as it is gets in. */
  private void staysHealthy(RunningProxy proxy, Kind kind, String version) throws IOException {
    try (SSLSocket socket = pki.connect(kind.issue(pki, ""), proxy.port("web"), version)) {
      exchange(socket);
      for (String page : List.of("/metrics", "/status")) {
        assertThat(proxy.get(page).body())
            .doesNotContain("evil", "forged", "\u001b", "\0", "xxxxxxxx");
      }
    }
    assertThat(log.connections("web"))
        .flatExtracting(line -> line.fields().values())
        .allSatisfy(value -> assertThat(value).matches("[\\x20-\\x7e]*"))
        .allSatisfy(value -> assertThat(value).hasSizeLessThan(LONGEST_SHOWN));
    assertThat(log.faults()).isEmpty();
  }
}

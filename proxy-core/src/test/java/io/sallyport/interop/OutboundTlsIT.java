package io.sallyport.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.sallyport.rig.OpenSslServer;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.testcerts.PemFiles;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an outbound listener offers and insists on, as a server sees it that is not Java. */
final class OutboundTlsIT {

  private static final String JDK_ENGINE = "half-close = full, tls-min = \"1.3\"";

  private final Pki pki;
  private final RecordedLog log = RecordedLog.start();

  OutboundTlsIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @AfterEach
  void stop() {
    log.close();
  }

  private OpenSslServer server(String... arguments) throws IOException {
    PemFiles files = pki.server().writeTo(pki.folder(), "server");
    return new OpenSslServer(files, List.of(arguments));
  }

  private RunningProxy proxy(OpenSslServer server, String more) {
    return RunningProxy.with(
        pki,
        """
        outbound.away {
          listen = "127.0.0.1:0", connect = "127.0.0.1:%d", identity = client
          %s
        }
        """
            .formatted(server.port(), more));
  }

  /** What the server tells of a connection that it then says hello on. */
  private static String toldBy(OpenSslServer server, RunningProxy proxy) throws IOException {
    try (Socket application = proxy.connect("away")) {
      String told = server.connection();
      server.write("hello\n");
      assertThat(application.getInputStream().readNBytes(6)).asString().isEqualTo("hello\n");
      return told;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", JDK_ENGINE})
  void offersItsAlpnProtocolsFirstPreferredFirst(String engine) throws Exception {
    try (OpenSslServer server = server("-alpn", "http/1.1,acme");
        RunningProxy proxy = proxy(server, engine + "\nalpn = [ \"h2\", \"http/1.1\" ]")) {
      assertThat(toldBy(server, proxy))
          .contains("ALPN protocols advertised by the client: h2, http/1.1")
          .contains("ALPN protocols selected: http/1.1");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", JDK_ENGINE})
  void offersNoAlpnUnlessItIsConfigured(String engine) throws Exception {
    try (OpenSslServer server = server("-alpn", "http/1.1");
        RunningProxy proxy = proxy(server, engine)) {
      assertThat(toldBy(server, proxy)).contains("CIPHER is").doesNotContain("ALPN protocols");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tls-min = \"1.3\"", JDK_ENGINE})
  void refusesAServerThatCanOnlySpeakLessThanTlsMin(String floor) throws Exception {
    try (OpenSslServer server = server("-tls1_2");
        RunningProxy proxy = proxy(server, floor)) {
      try (Socket application = proxy.connect("away")) {
        assertThatThrownBy(() -> application.getInputStream().read())
            .isInstanceOf(IOException.class)
            .hasMessageContaining("reset");
      }
      assertThat(log.connections("away", 1).get(0))
          .satisfies(
              line -> assertThat(line.field("reason")).isEqualTo("upstream_unreachable"),
              line -> assertThat(line.field("cause")).isEqualTo("refused_by_peer"),
              line ->
                  assertThat(line.field("detail"))
                      .isEqualTo(
                          "127.0.0.1:%d: the peer sent alert protocol_version"
                              .formatted(server.port())));
      assertThat(proxy.handshakeFailures("away")).containsExactly(entry("refused_by_peer", 1));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tls-min = \"1.2\"", ""})
  void takesAServerOfTls12ElseAndByDefault(String floor) throws Exception {
    try (OpenSslServer server = server("-tls1_2");
        RunningProxy proxy = proxy(server, floor)) {
      assertThat(toldBy(server, proxy)).contains("CIPHER is ECDHE-");
    }
  }
}

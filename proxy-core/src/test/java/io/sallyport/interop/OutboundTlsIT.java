package io.sallyport.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.sallyport.policy.Peer;
import io.sallyport.relay.CloseReason;
import io.sallyport.rig.OpenSslServer;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.Wire;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an outbound listener offers and insists on, as a server sees it that is not Java. */
final class OutboundTlsIT {

  private static final String HALF_CLOSE_FULL = "half-close = full, tls-min = \"1.3\"";

  // RFC 8446 §6.
  private static final int BAD_RECORD_MAC = 20;
  private static final int HANDSHAKE_FAILURE = 40;
  private static final int UNSUPPORTED_CERTIFICATE = 43;
  private static final int CERTIFICATE_EXPIRED = 45;
  private static final int UNKNOWN_CA = 48;

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
    return server(pki.server(), arguments);
  }

  private OpenSslServer server(TestIdentity who, String... arguments) throws IOException {
    return new OpenSslServer(who.writeTo(pki.folder(), "peer"), List.of(arguments));
  }

  private RunningProxy proxy(OpenSslServer server, String more) {
    return proxy(server.port(), more);
  }

  private RunningProxy proxy(int port, String more) {
    return RunningProxy.with(
        pki,
        """
        outbound.away {
          listen = "127.0.0.1:0", connect = "127.0.0.1:%d", identity = client
          %s
        }
        """
            .formatted(port, more));
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
  @ValueSource(strings = {"", HALF_CLOSE_FULL})
  void offersItsAlpnProtocolsFirstPreferredFirst(String engine) throws Exception {
    try (OpenSslServer server = server("-alpn", "http/1.1,acme");
        RunningProxy proxy = proxy(server, engine + "\nalpn = [ \"h2\", \"http/1.1\" ]")) {
      assertThat(toldBy(server, proxy))
          .contains("ALPN protocols advertised by the client: h2, http/1.1")
          .contains("ALPN protocols selected: http/1.1");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", HALF_CLOSE_FULL})
  void offersNoAlpnUnlessItIsConfigured(String engine) throws Exception {
    try (OpenSslServer server = server("-alpn", "http/1.1");
        RunningProxy proxy = proxy(server, engine)) {
      assertThat(toldBy(server, proxy)).contains("CIPHER is").doesNotContain("ALPN protocols");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tls-min = \"1.3\"", HALF_CLOSE_FULL})
  void refusesAServerThatCanOnlySpeakLessThanTlsMin(String floor) throws Exception {
    try (OpenSslServer server = server("-tls1_2");
        RunningProxy proxy = proxy(server, floor)) {
      try (Socket application = proxy.connect("away")) {
        assertReset(application);
      }
      assertThat(log.connections("away", 1).get(0))
          .satisfies(
              line -> assertThat(line.field("reason")).isEqualTo("upstream_unreachable"),
              line -> assertThat(line.field("cause")).isEqualTo("refused_by_peer"),
              line ->
                  assertThat(line.field("detail"))
                      .isEqualTo(
                          "127.0.0.1:%d: the peer sent alert protocol_version; we came as spiffe://test/client"
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

  private static void assertReset(Socket application) {
    assertThatThrownBy(() -> application.getInputStream().read())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("reset");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void tellsAServerOfAnotherCaThatItIsUnknown(String version) throws Exception {
    TestIdentity stranger =
        TestCa.create(spec -> spec.name("other CA")).issue(leaf -> leaf.ip("127.0.0.1"));
    refuses(version, stranger, "", UNKNOWN_CA, "unknown_ca");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void tellsAServerThatItsCertificateHasExpired(String version) throws Exception {
    refuses(
        version,
        pki.ca().issue(leaf -> leaf.ip("127.0.0.1").expired()),
        "",
        CERTIFICATE_EXPIRED,
        "certificate_expired");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void tellsAServerThatItsCertificateIsForClients(String version) throws Exception {
    refuses(
        version,
        pki.ca().issue(leaf -> leaf.ip("127.0.0.1").client()),
        "",
        UNSUPPORTED_CERTIFICATE,
        "wrong_purpose");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void refusesAServerOfAnotherName(String version) throws Exception {
    refuses(
        version,
        pki.ca().issue(leaf -> leaf.dns("other.test").ip("127.0.0.2")),
        "",
        HANDSHAKE_FAILURE,
        "not_allowed");
    assertThat(log.connections("away").get(0).field("detail"))
        .endsWith("the peer is proven but not allowed: host_name_mismatch");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void refusesAServerThatNoRuleAllows(String version) throws Exception {
    refuses(
        version,
        pki.server(),
        "allow = [ { uri = \"spiffe://test/ledger\" } ]",
        HANDSHAKE_FAILURE,
        "not_allowed");
    assertThat(log.connections("away").get(0).field("detail"))
        .endsWith("the peer is proven but not allowed: no_rule_matched");
  }

  /** It is told by an alert; the application by a reset; and we by a line and a metric. */
  private void refuses(String version, TestIdentity who, String allow, int alert, String reason)
      throws Exception {
    try (OpenSslServer server = server(who, version);
        RunningProxy proxy = proxy(server, allow);
        Socket application = proxy.connect("away")) {
      assertReset(application);

      server.awaitAlert(alert);
      RecordedLog.Line line = log.connections("away", 1).get(0);
      assertThat(line.field("reason")).isEqualTo("upstream_unreachable");
      assertThat(line.field("cause")).isEqualTo(reason);
      assertThat(line.field("detail")).startsWith("127.0.0.1:%d: ".formatted(server.port()));
      assertThat(line.field("peer")).isEqualTo(Peer.of(who.leaf()).displayName());
      assertThat(proxy.handshakeFailures("away")).containsExactly(entry(reason, 1));
      assertThat(log.faults()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"-tls1_2, ''", "-tls1_3, ''", "-tls1_3, '" + HALF_CLOSE_FULL + "'"})
  void endsBothSidesAtOnceAfterABrokenRecordOfTheServer(String version, String engine)
      throws Exception {
    try (OpenSslServer server = server(version);
        Wire wire = Wire.to(server.port());
        RunningProxy proxy = proxy(wire.port(), engine);
        Socket application = proxy.connect("away")) {
      server.connection();
      server.write("hello\n");
      assertThat(application.getInputStream().readNBytes(6)).asString().isEqualTo("hello\n");
      wire.spoilAnswers();
      server.write("again\n");

      assertReset(application);
      server.awaitAlert(BAD_RECORD_MAC);
      RecordedLog.Line line = log.connections("away", 1).get(0);
      assertThat(line.field("reason")).isEqualTo("tls_error");
      assertThat(line.field("cause")).isEqualTo("protocol_error");
      assertThat(line.field("peer")).isEqualTo("spiffe://test/server");
      assertThat(line.field("bytes_to_application")).isEqualTo("6");
      proxy.awaitClosed("away", CloseReason.TLS_ERROR, 1);
      assertThat(proxy.handshakeFailures("away")).isEmpty();
      assertThat(log.faults()).isEmpty();
    }
  }
}

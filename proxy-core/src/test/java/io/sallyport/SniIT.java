package io.sallyport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.sallyport.rig.Application;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program;
import io.sallyport.rig.Program.Outcome;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.SlicedSocket;
import io.sallyport.rig.SlicedSocket.Slices;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several certificates on one listener, of which the server name chooses (RFC 6066 §3). */
final class SniIT {

  private static final String CONFIG =
      """
      reload.interval = off
      identities.shop { certificate = "shop.crt", key = "shop.key", trust = "ca.crt" }
      identities.wild { certificate = "wild.crt", key = "wild.key", trust = "ca.crt" }
      defaults.inbound {
        listen = "127.0.0.1:0", forward = "%s", allow = [ { uri = "spiffe://test/client" } ]
        identity = [ shop, wild ]
      }
      inbound.strict {}
      inbound.lenient { sni-required = false }
      inbound.full { half-close = full, tls-min = 1.3 }
      inbound.only { identity = shop, sni-required = true }
      """;

  /** OpenSSL's words for these differ from one version to the next. */
  private static final String UNRECOGNIZED_NAME = "SSL alert number 112";

  private static final String MISSING_EXTENSION = "SSL alert number 109";

  private final Pki pki;
  private final Application application;
  private final String config;
  private final RunningProxy proxy;

  SniIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    pki.issue("shop", leaf -> leaf.cn("shop").dns("shop.test").dns("buy.shop.test"));
    pki.issue("wild", leaf -> leaf.cn("wild").dns("*.shop.test").dns("under_score.test"));
    application = Application.echo();
    config = CONFIG.formatted(application.address());
    proxy = RunningProxy.with(pki, config);
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    application.close();
  }

  /** By openssl, which sends whatever name it is told. */
  private Outcome ask(String listener, String version, String... name) {
    List<String> command = command(listener, version);
    command.addAll(name.length == 0 ? List.of("-noservername") : List.of("-servername", name[0]));
    try (Program client = Program.start(command)) {
      client.endInput();
      return client.awaitEnd();
    }
  }

  private List<String> command(String listener, String version) {
    return new ArrayList<>(
        List.of(
            Program.installed("openssl"),
            "s_client",
            version,
            "-connect",
            "127.0.0.1:" + proxy.port(listener),
            "-cert",
            pki.file("client.crt").toString(),
            "-key",
            pki.file("client.key").toString(),
            "-CAfile",
            pki.file("ca.crt").toString()));
  }

  private static String shown(Outcome outcome) {
    return outcome
        .output()
        .lines()
        .filter(line -> line.startsWith("subject="))
        .map(line -> line.replace("subject=", "").replace(" ", "").replace("CN=", ""))
        .findFirst()
        .orElse("nobody");
  }

  @ParameterizedTest
  @CsvSource({
    "shop.test, shop",
    "SHOP.Test, shop",
    "buy.shop.test, shop",
    "sell.shop.test, wild",
    "Sell.Shop.TEST, wild",
    "under_score.test, wild",
    "buy.shop.test., shop",
    "sell.shop.test., wild"
  })
  void theNameChoosesTheCertificate(String name, String shown) {
    assertThat(shown(ask("strict", "-tls1_2", name))).isEqualTo(shown);
    assertThat(shown(ask("strict", "-tls1_3", name))).isEqualTo(shown);
    assertThat(shown(ask("lenient", "-tls1_3", name))).isEqualTo(shown);
    if (name.indexOf('_') < 0 && !name.endsWith(".")) { // which Java takes for no names
      assertThat(shown(ask("full", "-tls1_3", name))).isEqualTo(shown);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "other.test",
        "a.b.shop.test",
        ".shop.test",
        "*.shop.test",
        "shop.test.evil.test",
        "test",
        "127.0.0.1",
        "shop.test..",
        "sh\u00f6p.test"
      })
  void whoAsksForAnotherNameIsShownNoneAndToldWhy(String name) {
    for (String version : List.of("-tls1_2", "-tls1_3")) {
      Outcome refused = ask("strict", version, name);
      assertThat(shown(refused)).isEqualTo("nobody");
      assertThat(refused.output()).contains(UNRECOGNIZED_NAME);
    }
    assertThat(proxy.handshakeFailures("strict")).containsExactly(entry("unknown_server_name", 2));
    assertThat(ask("full", "-tls1_3", name).output()).contains(UNRECOGNIZED_NAME);
    assertThat(proxy.handshakeFailures("full")).containsExactly(entry("unknown_server_name", 1));
    assertThat(shown(ask("lenient", "-tls1_3", name))).isEqualTo("shop");
    assertThat(ask("only", "-tls1_3", name).output()).contains(UNRECOGNIZED_NAME);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void whoAsksForNoNameIsShownNone(String version) {
    Outcome refused = ask("strict", version);

    assertThat(shown(refused)).isEqualTo("nobody");
    assertThat(refused.output()).contains(MISSING_EXTENSION);
    assertThat(proxy.handshakeFailures("strict")).containsExactly(entry("unknown_server_name", 1));
    assertThat(ask("only", version).output()).contains(MISSING_EXTENSION);
    assertThat(shown(ask("lenient", version))).isEqualTo("shop");
    assertThat(application.accepted()).isLessThan(2); // for who leaves at once may be too fast
  }

  /** By Java, which shows what it got and can be made to send a ClientHello in pieces. */
  private String shownTo(SSLSocket peer, String name) throws IOException {
    SSLParameters parameters = peer.getSSLParameters();
    parameters.setServerNames(List.of(new SNIHostName(name)));
    peer.setSSLParameters(parameters);
    peer.getOutputStream().write('x');
    assertThat(peer.getInputStream().read()).isEqualTo('x');
    X509Certificate shown = (X509Certificate) peer.getSession().getPeerCertificates()[0];
    return shown.getSubjectX500Principal().getName().replace("CN=", "");
  }

  private SSLSocket sliced(String listener, String version, Slices slices) throws IOException {
    return pki.over(new SlicedSocket(proxy.port(listener), slices), pki.client(), version);
  }

  @ParameterizedTest
  @EnumSource(Slices.class)
  void aClientHelloInPiecesOfOneByteChoosesTheSame(Slices slices) throws Exception {
    for (String listener : List.of("strict", "lenient", "full")) {
      for (String version : List.of("TLSv1.2", "TLSv1.3")) {
        if (listener.equals("full") && version.equals("TLSv1.2")) {
          continue;
        }
        try (SSLSocket first = sliced(listener, version, slices);
            SSLSocket second = sliced(listener, version, slices)) {
          assertThat(shownTo(first, "buy.shop.test")).isEqualTo("shop");
          assertThat(shownTo(second, "sell.shop.test")).isEqualTo("wild");
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Slices.class)
  void aClientHelloInPiecesOfOneByteIsRefusedAlike(Slices slices) throws Exception {
    try (SSLSocket peer = sliced("strict", "TLSv1.3", slices)) {
      assertThatThrownBy(() -> shownTo(peer, "other.test"))
          .hasMessageContaining("unrecognized_name");
    }
    assertThat(proxy.handshakeFailures("strict")).containsExactly(entry("unknown_server_name", 1));
  }

  @Test
  void theLogSaysWhatWasAskedForWithNothingInItThatIsNotText() throws Exception {
    try (RecordedLog log = RecordedLog.start()) {
      ask("strict", "-tls1_3", "evil\u001b[31m\n" + "x".repeat(240));
      ask("strict", "-tls1_3");

      assertThat(log.connections("strict", 2))
          .extracting(line -> line.field("detail"))
          .satisfiesExactly(
              detail ->
                  assertThat(detail)
                      .startsWith("none of our certificates has the server name evil?[31m?xxx")
                      .hasSizeLessThan(250),
              detail -> assertThat(detail).isEqualTo("the peer asked for no server name"));
      assertThat(log.faults()).isEmpty();
    }
  }

  @Test
  void aClientHelloBeyondEveryMeasureIsThePeersFaultAndNothingIsKept() throws Exception {
    try (RecordedLog log = RecordedLog.start();
        Socket peer = new Socket(InetAddress.getLoopbackAddress(), proxy.port("strict"))) {
      peer.setSoTimeout(20_000);
      // A handshake record that begins a ClientHello of 16 MiB less a byte.
      peer.getOutputStream()
          .write(new byte[] {22, 3, 1, 0, 5, 1, (byte) 0xff, (byte) 0xff, (byte) 0xff, 3});

      assertThat(peer.getInputStream().read()).isEqualTo(-1);
      assertThat(log.connections("strict", 1)).hasSize(1);
      assertThat(log.faults()).isEmpty();
    }
    assertThat(proxy.handshakeFailures("strict")).containsExactly(entry("protocol_error", 1));
  }

  @Test
  void aClientHelloThatOnlyGrowsIsEndedLongBeforeItIsAsLongAsItSays() throws Exception {
    try (RecordedLog log = RecordedLog.start();
        Socket peer = new Socket(InetAddress.getLoopbackAddress(), proxy.port("strict"))) {
      peer.setSoTimeout(20_000);
      ByteArrayOutputStream records = new ByteArrayOutputStream();
      records.writeBytes(new byte[] {22, 3, 1, 0, 4, 1, 0, 0x3f, (byte) 0xf0});
      for (int i = 0; i < 6000; i++) {
        records.writeBytes(new byte[] {22, 3, 1, 0, 1, 0});
      }
      peer.getOutputStream().write(records.toByteArray());

      assertThat(peer.getInputStream().readAllBytes()).containsExactly(21, 3, 3, 0, 2, 2, 50);
      assertThat(log.connections("strict", 1).get(0).field("detail"))
          .isEqualTo("ClientHello in too many records");
      assertThat(log.faults()).isEmpty();
    }
  }

  @Test
  void whatIsNoClientHelloIsToldAsItIsWithoutARequiredName() throws Exception {
    try (Socket peer = new Socket(InetAddress.getLoopbackAddress(), proxy.port("strict"))) {
      peer.setSoTimeout(20_000);
      peer.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(UTF_8));
      assertThat(peer.getInputStream().read()).isEqualTo(-1);
    }
    assertThat(proxy.handshakeFailures("strict")).containsExactly(entry("plain_http", 1));
  }

  @Test
  void aResumedSessionMustAskForAName() {
    String session = pki.file("session.pem").toString();
    assertThat(echoed("strict", "-tls1_3", "-servername", "shop.test", "-sess_out", session))
        .contains("New, ");

    assertThat(echoed("strict", "-tls1_3", "-servername", "shop.test", "-sess_in", session))
        .contains("Reused, ");
    assertThat(echoed("strict", "-tls1_3", "-noservername", "-sess_in", session))
        .contains(MISSING_EXTENSION);
  }

  @ParameterizedTest
  @CsvSource({
    "only, -tls1_2, shop.test",
    "strict, -tls1_3, shop.test",
    "lenient, -tls1_3, sell.shop.test"
  })
  void aSessionIsResumedByOneIdentityAndInTls13ByAny(String listener, String version, String name) {
    String session = pki.file("session.pem").toString();
    assertThat(echoed(listener, version, "-servername", "shop.test", "-sess_out", session))
        .contains("New, ", "echo this");

    assertThat(echoed(listener, version, "-servername", name, "-sess_in", session))
        .contains("Reused, ", "echo this");
  }

  @ParameterizedTest
  @ValueSource(strings = {"strict", "lenient"})
  void inTls12NoSessionIsGivenThatCouldBeResumedUnderAnotherName(String listener) {
    Path session = pki.file("session.pem");

    assertThat(
            echoed(
                listener, "-tls1_2", "-servername", "shop.test", "-sess_out", session.toString()))
        .contains("New, ", "echo this");

    assertThat(session).doesNotExist();
  }

  private String echoed(String listener, String version, String... more) {
    List<String> command = command(listener, version);
    command.addAll(List.of(more));
    try (Program client = Program.start(command)) {
      client.send("echo this\n");
      client.awaitLine(line -> line.endsWith("echo this") || line.contains("SSL alert"));
      client.endInput();
      return client.awaitEnd().output();
    }
  }

  @Test
  void aRenewedCertificateIsShownByItsNewNamesAndTheOthersStay() throws Exception {
    pki.issue("wild", leaf -> leaf.cn("renewed").dns("new.test"));

    assertThat(proxy.reload().problems()).isEmpty();

    assertThat(shown(ask("strict", "-tls1_3", "new.test"))).isEqualTo("renewed");
    assertThat(shown(ask("strict", "-tls1_3", "shop.test"))).isEqualTo("shop");
    assertThat(ask("strict", "-tls1_3", "sell.shop.test").output()).contains(UNRECOGNIZED_NAME);
  }

  @Test
  void anIdentityIsAddedWithoutAnEndToWhatIsOpen() throws Exception {
    pki.issue("more", leaf -> leaf.cn("more").dns("more.test"));
    try (SSLSocket open = pki.connect(pki.client(), proxy.port("strict"), "TLSv1.3")) {
      assertThat(shownTo(open, "shop.test")).isEqualTo("shop");
      proxy.rewrite(
          config.replace(
              "identity = [ shop, wild ]",
              """
              identity = [ shop, wild, more ] }
              identities.more { certificate = "more.crt", key = "more.key", trust = "ca.crt"
              """));

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 3, 0));

      assertThat(shown(ask("strict", "-tls1_3", "more.test"))).isEqualTo("more");
      open.getOutputStream().write('y');
      assertThat(open.getInputStream().read()).isEqualTo('y');
    }
  }

  @Test
  void checkWarnsOfNamesThatChooseNothing() throws Exception {
    pki.issue("wild", leaf -> leaf.cn("wild").uri("spiffe://test/no-name"));
    pki.issue("twin", leaf -> leaf.cn("twin").dns("SHOP.test").dns("twin.test"));
    Path file =
        RunningProxy.write(
            pki,
            config.replace(
                "identity = [ shop, wild ]",
                """
                identity = [ shop, wild, twin ] }
                identities.twin { certificate = "twin.crt", key = "twin.key", trust = "ca.crt"
              """));

    assertThat(Proxy.check(Proxy.read(file)).warnings())
        .extracting(problem -> problem.toString().replaceAll(" \\(.*?\\)", ""))
        .contains(
            "inbound.strict.identity: no server name selects wild, whose certificate has no DNS"
                + " name; have it issued with the names that peers ask for, or leave it out",
            "inbound.strict.identity: who asks for shop.test is shown shop, though twin has it too;"
                + " let each name be in one certificate");
  }
}

package io.sallyport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.sallyport.rig.Application;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ClientHellos that no client would send, where a name of ours must be asked for. */
final class ClientHelloIT {

  private static final String CONFIG =
      """
      reload.interval = off
      identities.shop { certificate = "shop.crt", key = "shop.key", trust = "ca.crt" }
      defaults.inbound {
        listen = "127.0.0.1:0", forward = "%s", allow = [ { uri = "spiffe://test/client" } ]
        identity = shop, sni-required = true
      }
      inbound.strict {}
      inbound.hasty { handshake-timeout = 1s }
      """;

  private static final int HOST_NAME = 0;
  private static final int SERVER_NAME = 0;
  private static final int HANDSHAKE = 22;

  private final Pki pki;
  private final Application application;
  private final RunningProxy proxy;

  ClientHelloIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    pki.issue("shop", leaf -> leaf.cn("shop").dns("shop.test"));
    application = Application.echo();
    proxy = RunningProxy.with(pki, CONFIG.formatted(application.address()));
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    application.close();
  }

  private static byte[] name(int type, byte[] name) {
    return joined(new byte[] {(byte) type}, sized(2, name));
  }

  private static byte[] host(String name) {
    return name(HOST_NAME, name.getBytes(UTF_8));
  }

  /** The extension with these names. */
  private static byte[] names(byte[]... names) {
    return extension(SERVER_NAME, sized(2, names));
  }

  private static byte[] extension(int type, byte[]... content) {
    return joined(new byte[] {0, (byte) type}, sized(2, content));
  }

  /** A record of a ClientHello that BoringSSL takes, with TLS 1.3 and 1.2, and these names. */
  private static byte[] hello(byte[]... serverNames) {
    byte[] others =
        HexFormat.of()
            .parseHex(
                "000a00040002001d" // supported_groups: X25519
                    + "000d0006000404030804" // signature_algorithms: ECDSA and PSS over SHA-256
                    + "002b0005040304"
                    + "0303" // supported_versions
                    + "003300260024001d0020"
                    + "09".repeat(32)); // key_share
    byte[] body =
        joined(
            HexFormat.of().parseHex("0303" + "07".repeat(32) + "00" + "00041301c02b" + "0100"),
            sized(2, joined(serverNames), others));
    return joined(new byte[] {HANDSHAKE, 3, 1}, sized(2, new byte[] {1}, sized(3, body)));
  }

  private static byte[] sized(int octets, byte[]... contents) {
    byte[] content = joined(contents);
    byte[] size = new byte[octets];
    for (int i = 0; i < octets; i++) {
      size[i] = (byte) (content.length >> (8 * (octets - 1 - i)));
    }
    return joined(size, content);
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private Socket open(String listener) throws IOException {
    Socket peer = new Socket(InetAddress.getLoopbackAddress(), proxy.port(listener));
    peer.setSoTimeout(20_000);
    return peer;
  }

  /** The alert with which it is refused. */
  private int refused(byte[]... sent) throws IOException {
    try (Socket peer = open("strict")) {
      peer.getOutputStream().write(joined(sent));
      byte[] answer = peer.getInputStream().readAllBytes();
      assertThat(answer).hasSize(7).startsWith(21, 3).containsSequence(0, 2, 2);
      return answer[6];
    }
  }

  private void isAnswered(byte[]... sent) throws IOException {
    try (Socket peer = open("strict")) {
      peer.getOutputStream().write(joined(sent));
      assertThat(peer.getInputStream().read()).isEqualTo(HANDSHAKE);
    }
  }

  @Test
  void itsOnlyNameIsAsked() throws Exception {
    isAnswered(hello(names(host("shop.test"))));
    isAnswered(hello(names(host("SHOP.test."))));
  }

  @Test
  void whatOtherReadersMayTakeForOurNameIsAnotherName() throws Exception {
    for (byte[] name :
        List.of(
            host("evil.test"),
            host(""),
            host("."),
            host("\0"),
            host("\0shop.test"),
            host("shop.test\0"),
            host("shop.test\0.evil.test"),
            host("sh\u00f6p.test"),
            host("a".repeat(245) + ".shop.test"),
            host("a".repeat(246) + ".shop.test"),
            host("a".repeat(2000)))) {
      assertThat(refused(hello(names(name)))).isEqualTo(112);
    }
    assertThat(proxy.handshakeFailures("strict")).containsExactly(entry("unknown_server_name", 11));
  }

  @Test
  void whoSendsNoNameOfAHostAsksForNone() throws Exception {
    assertThat(refused(hello())).isEqualTo(109);
    assertThat(refused(hello(names()))).isEqualTo(109);
    assertThat(refused(hello(extension(SERVER_NAME)))).isEqualTo(109);
    assertThat(refused(hello(names(name(1, "shop.test".getBytes(UTF_8)))))).isEqualTo(109);
    assertThat(proxy.handshakeFailures("strict")).containsExactly(entry("unknown_server_name", 4));
  }

  @Test
  void aNameOfOursDoesNotBringInWhatStandsBesideIt() throws Exception {
    byte[] ours = host("shop.test");
    byte[] theirs = host("evil.test");

    assertThat(refused(hello(names(ours, theirs)))).isEqualTo(50);
    assertThat(refused(hello(names(theirs, ours)))).isEqualTo(112);
    assertThat(refused(hello(names(ours), names(theirs)))).isEqualTo(50);
    assertThat(refused(hello(names(ours), names(ours)))).isEqualTo(50);
    assertThat(refused(hello(names(theirs), names(ours)))).isEqualTo(112);
    assertThat(refused(hello(extension(SERVER_NAME, sized(2, ours), new byte[1])))).isEqualTo(50);
    assertThat(proxy.handshakeFailures("strict"))
        .containsExactly(entry("protocol_error", 4), entry("unknown_server_name", 2));
  }

  /** BoringSSL passes over four; they do not bring a ClientHello past us. */
  @Test
  void aWarningBeforeItChangesNoAnswer() throws Exception {
    byte[] warning = {21, 3, 1, 0, 2, 1, 90};

    assertThat(refused(warning, hello(names(host("evil.test"))))).isEqualTo(112);
    assertThat(refused(warning, warning, warning, warning, hello())).isEqualTo(109);
    isAnswered(warning, warning, hello(names(host("shop.test"))));
    assertThat(proxy.handshakeFailures("strict")).containsEntry("unknown_server_name", 2);
    assertThat(refused(warning, warning, warning, warning, warning, hello())).isEqualTo(50);
  }

  @ParameterizedTest
  @CsvSource({"15030100020228, refused_by_peer", "15030100020100, refused_by_peer"})
  void anAlertThatEndsTheHandshakeEndsIt(String record, String failure) throws Exception {
    try (Socket peer = open("strict")) {
      peer.getOutputStream().write(HexFormat.of().parseHex(record));
      peer.shutdownOutput();
      peer.getInputStream().readAllBytes();
    }
    assertThat(proxy.handshakeFailures("strict")).containsOnlyKeys(failure);
  }

  @Test
  void aWarningInsideItIsLoggedForWhatItHid() throws Exception {
    byte[] hello = hello(names(host("evil.test")));
    byte[] begun = Arrays.copyOfRange(hello, 5, 20);
    byte[] rest = Arrays.copyOfRange(hello, 20, hello.length);
    byte[] start = {HANDSHAKE, 3, 1};
    byte[] warning = {21, 3, 1, 0, 2, 1, 90};

    assertThat(refused(start, sized(2, begun), warning, start, sized(2, rest))).isPositive();
    assertThat(proxy.handshakeFailures("strict")).containsExactly(entry("unknown_server_name", 1));
  }

  @Test
  void whoNeverEndsItIsGivenTheTimeOfAnyHandshake() throws Exception {
    byte[] hello = hello(names(host("shop.test")));
    try (RecordedLog log = RecordedLog.start();
        Socket peer = open("hasty")) {
      peer.getOutputStream().write(hello, 0, 40);

      peer.getInputStream().readAllBytes();

      assertThat(log.connections("hasty", 1).get(0).field("cause")).isEqualTo("timeout");
    }
  }

  @Test
  void whoLeavesInTheMiddleOfItIsSaidToHaveLeft() throws Exception {
    byte[] hello = hello(names(host("shop.test")));
    try (RecordedLog log = RecordedLog.start();
        Socket peer = open("strict")) {
      peer.getOutputStream().write(hello, 0, 40);
      peer.shutdownOutput();

      peer.getInputStream().readAllBytes();

      assertThat(log.connections("strict", 1).get(0).field("cause")).isEqualTo("peer_closed");
    }
  }

  @Test
  void aSecondOneAfterAHelloRetryRequestIsAnsweredToo() throws Exception {
    List<String> command =
        List.of(
            Program.installed("openssl"),
            "s_client",
            "-tls1_3",
            "-msg",
            "-groups",
            "P-521:P-256", // its key share is of the first, which we do not take
            "-servername",
            "shop.test",
            "-connect",
            "127.0.0.1:" + proxy.port("strict"),
            "-cert",
            pki.file("client.crt").toString(),
            "-key",
            pki.file("client.key").toString());
    try (Program client = Program.start(command)) {
      client.send("echo this\n");
      client.awaitLine(line -> line.endsWith("echo this"));
      client.endInput();
      assertThat(client.awaitEnd().output().split(", ClientHello", -1)).hasSize(3);
    }
  }
}

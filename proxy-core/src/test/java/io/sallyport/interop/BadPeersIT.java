package io.sallyport.interop;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.sallyport.rig.Application;
import io.sallyport.rig.Curl;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.Level;

/** What ends a connection that is no proper TLS: nothing of it reaches the application. */
final class BadPeersIT {

  /** A handshake record of 512 bytes, of which these are the first: a ClientHello begins. */
  private static final byte[] HALF_A_CLIENT_HELLO = {
    22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
  };

  private final Pki pki;
  private final RecordedLog log = RecordedLog.start();
  private final Application application = Application.echo();

  BadPeersIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @AfterEach
  void stop() throws IOException {
    application.close();
    log.close();
  }

  private RunningProxy proxy(String more) {
    return RunningProxy.with(
        pki,
        """
        inbound.web {
          listen = "127.0.0.1:0"
          forward = "%s"
          allow = [ { uri = "spiffe://test/*" } ]
          %s
        }
        """
            .formatted(application.address(), more));
  }

  private static Socket connect(RunningProxy proxy) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port("web"));
    socket.setSoTimeout(20_000);
    return socket;
  }

  /** The one line of the one connection, which failed so; nothing has reached the application. */
  private RecordedLog.Line refused(RunningProxy proxy, String reason) throws InterruptedException {
    RecordedLog.Line line = log.connections("web", 1).get(0);
    assertThat(line.field("reason")).isEqualTo("handshake_failed");
    assertThat(line.field("cause")).isEqualTo(reason);
    assertThat(line.field("remote")).startsWith("127.0.0.1:");
    assertThat(proxy.handshakeFailures("web")).containsExactly(entry(reason, 1));
    assertThat(application.accepted()).isZero();
    proxy.close();
    assertThat(log.connections("web")).hasSize(1);
    assertThat(log.faults()).isEmpty();
    return line;
  }

  @Test
  void refusesPlainHttp() throws Exception {
    try (RunningProxy proxy = proxy("")) {
      Program.Outcome curl = Curl.of(pki).get("http://127.0.0.1:" + proxy.port("web") + "/");
      assertThat(curl.exitCode()).isNotZero();
      refused(proxy, "plain_http");
    }
  }

  @Test
  void refusesGarbage() throws Exception {
    try (RunningProxy proxy = proxy("");
        Socket socket = connect(proxy)) {
      socket.getOutputStream().write("SSH-2.0-OpenSSH_9.2\r\n".getBytes(US_ASCII));
      socket.getInputStream().readAllBytes();
      refused(proxy, "not_tls");
    }
  }

  @Test
  void waitsForTheRestOfAClientHelloUntilTheDeadline() throws Exception {
    try (RunningProxy proxy = proxy("handshake-timeout = 200ms");
        Socket socket = connect(proxy)) {
      socket.getOutputStream().write(HALF_A_CLIENT_HELLO);
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
      refused(proxy, "timeout");
    }
  }

  @Test
  void tellsWhoWentAwayInTheMiddle() throws Exception {
    try (RunningProxy proxy = proxy("")) {
      try (Socket socket = connect(proxy)) {
        socket.getOutputStream().write(HALF_A_CLIENT_HELLO);
      }
      refused(proxy, "peer_closed");
    }
  }

  @Test
  void tellsWhoResetInTheMiddle() throws Exception {
    try (RunningProxy proxy = proxy("")) {
      try (Socket socket = connect(proxy)) {
        socket.getOutputStream().write(wholeClientHello());
        // Once it is answered it has been read; a reset takes back what has not been.
        assertThat(socket.getInputStream().read()).isEqualTo(22);
        socket.setSoLinger(true, 0);
      }
      refused(proxy, "peer_closed");
    }
  }

  private byte[] wholeClientHello() throws IOException {
    SSLEngine engine = pki.context(null).createSSLEngine();
    engine.setUseClientMode(true);
    ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), record);
    return Arrays.copyOf(record.array(), record.position());
  }

  @Test
  void keepsQuietOfWhoSendsNothing() throws Exception {
    try (RunningProxy proxy = proxy("")) {
      connect(proxy).close();
      assertThat(refused(proxy, "no_bytes").level()).isEqualTo(Level.DEBUG);
    }
  }

  @Test
  void refusesOpenSslWithTls11() throws Exception {
    try (RunningProxy proxy = proxy("")) {
      Program.Outcome client =
          Program.run(
              List.of(
                  Program.installed("openssl"),
                  "s_client",
                  "-connect",
                  "127.0.0.1:" + proxy.port("web"),
                  "-tls1_1",
                  "-cipher",
                  "DEFAULT@SECLEVEL=0"));
      assertThat(client.output()).contains("alert protocol version");
      refused(proxy, "unsupported_version");
    }
  }

  @Test
  void escapesTheNameOfWhoItRefuses() throws Exception {
    pki.issue("odd", leaf -> leaf.cn("eve\n{\"reason\":\"forged\"}\u001b[2J\u202e").anyPurpose());
    try (RunningProxy proxy = proxy("")) {
      Curl.of(pki).as("odd").get(proxy.port("web"));
      RecordedLog.Line line = refused(proxy, "not_allowed");
      assertThat(line.field("peer")).contains("eve\\u000a", "\\u001b[2J\\u202e");
      assertThat(line.fields().values()).allSatisfy(BadPeersIT::isPrintable);
    }
  }

  private static void isPrintable(String value) {
    assertThat(value).matches("[\\x20-\\x7e]*");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void endsBothSidesAtOnceAfterABrokenRecord(String version) throws Exception {
    try (RunningProxy proxy = proxy("");
        Wire wire = Wire.to(proxy.port("web"));
        Program client =
            Program.start(
                List.of(
                    Program.installed("openssl"),
                    "s_client",
                    "-connect",
                    "127.0.0.1:" + wire.port(),
                    version,
                    "-quiet",
                    "-cert",
                    pki.file("client.crt").toString(),
                    "-key",
                    pki.file("client.key").toString()))) {
      client.send("whole\n");
      client.awaitLine("whole"::equals);
      wire.spoil();
      client.send("broken\n");

      assertThat(client.awaitEnd().output()).contains("alert bad record mac");
      assertThat(application.nextEnding()).contains("reset");
      RecordedLog.Line line = log.connections("web", 1).get(0);
      assertThat(line.field("reason")).isEqualTo("tls_error");
      assertThat(line.field("peer")).isEqualTo("spiffe://test/client");
      assertThat(line.field("bytes_to_application")).isEqualTo("6");
      assertThat(proxy.handshakeFailures("web")).isEmpty();
      assertThat(log.faults()).isEmpty();
    }
  }
}

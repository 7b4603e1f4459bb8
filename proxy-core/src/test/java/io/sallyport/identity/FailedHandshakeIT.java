package io.sallyport.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.IdentityConfig;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.config.ListenerConfig.HalfClose;
import io.sallyport.config.ListenerConfig.Tls;
import io.sallyport.config.ListenerConfig.TlsFloor;
import io.sallyport.testcerts.TestCa;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of handshakes that go wrong on the wire. */
class FailedHandshakeIT {
  private static final String HALF_A_RECORD = "\u0016\u0003\u0001";

  private final TestSetup setup;
  private final TestCa ca = TestCa.create();

  FailedHandshakeIT(@TempDir Path directory) {
    setup = new TestSetup(directory);
  }

  @Test
  void tellsWhatCameInsteadOfTls() throws Exception {
    Map<String, HandshakeFailure> cases =
        Map.of(
            "",
            HandshakeFailure.NO_BYTES,
            HALF_A_RECORD,
            HandshakeFailure.PEER_CLOSED,
            "GET / HTTP/1.1\r\n\r\n",
            HandshakeFailure.PLAIN_HTTP,
            "OPTIONS * HTTP/1.1\r\n",
            HandshakeFailure.PLAIN_HTTP,
            "HTTP/1.1 400 Bad Request\r\n",
            HandshakeFailure.PLAIN_HTTP,
            "garbage-garbage\n",
            HandshakeFailure.NOT_TLS,
            "\u0016\u0003\u0001\u0000\u0005hello",
            HandshakeFailure.PROTOCOL_ERROR,
            "\u0017\u0003\u0003\u0000\u0002ab",
            HandshakeFailure.PROTOCOL_ERROR,
            "\u0015\u0003\u0001\u0000\u0002\u0002(",
            HandshakeFailure.REFUSED_BY_PEER);
    try (PeerServer server = server(TlsFloor.TLS_1_3, ClientAuth.REQUIRE)) {
      for (Map.Entry<String, HandshakeFailure> each : cases.entrySet()) {
        send(server, each.getKey());

        FailedHandshake failed = server.nextFailure();
        assertThat(failed.failure()).as(each.getKey()).isEqualTo(each.getValue());
        assertThat(failed.detail()).matches("[ -~]{1,200}");
      }
    }
  }

  @Test
  void tellsWhatThePeerLacks() throws Exception {
    try (PeerServer server = server(TlsFloor.TLS_1_3, ClientAuth.REQUIRE)) {
      fails(server, HandshakeFailure.UNSUPPORTED_VERSION, "-tls1_2");
      fails(
          server,
          HandshakeFailure.NOTHING_IN_COMMON,
          "-tls1_3",
          "-ciphersuites",
          "TLS_AES_128_CCM_SHA256");
      fails(server, HandshakeFailure.NOTHING_IN_COMMON, "-tls1_3", "-sigalgs", "RSA-PSS+SHA256");
      fails(server, HandshakeFailure.NO_CERTIFICATE, "-tls1_3", "-ign_eof");
    }
  }

  @Test
  void tellsWhatAnOldPeerLacks() throws Exception {
    try (PeerServer server = server(TlsFloor.TLS_1_2, ClientAuth.NONE)) {
      fails(server, HandshakeFailure.UNSUPPORTED_VERSION, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0");
      fails(
          server,
          HandshakeFailure.NOTHING_IN_COMMON,
          "-tls1_2",
          "-cipher",
          "ECDHE-ECDSA-AES128-SHA");
      fails(
          server,
          HandshakeFailure.NOTHING_IN_COMMON,
          "-tls1_2",
          "-cipher",
          "ECDHE-RSA-AES128-GCM-SHA256");
      fails(server, HandshakeFailure.NOTHING_IN_COMMON, "-tls1_3", "-groups", "P-521");
    }
  }

  @Test
  void namesTheAlertOfAPeerThatRefusesUs() throws Exception {
    String other =
        setup.file(TestCa.create(spec -> spec.name("Other")).certificatePem()).toString();
    try (PeerServer server = server(TlsFloor.TLS_1_3, ClientAuth.REQUIRE)) {
      FailedHandshake failed =
          fails(
              server,
              HandshakeFailure.REFUSED_BY_PEER,
              "-tls1_3",
              "-verify_return_error",
              "-CAfile",
              other);
      assertThat(failed.detail()).isEqualTo("the peer sent alert unknown_ca");
    }
    try (PeerServer server = server(TlsFloor.TLS_1_2, ClientAuth.NONE)) {
      FailedHandshake failed =
          fails(
              server,
              HandshakeFailure.REFUSED_BY_PEER,
              "-tls1_2",
              "-verify_return_error",
              "-CAfile",
              other);
      assertThat(failed.detail()).isEqualTo("the peer sent alert unknown_ca");
    }
  }

  @Test
  void endsAHandshakeThatIsNotFinishedInTime() throws Exception {
    try (PeerServer server =
            new PeerServer(generation(TlsFloor.TLS_1_2, ClientAuth.NONE), Duration.ofMillis(50));
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.getOutputStream().write(HALF_A_RECORD.getBytes(StandardCharsets.ISO_8859_1));

      assertThat(server.nextFailure().failure()).isEqualTo(HandshakeFailure.TIMEOUT);
    }
  }

  private static void send(PeerServer server, String bytes) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
      socket.shutdownOutput();
      socket.getInputStream().readAllBytes();
    }
  }

  private static FailedHandshake fails(
      PeerServer server, HandshakeFailure expected, String... arguments) throws Exception {
    String printed = OpenSslClient.connect(server.port(), "Q\n", List.of(arguments));

    FailedHandshake failed = server.nextFailure();
    assertThat(failed.failure()).as("%s: %s", failed, printed).isEqualTo(expected);
    return failed;
  }

  private PeerServer server(TlsFloor floor, ClientAuth clientAuth) throws InterruptedException {
    return new PeerServer(generation(floor, clientAuth));
  }

  private IdentityGeneration generation(TlsFloor floor, ClientAuth clientAuth) {
    Tls tls = TestSetup.tls(floor, HalfClose.APPLICATION);
    InboundConfig inbound = TestSetup.inbound(clientAuth, tls);
    IdentityConfig identity =
        setup.identity(ca.issue(leaf -> leaf.dns("app")), ca.certificatePem());
    return IdentityLoader.load(TestSetup.config(identity, List.of(inbound), List.of()))
        .generation(inbound, 1, PeerCheck.ANY_TRUSTED);
  }
}

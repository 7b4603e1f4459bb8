package io.sallyport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.FullBacklog;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The application out to peers: who is looked for, who is taken, and what becomes of the rest. */
final class OutboundIT {

  private final Pki pki;

  OutboundIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  private RunningProxy proxy(String endpoints, String more) {
    return RunningProxy.with(
        pki,
        """
        outbound.ledger {
          listen = "127.0.0.1:0"
          connect = [ %s ]
          identity = client
          %s
        }
        """
            .formatted(endpoints, more));
  }

  private static String quoted(String... addresses) {
    return "\"" + String.join("\", \"", addresses) + "\"";
  }

  private Application peer(TestIdentity who, Application.Script script) {
    return Application.servingTls(pki.context(who), "TLSv1.3", script);
  }

  private Application echo(TestIdentity who) {
    return peer(
        who,
        socket -> {
          socket.getOutputStream().write(socket.getInputStream().read());
          socket.getInputStream().read();
        });
  }

  private static void exchange(Socket socket) throws IOException {
    socket.getOutputStream().write('x');
    assertThat(socket.getInputStream().read()).isEqualTo('x');
  }

  /** A port on which nobody listens. */
  private static String nobody() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "127.0.0.1:" + socket.getLocalPort();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void takesTheApplicationToAPeerUnderOurIdentity(String protocol) throws Exception {
    try (Application peer =
            Application.servingTls(
                pki.context(pki.server()),
                protocol,
                socket -> {
                  socket.getInputStream().read();
                  String who = ((SSLSocket) socket).getSession().getPeerPrincipal().getName();
                  socket.getOutputStream().write(who.getBytes(US_ASCII));
                });
        RunningProxy proxy = proxy(quoted(peer.address()), "");
        Socket application = proxy.connect("ledger")) {
      application.getOutputStream().write('x');
      assertThat(application.getInputStream().readAllBytes()).asString().isEqualTo("CN=client");
    }
  }

  @Test
  void letsAServerSpeakFirst() throws Exception {
    try (Application peer =
            peer(
                pki.server(),
                socket -> socket.getOutputStream().write("220 hi".getBytes(US_ASCII)));
        RunningProxy proxy = proxy(quoted(peer.address()), "");
        Socket application = proxy.connect("ledger")) {
      assertThat(application.getInputStream().readAllBytes()).asString().isEqualTo("220 hi");
    }
  }

  @Test
  void triesEndpointsInTurnAndTellsHowTheConnectionReallyEnded() throws Exception {
    TestIdentity other = pki.issue("other", leaf -> leaf.dns("other.test"));
    try (Application plain =
            Application.serving(
                socket -> {
                  socket.getInputStream().read();
                  socket
                      .getOutputStream()
                      .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(US_ASCII));
                  socket.getInputStream().readAllBytes();
                });
        Application wrong = echo(other);
        Application right = echo(pki.server());
        RecordedLog log = RecordedLog.start();
        RunningProxy proxy =
            proxy(quoted(nobody(), plain.address(), wrong.address(), right.address()), "")) {
      try (Socket application = proxy.connect("ledger")) {
        exchange(application);
      }
      proxy.awaitClosed("ledger", CloseReason.APPLICATION_CLOSED, 1);
      assertThat(plain.accepted()).isOne();
      assertThat(wrong.accepted()).isOne();
      assertThat(log.connections("ledger", 1).get(0).fields())
          .containsEntry("endpoint", right.address())
          .doesNotContainKey("try"); // what the others would have needed
      assertThat(
              proxy.metric(
                  "sallyport_handshake_failures_total{listener=\"ledger\",reason=\"not_allowed\"}"))
          .isOne();
      assertThat(
              proxy.metric(
                  "sallyport_upstream_connect_failures_total{listener=\"ledger\",reason=\"refused\"}"))
          .isOne();
    }
  }

  @Test
  void triesAnEndpointThatFailedAMomentAgoLast() throws Exception {
    try (Application right = echo(pki.server());
        Application wrong = echo(pki.issue("other", leaf -> leaf.dns("other.test")));
        RunningProxy proxy = proxy(quoted(wrong.address(), right.address()), "")) {
      for (int i = 0; i < 3; i++) {
        try (Socket application = proxy.connect("ledger")) {
          exchange(application);
        }
      }
      assertThat(wrong.accepted()).isOne();
    }
  }

  @Test
  void closesTheApplicationsConnectionAtOnceWhenNoEndpointCanBeHad() throws Exception {
    try (Application wrong = echo(pki.issue("other", leaf -> leaf.dns("other.test")));
        RunningProxy proxy = proxy(quoted(nobody(), wrong.address()), "");
        Socket application = proxy.connect("ledger")) {
      assertThatThrownBy(() -> application.getInputStream().read())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("reset");
      proxy.awaitClosed("ledger", CloseReason.UPSTREAM_UNREACHABLE, 1);
      proxy.awaitActive("ledger", 0);
    }
  }

  @Test
  void closesTheApplicationsConnectionWhenAPeerSpeaksNoTls() throws Exception {
    try (Application plain =
            Application.serving(
                socket -> {
                  socket.getOutputStream().write("SSH-2.0-OpenSSH_9.9\r\n".getBytes(US_ASCII));
                  socket.getInputStream().readAllBytes();
                });
        RunningProxy proxy = proxy(quoted(plain.address()), "");
        Socket application = proxy.connect("ledger")) {
      assertThatThrownBy(() -> application.getInputStream().read()).isInstanceOf(IOException.class);
      proxy.awaitClosed("ledger", CloseReason.UPSTREAM_UNREACHABLE, 1);
    }
  }

  @Test
  void refusesAPeerOfAnotherNameUnlessARuleTakesIt() throws Exception {
    try (Application other = echo(pki.issue("other", leaf -> leaf.uri("spiffe://test/other")))) {
      try (RunningProxy proxy = proxy(quoted(other.address()), "");
          Socket application = proxy.connect("ledger")) {
        assertThatThrownBy(() -> application.getInputStream().read())
            .isInstanceOf(IOException.class);
        proxy.awaitClosed("ledger", CloseReason.UPSTREAM_UNREACHABLE, 1);
      }
      try (RunningProxy proxy =
              proxy(quoted(other.address()), "allow = [ { uri = \"spiffe://test/other\" } ]");
          Socket application = proxy.connect("ledger")) {
        exchange(application);
      }
    }
  }

  @Test
  void givesUpAnEndpointThatDoesNotAnswerAHandshake() throws Exception {
    try (Application silent =
            Application.serving(socket -> socket.getInputStream().readAllBytes());
        Application right = echo(pki.server());
        RunningProxy proxy =
            proxy(quoted(silent.address(), right.address()), "handshake-timeout = 200ms");
        Socket application = proxy.connect("ledger")) {
      exchange(application);
    }
  }

  @Test
  void endsTheSearchWhenTheApplicationGoesAndBlamesNoEndpoint() throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    try (Application silent =
            Application.serving(
                socket -> {
                  reached.countDown();
                  socket.getInputStream().readAllBytes();
                });
        Application right = echo(pki.server());
        RunningProxy proxy = proxy(quoted(silent.address(), right.address()), "")) {
      try (Socket application = proxy.connect("ledger")) {
        reached.await();
        application.setSoLinger(true, 0);
      }
      proxy.awaitClosed("ledger", CloseReason.APPLICATION_RESET, 1);
      // The handshake under way is given up with it.
      assertThat(silent.nextEnding()).isNotNull();
      proxy.awaitActive("ledger", 0);
      assertThat(right.accepted()).isZero();
      assertThat(proxy.get("/metrics").body().lines().filter(l -> l.contains("handshake_failures")))
          .noneMatch(line -> line.contains("ledger") && !line.endsWith(" 0.0"));
    }
  }

  @Test
  void stopsDiallingWhenTheApplicationGoes() throws Exception {
    try (FullBacklog deaf = new FullBacklog();
        RunningProxy proxy =
            proxy(quoted(deaf.address(), deaf.address()), "connect-timeout = 60s")) {
      try (Socket application = proxy.connect("ledger")) {
        proxy.awaitActive("ledger", 1);
        application.setSoLinger(true, 0);
      }
      proxy.awaitClosed("ledger", CloseReason.APPLICATION_RESET, 1);
      Eventually.holds("no connection under way", () -> deaf.dialling() == 0);
    }
  }
}

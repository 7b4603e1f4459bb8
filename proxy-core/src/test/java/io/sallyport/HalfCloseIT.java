package io.sallyport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Payload;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.Transports;
import io.sallyport.rig.UnixApplication;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who ends how, and what the other side is told of it. */
final class HalfCloseIT {

  private static final long BULK = 8L * Payload.MIB;

  private final Path folder;
  private final Pki pki;
  private final Payload payload = new Payload(3, BULK);
  private final LinkedBlockingQueue<String> arrived = new LinkedBlockingQueue<>();

  HalfCloseIT(@TempDir Path folder) throws IOException {
    this.folder = folder;
    pki = new Pki(folder);
  }

  private RunningProxy inbound(String transport, String forward, String more) {
    Transports.assumeAvailable(transport);
    return RunningProxy.with(
        pki,
        """
        transport = %s
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", allow = [ { uri = "spiffe://test/*" } ]
          %s
        }
        """
            .formatted(transport, forward, more));
  }

  private RunningProxy outbound(Application peer, String more) {
    return outbound("auto", peer, more);
  }

  private RunningProxy outbound(String transport, Application peer, String more) {
    Transports.assumeAvailable(transport);
    return RunningProxy.with(
        pki,
        """
        transport = %s
        outbound.ledger {
          listen = "127.0.0.1:0", connect = "%s", identity = client
          %s
        }
        """
            .formatted(transport, peer.address(), more));
  }

  private SSLSocket peer(RunningProxy proxy) throws IOException {
    return pki.connect(pki.client(), proxy.port("web"), "TLSv1.3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void aPeerSendsInBulkAfterTheApplicationHasFinished(String transport) throws Exception {
    try (Application application =
            Application.serving(
                socket -> {
                  socket.getOutputStream().write('!');
                  socket.shutdownOutput();
                  arrived.add(Payload.hashOf(socket.getInputStream(), BULK));
                  assertThat(socket.getInputStream().read()).isEqualTo(-1);
                });
        RunningProxy proxy = inbound(transport, application.address(), "")) {
      try (SSLSocket peer = peer(proxy)) {
        assertThat(peer.getInputStream().readAllBytes()).asString().isEqualTo("!");
        payload.write(peer.getOutputStream());
      }
      assertThat(application.nextEnding()).isEmpty();
      assertThat(arrived).containsExactly(payload.hash());
      proxy.awaitClosed("web", CloseReason.APPLICATION_CLOSED, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void anApplicationSendsInBulkAfterThePeerHasFinishedWithFullHalfClose(String transport)
      throws Exception {
    try (Application application =
            Application.serving(
                socket -> {
                  assertThat(socket.getInputStream().readAllBytes()).hasSize(1);
                  payload.write(socket.getOutputStream());
                });
        RunningProxy proxy =
            inbound(transport, application.address(), "half-close = full, tls-min = \"1.3\"");
        SSLSocket peer = peer(proxy)) {
      peer.getOutputStream().write('?');
      peer.shutdownOutput();
      assertThat(Payload.hashOf(peer.getInputStream(), BULK)).isEqualTo(payload.hash());
      assertThat(peer.getInputStream().read()).isEqualTo(-1);
      proxy.awaitClosed("web", CloseReason.PEER_CLOSED, 1);
    }
  }

  @Test
  void bothWaysOfHalfCloseWorkOutbound() throws Exception {
    try (Application peer =
            Application.servingTls(
                pki.context(pki.server()),
                "TLSv1.3",
                socket -> {
                  arrived.add(Payload.hashOf(socket.getInputStream(), BULK));
                  assertThat(socket.getInputStream().read()).isEqualTo(-1);
                  payload.write(socket.getOutputStream());
                });
        RunningProxy proxy = outbound(peer, "");
        Socket application = proxy.connect("ledger")) {
      payload.write(application.getOutputStream());
      application.shutdownOutput();
      assertThat(Payload.hashOf(application.getInputStream(), BULK)).isEqualTo(payload.hash());
      assertThat(application.getInputStream().read()).isEqualTo(-1);
      assertThat(arrived).containsExactly(payload.hash());
    }
    try (Application peer =
            Application.servingTls(
                pki.context(pki.server()),
                "TLSv1.3",
                socket -> {
                  socket.getOutputStream().write('!');
                  socket.shutdownOutput();
                  arrived.add(Payload.hashOf(socket.getInputStream(), BULK));
                });
        RunningProxy proxy = outbound(peer, "half-close = full, tls-min = \"1.3\"");
        Socket application = proxy.connect("ledger")) {
      assertThat(application.getInputStream().readAllBytes()).hasSize(1);
      payload.write(application.getOutputStream());
      application.shutdownOutput();
      assertThat(peer.nextEnding()).isEmpty();
      assertThat(arrived).containsExactly(payload.hash(), payload.hash());
    }
  }

  /** An application on a Unix socket sends and goes: all of it arrives, with its proper end. */
  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void anApplicationOnAUnixSocketEndsProperly(String transport) throws Exception {
    try (UnixApplication application =
            UnixApplication.serving(
                folder.resolve("app.sock"),
                stream -> {
                  stream.in().read();
                  payload.write(stream.out());
                });
        RunningProxy proxy = inbound(transport, application.address(), "");
        SSLSocket peer = peer(proxy)) {
      peer.getOutputStream().write('?');
      assertThat(Payload.hashOf(peer.getInputStream(), BULK)).isEqualTo(payload.hash());
      assertThat(peer.getInputStream().read()).isEqualTo(-1);
      peer.close();
      proxy.awaitClosed("web", CloseReason.APPLICATION_CLOSED, 1);
    }
  }

  /** The kernel would reset a connection that is closed with unread bytes, and drop the rest. */
  @Test
  void anApplicationThatKeepsTalkingStillReadsAllThatAPeerSentBeforeItClosed() throws Exception {
    CountDownLatch peerHasGone = new CountDownLatch(1);
    try (Application application =
            Application.serving(
                socket -> {
                  socket.getOutputStream().write(new byte[64 * 1024]);
                  peerHasGone.await();
                  arrived.add(Payload.hashOf(socket.getInputStream(), Payload.MIB));
                  assertThat(socket.getInputStream().read()).isEqualTo(-1);
                });
        RunningProxy proxy = inbound("auto", application.address(), "")) {
      Payload megabyte = new Payload(4, Payload.MIB);
      try (SSLSocket peer = peer(proxy)) {
        megabyte.write(peer.getOutputStream());
        peer.getInputStream().readNBytes(1);
        // Or its kernel would drop what it has not sent, for there is more that it has not read.
        proxy.awaitMetric(
            "sallyport_relayed_bytes_total{direction=\"to_application\",listener=\"web\"}",
            Payload.MIB);
      }
      peerHasGone.countDown();
      assertThat(application.nextEnding()).isEmpty();
      assertThat(arrived).containsExactly(megabyte.hash());
      proxy.awaitClosed("web", CloseReason.PEER_CLOSED, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void aTruncatedStreamIsAResetForTheApplication(String transport) throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    try (Application application =
            Application.serving(
                socket -> {
                  socket.getInputStream().read();
                  reached.countDown();
                  socket.getInputStream().readAllBytes();
                });
        RunningProxy proxy = inbound(transport, application.address(), "");
        Socket tcp = proxy.connect("web")) {
      SSLSocket peer = pki.over(tcp, pki.client(), "TLSv1.3");
      peer.getOutputStream().write("half a messa".getBytes(US_ASCII));
      reached.await();
      tcp.shutdownOutput();
      assertThat(application.nextEnding()).contains("reset");
      proxy.awaitClosed("web", CloseReason.TRUNCATED, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void aResetOfThePeerIsAResetForTheApplication(String transport) throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    try (Application application =
            Application.serving(
                socket -> {
                  socket.getInputStream().read();
                  reached.countDown();
                  socket.getInputStream().read();
                });
        RunningProxy proxy = inbound(transport, application.address(), "");
        Socket tcp = proxy.connect("web")) {
      SSLSocket peer = pki.over(tcp, pki.client(), "TLSv1.3");
      peer.getOutputStream().write('x');
      reached.await();
      tcp.setSoLinger(true, 0);
      tcp.close();
      assertThat(application.nextEnding()).contains("reset");
      proxy.awaitClosed("web", CloseReason.PEER_RESET, 1);
    }
  }

  @Test
  void aResetOfTheApplicationIsAResetForAServer() throws Exception {
    try (Application peer =
            Application.servingTls(
                pki.context(pki.server()),
                "TLSv1.3",
                socket -> {
                  socket.getInputStream().read();
                  socket.getInputStream().read();
                });
        RunningProxy proxy = outbound(peer, "")) {
      try (Socket application = proxy.connect("ledger")) {
        application.getOutputStream().write('x');
        proxy.awaitMetric(
            "sallyport_relayed_bytes_total{direction=\"to_peer\",listener=\"ledger\"}", 1);
        application.setSoLinger(true, 0);
      }
      proxy.awaitClosed("ledger", CloseReason.APPLICATION_RESET, 1);
      assertThat(peer.nextEnding()).contains("reset");
    }
  }

  /**
   * A server sends half a message, waits until the application has it, and goes.
   *
   * @param end how it goes
   */
  private Application going(String version, Application.TlsScript end) {
    return Application.servingTls(
        pki.context(pki.server()),
        (tls, tcp) -> {
          tls.setEnabledProtocols(new String[] {version});
          tls.getOutputStream().write("half a messa".getBytes(US_ASCII));
          tls.getInputStream().read();
          end.serve(tls, tcp);
        });
  }

  private static Socket readingHalf(RunningProxy proxy) throws IOException {
    Socket application = proxy.connect("ledger");
    assertThat(application.getInputStream().readNBytes(12)).asString().isEqualTo("half a messa");
    application.getOutputStream().write('x');
    return application;
  }

  private static void assertReset(Socket application) {
    assertThatThrownBy(() -> application.getInputStream().read())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("reset");
  }

  static Stream<Arguments> transportsVersionsAndEngines() {
    return Stream.of(
        Arguments.of("epoll", "TLSv1.2", ""),
        Arguments.of("epoll", "TLSv1.3", ""),
        Arguments.of("nio", "TLSv1.3", ""),
        Arguments.of("io_uring", "TLSv1.3", ""),
        Arguments.of("epoll", "TLSv1.3", "half-close = full, tls-min = \"1.3\""));
  }

  @ParameterizedTest
  @MethodSource("transportsVersionsAndEngines")
  void aResetOfAServerIsAResetForTheApplication(String transport, String version, String engine)
      throws Exception {
    try (Application peer =
            going(
                version,
                (tls, tcp) -> {
                  tcp.setSoLinger(true, 0);
                  tcp.close();
                });
        RunningProxy proxy = outbound(transport, peer, engine);
        Socket application = readingHalf(proxy)) {
      assertReset(application);
      proxy.awaitClosed("ledger", CloseReason.PEER_RESET, 1);
    }
  }

  @ParameterizedTest
  @MethodSource("transportsVersionsAndEngines")
  void aStreamThatAServerTruncatesIsAResetForTheApplication(
      String transport, String version, String engine) throws Exception {
    try (Application peer =
            going(
                version,
                (tls, tcp) -> {
                  tcp.shutdownOutput();
                  tcp.getInputStream().readAllBytes();
                });
        RunningProxy proxy = outbound(transport, peer, engine);
        Socket application = readingHalf(proxy)) {
      assertReset(application);
      proxy.awaitClosed("ledger", CloseReason.TRUNCATED, 1);
    }
  }

  @ParameterizedTest
  @MethodSource("transportsVersionsAndEngines")
  void aStreamThatAServerEndsIsAnEndForTheApplication(
      String transport, String version, String engine) throws Exception {
    try (Application peer = going(version, (tls, tcp) -> tls.close());
        RunningProxy proxy = outbound(transport, peer, engine);
        Socket application = readingHalf(proxy)) {
      assertThat(application.getInputStream().read()).isEqualTo(-1);
      application.close();
      proxy.awaitClosed("ledger", CloseReason.PEER_CLOSED, 1);
    }
  }

  /** What comes before there is anybody to give it to is held, its end included. */
  @Test
  void bytesAndEndThatCameBeforeThePeerWasThereAreDelivered() throws Exception {
    CountDownLatch finished = new CountDownLatch(1);
    try (Application peer =
            Application.servingTls(
                pki.context(pki.server()),
                "TLSv1.3",
                socket -> {
                  finished.await(); // a slow handshake: it begins only now
                  arrived.add(new String(socket.getInputStream().readAllBytes(), US_ASCII));
                  socket.getOutputStream().write("received".getBytes(US_ASCII));
                });
        RunningProxy proxy = outbound(peer, "");
        Socket application = proxy.connect("ledger")) {
      application.getOutputStream().write("all at once".getBytes(US_ASCII));
      application.shutdownOutput();
      finished.countDown();
      assertThat(application.getInputStream().readAllBytes()).asString().isEqualTo("received");
      assertThat(arrived.poll(20, TimeUnit.SECONDS)).isEqualTo("all at once");
    }
  }

  @Test
  void anApplicationMaySpeakFirst() throws Exception {
    try (Application application =
            Application.serving(
                socket -> {
                  socket.getOutputStream().write("220 welcome".getBytes(US_ASCII));
                  socket.getInputStream().read();
                });
        RunningProxy proxy = inbound("auto", application.address(), "");
        SSLSocket peer = peer(proxy)) {
      peer.startHandshake();
      assertThat(peer.getInputStream().readNBytes(11)).asString().isEqualTo("220 welcome");
    }
  }

  @Test
  void aPeerIsToldOfAnApplicationThatIsNotThere() throws Exception {
    String address;
    try (Application gone = Application.echo()) {
      address = gone.address();
    }
    try (RunningProxy proxy = inbound("auto", address, "");
        SSLSocket peer = peer(proxy)) {
      assertThatThrownBy(
              () -> {
                peer.getOutputStream().write('x');
                peer.getInputStream().read();
              })
          .isInstanceOf(IOException.class);
      proxy.awaitClosed("web", CloseReason.APPLICATION_UNREACHABLE, 1);
    }
  }
}

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
import io.sallyport.rig.Transports;
import io.sallyport.rig.Way;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every limit and deadline bites, says so, and leaves nothing taken. */
final class LimitsIT {

  private static final int TEN_THOUSAND = 10_000;

  private final Pki pki;

  LimitsIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  private RunningProxy proxy(String forward, String more) {
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
            .formatted(forward, more));
  }

  private SSLSocket peer(RunningProxy proxy) throws IOException {
    return pki.connect(pki.client(), proxy.port("web"), "TLSv1.3");
  }

  private static void exchange(Socket socket) throws IOException {
    socket.getOutputStream().write('x');
    assertThat(socket.getInputStream().read()).isEqualTo('x');
  }

  private static double limitReached(RunningProxy proxy) {
    return proxy.metric("sallyport_connection_limit_reached_total{listener=\"web\"}");
  }

  @ParameterizedTest
  @CsvSource({"INBOUND, epoll", "INBOUND, nio", "INBOUND, io_uring", "OUTBOUND, auto"})
  void acceptsNoMoreThanMaxConnectionsAndThenServesThoseWhoWaited(Way way, String transport)
      throws Exception {
    Transports.assumeAvailable(transport);
    try (Application server = way.echo(pki);
        RunningProxy proxy =
            way.proxy(pki, server, "transport = " + transport, "max-connections = 2");
        Socket second = way.client(pki, proxy)) {
      Socket first = way.client(pki, proxy);
      exchange(first);
      exchange(second);
      assertThat(limitReached(proxy)).isOne();

      List<CompletableFuture<Void>> waiting = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        Socket next = way.client(pki, proxy);
        waiting.add(
            CompletableFuture.runAsync(
                () -> {
                  try (next) {
                    exchange(next);
                  } catch (IOException e) {
                    throw new IllegalStateException(e);
                  }
                },
                task -> new Thread(task, "waiting").start()));
      }
      exchange(first);
      assertThat(proxy.metric("sallyport_connections_active{listener=\"web\"}")).isEqualTo(2);
      assertThat(waiting).noneMatch(CompletableFuture::isDone);

      first.close();

      for (CompletableFuture<Void> served : waiting) {
        served.get(20, TimeUnit.SECONDS);
      }
      exchange(second);
      assertThat(limitReached(proxy)).isGreaterThan(1);
    }
  }

  /** Netty may accept several at once; none of them may be one too many. */
  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void admitsNoMoreOfABurstThanFit(String transport) throws Exception {
    Transports.assumeAvailable(transport);
    try (Application application = Application.echo();
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                transport = %s
                workers = 1
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s", allow = any-trusted, max-connections = 3
                }
                """
                    .formatted(transport, application.address()))) {
      List<Socket> burst = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        burst.add(proxy.connect("web"));
      }
      proxy.awaitMetric("sallyport_connection_limit_reached_total{listener=\"web\"}", 1);
      assertThat(proxy.metric("sallyport_connections_total{listener=\"web\"}")).isEqualTo(3);
      for (Socket each : burst) {
        each.close();
      }
      proxy.awaitMetric("sallyport_connections_total{listener=\"web\"}", 100);
      proxy.awaitActive("web", 0);
    }
  }

  @Test
  void resetsWhoComesWhileMaxHandshakesAreUnfinishedAndServesThoseWhoHaveFinished()
      throws Exception {
    try (RecordedLog log = RecordedLog.start();
        Application application = Application.echo();
        RunningProxy proxy =
            proxy(application.address(), "max-handshakes = 3, handshake-timeout = 2s");
        SSLSocket established = peer(proxy)) {
      exchange(established);
      List<Socket> flood = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        flood.add(proxy.connect("web"));
      }
      proxy.awaitClosed("web", CloseReason.HANDSHAKE_LIMIT, 17);
      assertThat(log.lines("handshake limit reached; newcomers are reset until a handshake ends"))
          .hasSize(1);
      assertThatThrownBy(() -> peer(proxy).startHandshake()).isInstanceOf(IOException.class);
      exchange(established);

      proxy.awaitClosed("web", CloseReason.HANDSHAKE_FAILED, 3);
      try (SSLSocket late = peer(proxy)) {
        exchange(late);
      }
      for (Socket each : flood) {
        each.close();
      }
    }
  }

  @Test
  void givesUpAHandshakeThatComesOneByteAtATime() throws Exception {
    try (Application application = Application.echo();
        RunningProxy proxy = proxy(application.address(), "handshake-timeout = 300ms");
        Socket slow = proxy.connect("web")) {
      byte[] start = {22, 3, 1, 2, 0, 1};
      for (byte each : start) {
        slow.getOutputStream().write(each);
      }
      proxy.awaitClosed("web", CloseReason.HANDSHAKE_FAILED, 1);
      assertThat(
              proxy.metric(
                  "sallyport_handshake_failures_total{listener=\"web\",reason=\"timeout\"}"))
          .isOne();
      assertThat(application.accepted()).isZero();
    }
  }

  @Test
  void givesUpAnApplicationThatCannotBeReachedInTime() throws Exception {
    try (FullBacklog deaf = new FullBacklog();
        RunningProxy proxy = proxy(deaf.address(), "connect-timeout = 200ms");
        SSLSocket peer = peer(proxy)) {
      peer.startHandshake();
      assertThatThrownBy(() -> peer.getInputStream().read()).isInstanceOf(IOException.class);
      proxy.awaitClosed("web", CloseReason.APPLICATION_UNREACHABLE, 1);
      assertThat(
              proxy.metric(
                  "sallyport_app_connect_failures_total{listener=\"web\",reason=\"timeout\"}"))
          .isOne();
    }
  }

  @Test
  void stopsDiallingTheApplicationWhenThePeerLeaves() throws Exception {
    try (FullBacklog deaf = new FullBacklog();
        RunningProxy proxy = proxy(deaf.address(), "connect-timeout = 60s")) {
      for (int i = 0; i < 3; i++) {
        try (Socket tcp = proxy.connect("web")) {
          pki.over(tcp, pki.client(), "TLSv1.3").startHandshake();
          Eventually.holds("the application is dialled", () -> deaf.dialling() == 1);
          tcp.setSoLinger(true, 0);
        }
        proxy.awaitClosed("web", CloseReason.PEER_RESET, i + 1);
        Eventually.holds("dialling has ended", () -> deaf.dialling() == 0);
      }
      assertThat(proxy.metric("sallyport_connections_active{listener=\"web\"}")).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void endsAnIdleConnection(Way way) throws Exception {
    try (Application server = way.echo(pki);
        RunningProxy proxy = way.proxy(pki, server, "", "idle-timeout = 300ms");
        Socket client = way.client(pki, proxy)) {
      exchange(client);
      assertThatThrownBy(() -> client.getInputStream().read()).hasMessageContaining("reset");
      proxy.awaitClosed("web", CloseReason.IDLE_TIMEOUT, 1);
    }
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void endsAConnectionAtTheEndOfItsLife(Way way) throws Exception {
    try (Application server = way.echo(pki);
        RunningProxy proxy = way.proxy(pki, server, "", "max-lifetime = 500ms");
        Socket client = way.client(pki, proxy)) {
      long muchTooLate = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      assertThatThrownBy(
              () -> {
                while (System.nanoTime() < muchTooLate) {
                  exchange(client);
                }
              })
          .isInstanceOf(IOException.class);
      proxy.awaitClosed("web", CloseReason.MAX_LIFETIME, 1);
    }
  }

  @Test
  void endsAHalfClosedConnectionWhoseOtherSideStaysSilent() throws Exception {
    try (Application application =
            Application.serving(
                socket -> {
                  socket.shutdownOutput();
                  socket.getInputStream().read();
                });
        RunningProxy proxy = proxy(application.address(), "half-close-timeout = 300ms");
        SSLSocket peer = peer(proxy)) {
      assertThat(peer.getInputStream().read()).isEqualTo(-1);
      proxy.awaitClosed("web", CloseReason.HALF_CLOSE_TIMEOUT, 1);
    }
  }

  /** Outbound the application is the client: it finishes, and the peer neither sends nor ends. */
  @Test
  void endsAHalfClosedOutboundConnectionWhosePeerStaysSilent() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (Application peer =
            Way.OUTBOUND.server(
                pki,
                socket -> {
                  socket.getOutputStream().write(socket.getInputStream().readAllBytes());
                  over.await();
                });
        RunningProxy proxy = Way.OUTBOUND.proxy(pki, peer, "", "half-close-timeout = 300ms");
        Socket application = Way.OUTBOUND.client(pki, proxy)) {
      application.getOutputStream().write('x');
      application.shutdownOutput();
      assertThat(application.getInputStream().read()).isEqualTo('x');
      assertThatThrownBy(() -> application.getInputStream().read()).hasMessageContaining("reset");
      proxy.awaitClosed("web", CloseReason.HALF_CLOSE_TIMEOUT, 1);
    } finally {
      over.countDown();
    }
  }

  @Test
  void endsAConnectionWhoseApplicationDoesNotEndAfterThePeer() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (Application application =
            Application.serving(
                socket -> {
                  socket.getOutputStream().write(socket.getInputStream().read());
                  over.await();
                });
        RunningProxy proxy = proxy(application.address(), "close-timeout = 300ms")) {
      try (SSLSocket peer = peer(proxy)) {
        exchange(peer);
      }
      proxy.awaitClosed("web", CloseReason.CLOSE_TIMEOUT, 1);
      over.countDown();
    }
  }

  /** Every bad kind, over and over: not one slot may stay taken, and each end has its reason. */
  @Test
  void isEmptyAfterTenThousandBadConnections() throws Exception {
    TestIdentity stranger = pki.issue("stranger", leaf -> leaf.uri("spiffe://elsewhere/x"));
    try (Application application = Application.echo();
        RunningProxy proxy = proxy(application.address(), "max-handshakes = 64")) {
      AtomicInteger left = new AtomicInteger(TEN_THOUSAND);
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Thread client =
            new Thread(
                () -> {
                  for (int n = left.getAndDecrement(); n > 0; n = left.getAndDecrement()) {
                    misbehave(proxy, n, stranger);
                  }
                },
                "bad");
        client.start();
        clients.add(client);
      }
      for (Thread client : clients) {
        client.join();
      }
      proxy.awaitActive("web", 0);
      try (SSLSocket good = peer(proxy)) {
        exchange(good);
      }
      proxy.awaitActive("web", 0);
      assertThat(closed(proxy, "internal_error")).isZero();
      assertThat(proxy.metric("sallyport_connections_total{listener=\"web\"}"))
          .isEqualTo(TEN_THOUSAND + 1);
      assertThat(closed(proxy, "handshake_failed")).isPositive();
      assertThat(closed(proxy, "peer_reset")).isPositive();
      assertThat(closed(proxy, "truncated")).isPositive();
    }
  }

  private static double closed(RunningProxy proxy, String reason) {
    return proxy.metric(
        "sallyport_connections_closed_total{listener=\"web\",reason=\"%s\"}".formatted(reason));
  }

  /** Most of them stay short of a handshake, which costs the most; one in twenty does not. */
  private void misbehave(RunningProxy proxy, int number, TestIdentity stranger) {
    int kind = number % 20 == 0 ? 4 + number / 20 % 4 : number % 4;
    try (Socket tcp = proxy.connect("web")) {
      switch (kind) {
        case 0 -> {} // comes and goes
        case 1 -> tcp.setSoLinger(true, 0);
        case 2 -> tcp.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
        case 3 -> tcp.getOutputStream().write(new byte[] {22, 3, 1, 2, 0, 1, 0, 1});
        case 4 -> shakeHands(tcp, null);
        case 5 -> shakeHands(tcp, stranger);
        case 6 -> {
          // Only after an answer: an RST takes back what the proxy has not read.
          shakeHands(tcp, pki.client()).getInputStream().read();
          tcp.setSoLinger(true, 0);
        }
        default -> {
          shakeHands(tcp, pki.client());
          tcp.shutdownOutput(); // without a close_notify
          tcp.getInputStream().readAllBytes();
        }
      }
    } catch (IOException e) {
      // as it deserves
    }
  }

  private SSLSocket shakeHands(Socket tcp, @Nullable TestIdentity who) throws IOException {
    SSLSocket tls = pki.over(tcp, who, "TLSv1.3");
    tls.startHandshake();
    tls.getOutputStream().write('x');
    return tls;
  }
}

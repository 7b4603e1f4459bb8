package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.Proxy.Stopped;
import io.sallyport.rig.Application;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.FieldBlock;
import io.sallyport.rig.Http2Frame;
import io.sallyport.rig.Http2Peer;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stopping in order, while the traffic goes on. */
final class DrainIT {

  private static final int CLIENTS = 200;
  private static final int ANSWER_BYTES = 10_000;

  private final Pki pki;

  DrainIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  /** Inbound to the application, and outbound to that same inbound listener. */
  private RunningProxy proxy(Application application, String drain) {
    return RunningProxy.with(
        pki,
        """
        drain { %s }
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", allow = [ { uri = "spiffe://test/*" } ]
        }
        outbound.ledger {
          listen = "127.0.0.1:0", connect = "unix:FOLDER/peers.sock"
          identity = client, server-name = localhost
        }
        inbound.peers {
          listen = "unix:FOLDER/peers.sock", forward = "%s", allow = any-trusted
        }
        """
            .formatted(drain, application.address(), application.address()));
  }

  private static Application answering() {
    return Application.serving(
        socket -> {
          while (socket.getInputStream().read() >= 0) {
            socket.getOutputStream().write(new byte[ANSWER_BYTES]);
          }
        });
  }

  private static void exchange(Socket socket) throws IOException {
    socket.getOutputStream().write('?');
    new DataInputStream(socket.getInputStream()).readFully(new byte[ANSWER_BYTES]);
  }

  private SSLSocket connected(RunningProxy proxy) throws IOException {
    SSLSocket socket = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3");
    exchange(socket);
    return socket;
  }

  private static Stopped stopped(RunningProxy proxy) throws Exception {
    return proxy.proxy().stopped().toCompletableFuture().get(120, TimeUnit.SECONDS);
  }

  /** Every exchange is answered whole, or refused before it began. */
  @Test
  void truncatesNoExchangeOfTwoHundredChurningClients() throws Exception {
    AtomicInteger exchanges = new AtomicInteger();
    Queue<Throwable> cut = new ConcurrentLinkedQueue<>();
    CountDownLatch busy = new CountDownLatch(CLIENTS);
    List<Thread> clients = new ArrayList<>();
    try (Application application = answering();
        RunningProxy proxy = proxy(application, "delay = 300ms, deadline = 120s")) {
      for (int i = 0; i < CLIENTS; i++) {
        Thread client = new Thread(() -> churn(proxy, exchanges, cut, busy), "client");
        client.setDaemon(true);
        client.start();
        clients.add(client);
      }
      assertThat(busy.await(120, TimeUnit.SECONDS)).isTrue();
      int before = exchanges.get();

      proxy.proxy().stop();

      assertThat(stopped(proxy)).isEqualTo(Stopped.CLEAN);
      for (Thread client : clients) {
        client.join(TimeUnit.SECONDS.toMillis(120));
      }
      assertThat(cut).isEmpty();
      assertThat(exchanges.get()).isGreaterThan(before);
    }
  }

  private void churn(
      RunningProxy proxy, AtomicInteger exchanges, Queue<Throwable> cut, CountDownLatch busy) {
    boolean first = true;
    while (true) {
      SSLSocket socket;
      try {
        socket = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3");
        socket.startHandshake();
      } catch (IOException e) {
        return; // refused
      }
      try (socket) {
        exchange(socket);
        exchanges.incrementAndGet();
      } catch (IOException e) {
        cut.add(e);
      }
      if (first) {
        busy.countDown();
        first = false;
      }
    }
  }

  @Test
  void acceptsForTheDelayAndOutboundUntilInboundIsEmpty() throws Exception {
    try (Application application = answering();
        RunningProxy proxy = proxy(application, "delay = 1s, deadline = 30s")) {
      try (SSLSocket open = connected(proxy)) {
        proxy.proxy().stop();
        assertThat(proxy.get("/readyz").statusCode()).isEqualTo(503);
        connected(proxy).close();

        awaitRefusal(proxy, "web");
        // What came in may still have to go out.
        proxy.connect("ledger").close();
        exchange(open);
      }
      assertThat(stopped(proxy)).isEqualTo(Stopped.CLEAN);
      assertThatThrownBy(() -> proxy.connect("ledger")).isInstanceOf(IOException.class);
    }
  }

  private static void awaitRefusal(RunningProxy proxy, String listener) {
    Eventually.holds(
        listener + " refuses",
        () -> {
          try (Socket socket = proxy.connect(listener)) {
            return !socket.isConnected();
          } catch (IOException e) {
            return true;
          }
        });
  }

  @Test
  void cutsAtTheDeadlineWithAReset() throws Exception {
    try (Application application = answering();
        RunningProxy proxy = proxy(application, "delay = 0s, deadline = 500ms");
        SSLSocket open = connected(proxy);
        Socket local = proxy.connect("ledger")) {
      exchange(local);
      proxy.proxy().stop();
      assertThatThrownBy(() -> open.getInputStream().read()).hasMessageContaining("reset");
      assertThatThrownBy(() -> local.getInputStream().read()).hasMessageContaining("reset");
      assertThat(stopped(proxy)).isEqualTo(Stopped.CONNECTIONS_CUT);
    }
  }

  /** Over either version what has begun of an answer must not pass for a whole one. */
  @Test
  void cutsAnswersOfHttpAtTheDeadline() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (RecordedLog log = RecordedLog.start();
        HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  HttpApplication.write(out, "HTTP/1.1 200 OK\r\n\r\npart"); // up to the end
                  over.await();
                });
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                drain { delay = 0s, deadline = 500ms }
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
                }
                """
                    .formatted(application.address()));
        HttpPeer one = HttpPeer.over(pki.connect(pki.client(), proxy.port("web"), "TLSv1.3"));
        Http2Peer two = Http2Peer.open(pki, pki.client(), proxy.port("web"))) {
      one.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(one.readHead()).startsWith("HTTP/1.1 200");
      int stream = two.nextStream();
      two.send(Http2Frame.request(stream, FieldBlock.request("GET", "/")));
      assertThat(two.answerBegun(stream).status()).isEqualTo(200);

      proxy.proxy().stop();

      assertThatThrownBy(one::rest).hasMessageContaining("reset");
      two.awaitEnd();
      assertThat(two.soFar(stream).ended()).isFalse();
      assertThat(stopped(proxy)).isEqualTo(Stopped.CONNECTIONS_CUT);
      assertThat(log.connections("web", 2))
          .allSatisfy(line -> assertThat(line.field("reason")).isEqualTo("drain_deadline"));
    } finally {
      over.countDown();
    }
  }

  /** Half of such a connection is closed already, and the other half would have had an hour. */
  @Test
  void cutsAConnectionWhosePeerHasGoneAndWhoseApplicationStays() throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    try (RecordedLog log = RecordedLog.start();
        Application application =
            Application.serving(
                socket -> {
                  socket.getOutputStream().write(socket.getInputStream().read());
                  if (socket.getInputStream().read() < 0) {
                    told.countDown();
                  }
                  over.await();
                });
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s", allow = any-trusted, close-timeout = 1h
                }
                """
                    .formatted(application.address()))) {
      try (SSLSocket peer = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3")) {
        peer.getOutputStream().write('x');
        assertThat(peer.getInputStream().read()).isEqualTo('x');
      }
      assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();

      proxy.proxy().stop();
      proxy.proxy().stop();

      assertThat(stopped(proxy)).isEqualTo(Stopped.CONNECTIONS_CUT);
      assertThat(log.connections("web", 1).get(0).field("reason")).isEqualTo("drain_deadline");
    } finally {
      over.countDown();
    }
  }

  @Test
  void cutsAtOnceWhenAskedASecondTime() throws Exception {
    try (Application application = answering();
        RunningProxy proxy = proxy(application, "delay = 1h, deadline = 2h");
        SSLSocket open = connected(proxy)) {
      proxy.proxy().stop();
      connected(proxy).close();
      proxy.proxy().stop();
      assertThatThrownBy(() -> open.getInputStream().read()).isInstanceOf(IOException.class);
      assertThat(stopped(proxy)).isEqualTo(Stopped.CONNECTIONS_CUT);
    }
  }

  @Test
  void doesNotWaitTheDelayAgainThatAnAnnouncementBegan() throws Exception {
    try (Application application = answering();
        RunningProxy proxy = proxy(application, "delay = 1h, deadline = 2h")) {
      assertThat(proxy.post("/drain").statusCode()).isLessThan(300);
      assertThat(proxy.get("/readyz").statusCode()).isEqualTo(503);
      connected(proxy).close();

      proxy.proxy().stop();

      assertThat(stopped(proxy)).isEqualTo(Stopped.CLEAN);
    }
  }
}

package io.sallyport;

import static io.sallyport.rig.Buffers.KERNEL_HOLDS;
import static io.sallyport.rig.Buffers.WE_HOLD;
import static io.sallyport.rig.Buffers.held;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.rig.Eventually;
import io.sallyport.rig.H2cApplication;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.Payload;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.Transports;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bodies of any length over streams of one connection: in memory that does not grow with them, and
 * without one that stands still holding up the others.
 */
final class H2cFlowIT {

  private static final long BYTES = 64L * Payload.MIB;

  private final Pki pki;
  private final Payload payload = new Payload(7, BYTES);

  H2cFlowIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  private RunningProxy proxy(H2cApplication application, String transport) {
    Transports.assumeAvailable(transport);
    return RunningProxy.with(
        pki,
        """
        transport = %s, workers = 1
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", protocol = http, app-protocol = h2c
          allow = any-trusted
        }
        """
            .formatted(transport, application.address()));
  }

  private HttpPeer peer(RunningProxy proxy) throws IOException {
    return HttpPeer.over(pki.connect(pki.client(), proxy.port("web"), "TLSv1.3"));
  }

  private void put(HttpPeer peer) throws IOException {
    peer.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: " + BYTES + "\r\n\r\n");
  }

  private static String length() {
    return String.valueOf(BYTES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void sixtyFourMebibytesGoEachWayAtOnceUnharmed(String transport) throws Exception {
    Payload response = new Payload(8, BYTES);
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  if (request.method().equals("GET")) {
                    H2cApplication.hello(request);
                    return;
                  }
                  request.head(false, ":status", "200", "content-length", length());
                  CompletableFuture<Void> sending = response.sending(request.out());
                  assertThat(Payload.hashOf(request.body(), BYTES)).isEqualTo(payload.hash());
                  sending.join();
                  request.data("", true);
                });
        RunningProxy proxy = proxy(application, transport);
        HttpPeer peer = peer(proxy)) {
      put(peer);
      CompletableFuture<Void> sending = payload.sending(peer.socket().getOutputStream());

      assertThat(peer.readHead()).startsWith("HTTP/1.1 200");
      assertThat(Payload.hashOf(peer.socket().getInputStream(), BYTES)).isEqualTo(response.hash());
      sending.join();
      assertThat(peer.get("/again").status()).isEqualTo(200);
    }
  }

  @Test
  void anApplicationThatDoesNotReadOneBodyStopsItsPeerAlone() throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  if (request.method().equals("GET")) {
                    H2cApplication.hello(request);
                    return;
                  }
                  read.await();
                  String hash = Payload.hashOf(request.body(), BYTES);
                  request.head(false, ":status", "200");
                  request.data(hash, true);
                });
        RunningProxy proxy = proxy(application, "auto");
        HttpPeer peer = peer(proxy);
        HttpPeer other = peer(proxy)) {
      long before = held();
      put(peer);
      CompletableFuture<Void> sending = payload.sending(peer.socket().getOutputStream());
      payload.awaitStandstill();
      assertThat(payload.sent()).isLessThan(KERNEL_HOLDS);
      assertThat(held() - before).isLessThan(WE_HOLD);
      assertThat(other.get("/").text()).isEqualTo("hello\n");
      assertThat(application.accepted()).isEqualTo(1);

      read.countDown();
      assertThat(peer.read().text()).isEqualTo(payload.hash());
      sending.join();
    }
  }

  @Test
  void peersThatDoNotReadStopTheirStreamsAlone() throws Exception {
    List<Payload> payloads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      payloads.add(new Payload(i, BYTES));
    }
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  String path = request.path();
                  if (path.equals("/")) {
                    H2cApplication.hello(request);
                    return;
                  }
                  request.head(false, ":status", "200", "content-length", length());
                  payloads.get(Integer.parseInt(path.substring(1))).write(request.out());
                  request.data("", true);
                });
        RunningProxy proxy = proxy(application, "auto");
        HttpPeer other = peer(proxy)) {
      long before = held();
      List<HttpPeer> peers = new ArrayList<>();
      for (int i = 0; i < payloads.size(); i++) {
        HttpPeer peer = peer(proxy);
        peer.send("GET /" + i + " HTTP/1.1\r\nHost: a\r\n\r\n");
        peers.add(peer);
      }
      for (Payload each : payloads) {
        Eventually.holds("an answer has begun", () -> each.sent() > 0);
        each.awaitStandstill();
        assertThat(each.sent()).isLessThan(KERNEL_HOLDS);
      }
      assertThat(held() - before).isLessThan(WE_HOLD);
      assertThat(other.get("/").text()).isEqualTo("hello\n");
      assertThat(application.accepted()).isEqualTo(1);

      HttpPeer last = peers.get(7);
      assertThat(last.readHead()).startsWith("HTTP/1.1 200");
      assertThat(Payload.hashOf(last.socket().getInputStream(), BYTES))
          .isEqualTo(payloads.get(7).hash());
      for (HttpPeer peer : peers) {
        peer.close();
      }
      assertThat(other.get("/").text()).isEqualTo("hello\n");
    }
  }

  @Test
  void threeHundredPeersThatLeaveWithinARequestLeaveNothingBehind() throws Exception {
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  if (request.method().equals("GET")) {
                    H2cApplication.hello(request);
                  }
                });
        RunningProxy proxy = proxy(application, "auto");
        HttpPeer stays = peer(proxy)) {
      stays.get("/"); // or its first head would be overdue
      for (int round = 0; round < 75; round++) {
        List<HttpPeer> peers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          HttpPeer peer = peer(proxy);
          peer.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
          peers.add(peer);
        }
        for (HttpPeer peer : peers) {
          peer.close();
        }
      }
      proxy.awaitActive("web", 1);
      assertThat(stays.get("/").text()).isEqualTo("hello\n");
      int begun = application.others().size() - 2; // without those of the peer who stays
      Eventually.holds("each of theirs was cancelled", () -> begun == resets(application));
      // A connection is left before so many resets are too many for the application.
      assertThat(application.accepted()).isBetween(2, 4);
      Eventually.holds("those are closed", () -> application.open() == 1);
    }
  }

  private static long resets(H2cApplication application) {
    return application.connections().stream()
        .flatMap(connection -> connection.received().stream())
        .filter(frame -> frame.startsWith("RST_STREAM "))
        .count();
  }
}

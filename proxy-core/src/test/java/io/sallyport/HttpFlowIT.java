package io.sallyport;

import static io.sallyport.rig.Buffers.KERNEL_HOLDS;
import static io.sallyport.rig.Buffers.WE_HOLD;
import static io.sallyport.rig.Buffers.held;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.Payload;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.Transports;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bodies of any length, in memory that does not grow with them, however anybody reads or leaves.
 */
final class HttpFlowIT {

  private static final long BYTES = 64L * Payload.MIB;

  private final Pki pki;
  private final Payload payload = new Payload(7, BYTES);

  HttpFlowIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  private RunningProxy proxy(HttpApplication application, String transport) {
    Transports.assumeAvailable(transport);
    return RunningProxy.with(
        pki,
        """
        transport = %s
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
        }
        """
            .formatted(transport, application.address()));
  }

  private HttpPeer peer(RunningProxy proxy) throws IOException {
    return HttpPeer.over(pki.connect(pki.client(), proxy.port("web"), "TLSv1.3"));
  }

  private static void answer(OutputStream out, String fields, String body) throws IOException {
    HttpApplication.write(
        out,
        "HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s".formatted(fields, body.length(), body));
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void sixtyFourMebibytesGoEachWayAtOnceUnharmed(String transport) throws Exception {
    Payload response = new Payload(8, BYTES);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  if (request.method().equals("GET")) {
                    answer(out, "", "again");
                    return;
                  }
                  HttpApplication.write(
                      out, "HTTP/1.1 200 OK\r\nContent-Length: " + BYTES + "\r\n\r\n");
                  CompletableFuture<Void> sending = response.sending(out);
                  assertThat(Payload.hashOf(request.body(), BYTES)).isEqualTo(payload.hash());
                  sending.join();
                });
        RunningProxy proxy = proxy(application, transport);
        HttpPeer peer = peer(proxy)) {
      peer.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: " + BYTES + "\r\n\r\n");
      CompletableFuture<Void> sending = payload.sending(peer.socket().getOutputStream());

      assertThat(peer.readHead()).startsWith("HTTP/1.1 200");
      assertThat(Payload.hashOf(peer.socket().getInputStream(), BYTES)).isEqualTo(response.hash());
      sending.join();
      assertThat(peer.get("/again").status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void anApplicationThatDoesNotReadStopsThePeer(String transport) throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  read.await();
                  answer(out, "", Payload.hashOf(request.body(), BYTES));
                });
        RunningProxy proxy = proxy(application, transport);
        HttpPeer peer = peer(proxy)) {
      long before = held();
      peer.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: " + BYTES + "\r\n\r\n");
      CompletableFuture<Void> sending = payload.sending(peer.socket().getOutputStream());
      payload.awaitStandstill();
      assertThat(payload.sent()).isLessThan(KERNEL_HOLDS);
      assertThat(held() - before).isLessThan(WE_HOLD);

      read.countDown();
      assertThat(peer.read().text()).isEqualTo(payload.hash());
      sending.join();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void aPeerThatDoesNotReadStopsTheApplication(String transport) throws Exception {
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  HttpApplication.write(
                      out, "HTTP/1.1 200 OK\r\nContent-Length: " + BYTES + "\r\n\r\n");
                  payload.write(out);
                });
        RunningProxy proxy = proxy(application, transport);
        HttpPeer peer = peer(proxy)) {
      long before = held();
      peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      payload.awaitStandstill();
      assertThat(payload.sent()).isLessThan(KERNEL_HOLDS);
      assertThat(held() - before).isLessThan(WE_HOLD);

      assertThat(peer.readHead()).startsWith("HTTP/1.1 200");
      assertThat(Payload.hashOf(peer.socket().getInputStream(), BYTES)).isEqualTo(payload.hash());
    }
  }

  /** A body that the application sends on and on, and one that is there and waits. */
  @ParameterizedTest
  @ValueSource(longs = {BYTES, 8 * Payload.MIB})
  void aPeerThatReadsNothingOfItsAnswerIsNotWaitedForForEver(long bytes) throws Exception {
    Payload response = new Payload(9, bytes);
    CountDownLatch over = new CountDownLatch(1);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  HttpApplication.write(
                      out, "HTTP/1.1 200 OK\r\nContent-Length: " + bytes + "\r\n\r\n");
                  try {
                    response.write(out);
                  } finally {
                    over.countDown();
                  }
                });
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
                  http.send-timeout = 1s
                }
                """
                    .formatted(application.address()));
        HttpPeer peer = peer(proxy)) {
      peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

      proxy.awaitClosed("web", CloseReason.SEND_TIMEOUT, 1);
      proxy.awaitMetric(
          "sallyport_http_limit_reached_total{limit=\"send_timeout\",listener=\"web\"}", 1);
      assertThat(over.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, 100_000})
  void aPeerThatSendsRequestsAndReadsNoAnswerIsNotReadAnyMore(int bytes) throws Exception {
    String big = "x".repeat(bytes);
    try (HttpApplication application =
            HttpApplication.answering((request, out) -> answer(out, "", big));
        RunningProxy proxy = proxy(application, "auto");
        Socket tcp = new Socket(InetAddress.getLoopbackAddress(), proxy.port("web"));
        HttpPeer peer = HttpPeer.over(pki.over(tcp, pki.client(), "TLSv1.3"))) {
      long before = held();
      byte[] request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII);
      CompletableFuture<Void> flood =
          CompletableFuture.runAsync(
              () -> {
                try {
                  for (int i = 0; i < 2_000_000; i++) {
                    peer.send(request);
                    payload.count(request.length);
                  }
                } catch (IOException e) {
                  // the test is over
                }
              },
              task -> new Thread(task, "flood").start());
      payload.awaitStandstill();
      assertThat(held() - before).isLessThan(WE_HOLD);
      assertThat(application.others()).hasSizeLessThan((int) (KERNEL_HOLDS / bytes));
      peer.socket().setSoLinger(true, 0); // or its close waits for the flood
      tcp.close(); // the TLS over it would wait for the flood
      flood.join();
    }
  }

  @Test
  void aBodyThatNobodyTakesDoesNotHoldTheConnectionForEver() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (HttpApplication application =
            HttpApplication.answering((request, out) -> over.await(20, TimeUnit.SECONDS));
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
                  idle-timeout = 1s
                }
                """
                    .formatted(application.address()));
        HttpPeer peer = peer(proxy)) {
      peer.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: " + BYTES + "\r\n\r\n");
      CompletableFuture<Void> sending = payload.sending(peer.socket().getOutputStream());

      proxy.awaitClosed("web", CloseReason.IDLE_TIMEOUT, 1);
      over.countDown();
      assertThat(sending).failsWithin(20, TimeUnit.SECONDS);
    }
  }

  /** With the whole response there, or with the first half of it. */
  @ParameterizedTest
  @ValueSource(strings = {"ok", "o"})
  void aPeerThatIsAnsweredEarlyMayNotTakeItsTimeForTheRestOfItsRequest(String sent)
      throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + sent);
                  try {
                    request.body().readAllBytes();
                  } finally {
                    over.countDown();
                  }
                });
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
                  http.request-timeout = 1s
                }
                """
                    .formatted(application.address()));
        HttpPeer peer = peer(proxy)) {
      peer.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n");
      assertThat(peer.readHead()).startsWith("HTTP/1.1 200");
      Eventually.holds(
          "its connection ends",
          () -> {
            try {
              peer.send("x");
              return false;
            } catch (IOException e) {
              return true;
            }
          });

      proxy.awaitClosed("web", CloseReason.REQUEST_REFUSED, 1);
      assertThat(over.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aPeerThatLeavesEndsItsRequestAtTheApplication() throws Exception {
    try (HttpApplication application =
            HttpApplication.answering((request, out) -> request.body().readAllBytes());
        RunningProxy proxy = proxy(application, "auto");
        HttpPeer peer = peer(proxy)) {
      peer.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
      application.next();
      peer.close();

      assertThat(application.nextEnding()).containsAnyOf("reset", "within a body");
      proxy.awaitActive("web", 0);
    }
  }

  @Test
  void fourHundredPeersThatLeaveWithinARequestLeaveNothingBehind() throws Exception {
    try (HttpApplication application =
            HttpApplication.answering((request, out) -> request.body().readAllBytes());
        RunningProxy proxy = proxy(application, "auto")) {
      for (int round = 0; round < 100; round++) {
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
      proxy.awaitActive("web", 0);
      Eventually.holds("the application has nobody", () -> application.open() == 0);
    }
  }

  @Test
  void theLastAnswerArrivesThoughThePeerIsStillSending() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
                  http.max-body = 1k
                }
                """
                    .formatted(application.address()));
        HttpPeer peer = peer(proxy)) {
      peer.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n");
      peer.send("x".repeat(30_000));

      assertThat(peer.read().status()).isEqualTo(413);
      proxy.awaitClosed("web", CloseReason.REQUEST_REFUSED, 1);
      assertThat(application.others()).isEmpty();
    }
  }
}

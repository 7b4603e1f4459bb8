package io.sallyport;

import static io.sallyport.rig.Buffers.KERNEL_HOLDS;
import static io.sallyport.rig.Buffers.WE_HOLD;
import static io.sallyport.rig.Buffers.held;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.Payload;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.Transports;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies of any length out to peers and back, in memory that does not grow with them. */
final class HttpOutboundFlowIT {

  private static final long BYTES = 64L * Payload.MIB;

  private final Pki pki;
  private final Payload payload = new Payload(7, BYTES);

  HttpOutboundFlowIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  private HttpApplication peer(HttpApplication.Script script) {
    return HttpApplication.answeringTls(pki.context(pki.server()), script);
  }

  private RunningProxy proxy(HttpApplication peer, String transport) {
    Transports.assumeAvailable(transport);
    return RunningProxy.with(
        pki,
        """
        transport = %s
        outbound.out {
          listen = "127.0.0.1:0", connect = "%s", identity = client, protocol = http
        }
        """
            .formatted(transport, peer.address()));
  }

  private static HttpPeer application(RunningProxy proxy) throws IOException {
    return HttpPeer.over(proxy.connect("out"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void bothBodiesArriveWholeAtTheSameTime(String transport) throws Exception {
    Payload response = new Payload(8, BYTES);
    try (HttpApplication peer =
            peer(
                (request, out) -> {
                  if (request.method().equals("GET")) {
                    HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    return;
                  }
                  HttpApplication.write(
                      out, "HTTP/1.1 200 OK\r\nContent-Length: " + BYTES + "\r\n\r\n");
                  CompletableFuture<Void> sending = response.sending(out);
                  assertThat(Payload.hashOf(request.body(), BYTES)).isEqualTo(payload.hash());
                  sending.join();
                });
        RunningProxy proxy = proxy(peer, transport);
        HttpPeer caller = application(proxy)) {
      caller.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: " + BYTES + "\r\n\r\n");
      CompletableFuture<Void> sending = payload.sending(caller.socket().getOutputStream());

      assertThat(caller.readHead()).startsWith("HTTP/1.1 200");
      assertThat(Payload.hashOf(caller.socket().getInputStream(), BYTES))
          .isEqualTo(response.hash());
      sending.join();
      assertThat(caller.get("/again").status()).isEqualTo(200);
      assertThat(peer.accepted()).isOne();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void aPeerThatDoesNotReadStopsTheApplication(String transport) throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    try (HttpApplication peer =
            peer(
                (request, out) -> {
                  read.await();
                  String hash = Payload.hashOf(request.body(), BYTES);
                  HttpApplication.write(
                      out,
                      "HTTP/1.1 200 OK\r\nContent-Length: " + hash.length() + "\r\n\r\n" + hash);
                });
        RunningProxy proxy = proxy(peer, transport);
        HttpPeer caller = application(proxy)) {
      long before = held();
      caller.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: " + BYTES + "\r\n\r\n");
      CompletableFuture<Void> sending = payload.sending(caller.socket().getOutputStream());
      payload.awaitStandstill();
      assertThat(payload.sent()).isLessThan(KERNEL_HOLDS);
      assertThat(held() - before).isLessThan(WE_HOLD);

      read.countDown();
      assertThat(caller.read().text()).isEqualTo(payload.hash());
      sending.join();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void anApplicationThatDoesNotReadStopsThePeer(String transport) throws Exception {
    try (HttpApplication peer =
            peer(
                (request, out) -> {
                  HttpApplication.write(
                      out, "HTTP/1.1 200 OK\r\nContent-Length: " + BYTES + "\r\n\r\n");
                  payload.write(out);
                });
        RunningProxy proxy = proxy(peer, transport);
        HttpPeer caller = application(proxy)) {
      long before = held();
      caller.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      payload.awaitStandstill();
      assertThat(payload.sent()).isLessThan(KERNEL_HOLDS);
      assertThat(held() - before).isLessThan(WE_HOLD);

      assertThat(caller.readHead()).startsWith("HTTP/1.1 200");
      assertThat(Payload.hashOf(caller.socket().getInputStream(), BYTES)).isEqualTo(payload.hash());
    }
  }
}

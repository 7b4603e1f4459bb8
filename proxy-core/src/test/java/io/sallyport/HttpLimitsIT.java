package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.rig.FieldBlock;
import io.sallyport.rig.Http2Frame;
import io.sallyport.rig.Http2Peer;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.nio.file.Path;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each limit of HTTP that bites without an answer is counted under its own word. */
final class HttpLimitsIT {

  private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

  private final Pki pki;
  private HttpApplication application;
  private RunningProxy proxy;

  HttpLimitsIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @BeforeEach
  void start() {
    application = HttpApplication.start();
    proxy =
        RunningProxy.with(
            pki,
            """
            inbound.web {
              listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
              http { max-pipelined = 2, max-streams = 1, stream-window = 1k, max-control-frames = 20 }
            }
            """
                .formatted(application.address()));
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    application.close();
  }

  private void awaitReached(String limit) {
    proxy.awaitMetric(
        "sallyport_http_limit_reached_total{limit=\"%s\",listener=\"web\"}".formatted(limit), 1);
  }

  private Http2Peer peer() throws IOException {
    return Http2Peer.open(pki, pki.client(), proxy.port("web"));
  }

  @Test
  void requestsSentAheadBeyondTheBoundPauseReadingAndAreServed() throws Exception {
    try (SSLSocket socket = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3");
        HttpPeer peer = HttpPeer.over(socket)) {
      peer.send(GET.repeat(4));
      for (int i = 0; i < 4; i++) {
        assertThat(peer.read().status()).isEqualTo(200);
      }
      awaitReached("pipelined");
    }
  }

  @Test
  void framesThatCarryNothing() throws Exception {
    try (Http2Peer peer = peer()) {
      peer.send(Http2Frame.ping("sallypor").wire().repeat(40));
      peer.awaitEnd();
      awaitReached("control_frames");
    }
  }

  @Test
  void requestsAtOnce() throws Exception {
    try (Http2Peer peer = peer()) {
      peer.send(
          Http2Frame.head(1, FieldBlock.request("POST", "/")),
          Http2Frame.head(3, FieldBlock.request("POST", "/")));
      assertThat(peer.answer(3).reset()).isNotNull();
      awaitReached("streams");
    }
  }
}

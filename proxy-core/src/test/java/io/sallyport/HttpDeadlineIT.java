package io.sallyport;

import static io.sallyport.rig.OneLoopOutbound.application;
import static io.sallyport.rig.OneLoopOutbound.configuration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.FieldBlock;
import io.sallyport.rig.H2cApplication;
import io.sallyport.rig.Http2Frame;
import io.sallyport.rig.Http2Peer;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.HttpPeer.Response;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.WebSocketApplication;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How long a request to a peer may take in all, and what becomes of it then. */
final class HttpDeadlineIT {

  private static final String SOON = "http.deadline = 400ms";

  /** Time enough for a first handshake. */
  private static final String LATER = "http.deadline = 1s";

  private static final String HTTP_2 = "alpn = [ h2 ], ";

  private final Pki pki;
  private final CountDownLatch over = new CountDownLatch(1);

  HttpDeadlineIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @AfterEach
  void stop() {
    over.countDown();
  }

  private HttpApplication peer(HttpApplication.Script script) {
    return HttpApplication.answeringTls(pki.context(pki.server()), script);
  }

  private H2cApplication peerOfHttp2(H2cApplication.Script script) {
    return H2cApplication.overTls(pki.context(pki.server()), script);
  }

  private static void awaitRefused(RunningProxy proxy, String listener) {
    proxy.awaitMetric(
        "sallyport_http_refusals_total{listener=\"%s\",reason=\"deadline\"}".formatted(listener),
        1);
  }

  private static void awaitNothingLeft(RunningProxy proxy, String listener) {
    proxy.awaitMetric(
        "sallyport_upstream_requests_outstanding{listener=\"%s\"}".formatted(listener), 0);
  }

  @ParameterizedTest
  @CsvSource({
    "silent,  GET,  ''",
    "mute,    POST, 'Content-Length: 9~'",
    "http2,   POST, 'Content-Length: 9~'"
  })
  void whatHasNoAnswerByThenIsAnsweredHere(String kind, String method, String length)
      throws Exception {
    try (Application silent =
            Application.serving(socket -> socket.getInputStream().readAllBytes());
        HttpApplication mute = peer((request, out) -> over.await());
        H2cApplication http2 = peerOfHttp2(request -> over.await())) {
      String endpoint =
          switch (kind) {
            case "silent" -> silent.address();
            case "mute" -> mute.address();
            default -> http2.address();
          };
      String more = kind.equals("http2") ? HTTP_2 + SOON : SOON;
      try (RunningProxy proxy = RunningProxy.with(pki, configuration(more, endpoint));
          HttpPeer caller = application(proxy)) {
        Response response =
            caller.ask(
                method + " / HTTP/1.1\r\nHost: a\r\n" + length.replace("~", "\r\n") + "\r\n");

        assertThat(response.status()).isEqualTo(504);
        assertThat(response.values("content-type")).containsExactly("application/problem+json");
        assertThat(response.values("proxy-status"))
            .containsExactly("sallyport; error=http_response_timeout");
        awaitRefused(proxy, "out");
        awaitNothingLeft(proxy, "out");
      }
    }
  }

  /** Another listener beside the one named out. */
  private static String also(String name, String more, String endpoint) {
    String configuration = configuration(more, endpoint);
    return configuration
        .substring(configuration.indexOf("outbound"))
        .replace("outbound.out", "outbound." + name);
  }

  @Test
  void aResponseThatGoesOnForEverIsBrokenOff() throws Exception {
    try (HttpApplication one =
            peer(
                (request, out) -> {
                  HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n");
                  while (over.getCount() > 0) {
                    HttpApplication.write(out, "x");
                    Thread.sleep(10);
                  }
                });
        H2cApplication other =
            peerOfHttp2(
                request -> {
                  request.head(false, ":status", "200", "content-length", "999999");
                  while (over.getCount() > 0) {
                    request.data("x", false);
                    Thread.sleep(10);
                  }
                });
        RecordedLog log = RecordedLog.start();
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                configuration(LATER + ", http.access-log = json", one.address())
                    + also("other", HTTP_2 + LATER + ", http.access-log = json", other.address()));
        HttpPeer first = application(proxy);
        HttpPeer second = HttpPeer.over(proxy.connect("other"))) {
      for (HttpPeer each : List.of(first, second)) {
        each.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(each.readHead()).startsWith("HTTP/1.1 200");
      }

      assertThatThrownBy(first::rest).isInstanceOf(IOException.class);
      assertThatThrownBy(second::rest).isInstanceOf(IOException.class);

      for (String listener : List.of("out", "other")) {
        proxy.awaitClosed(listener, CloseReason.REQUEST_DEADLINE, 1);
        awaitRefused(proxy, listener);
        awaitNothingLeft(proxy, listener);
      }
      assertThat(log.lines("request"))
          .extracting(line -> line.field("reason"))
          .containsExactly("deadline", "deadline");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPeerThatTakesNothingOfABodyIsNotWaitedForAnyLongerThanForItsAnswer(boolean http2)
      throws Exception {
    try (HttpApplication one = peer((request, out) -> over.await());
        H2cApplication other = peerOfHttp2(request -> over.await());
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                configuration(
                    (http2 ? HTTP_2 : "") + "http.response-timeout = 400ms",
                    http2 ? other.address() : one.address()));
        HttpPeer caller = application(proxy)) {
      caller.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n");
      Thread sending = new Thread(() -> sendUntilItIsRefused(caller), "sending");
      sending.start();

      Response response = caller.read();

      assertThat(response.status()).isEqualTo(504);
      assertThat(response.values("proxy-status"))
          .containsExactly("sallyport; error=http_response_timeout");
      awaitNothingLeft(proxy, "out");
      caller.close();
      sending.join();
    }
  }

  private static void sendUntilItIsRefused(HttpPeer caller) {
    byte[] part = new byte[1 << 16];
    try {
      for (int sent = 0; sent < 999_999_999 - part.length; sent += part.length) {
        caller.send(part);
      }
    } catch (IOException e) {
      // nobody wants the rest
    }
  }

  @Test
  void onlyTheStreamOfTheLateOneEnds() throws Exception {
    try (H2cApplication peer =
            peerOfHttp2(
                request -> {
                  if (request.path().equals("/late")) {
                    request.head(false, ":status", "200");
                    over.await();
                  }
                  H2cApplication.hello(request);
                });
        RunningProxy proxy = RunningProxy.with(pki, configuration(HTTP_2 + LATER, peer.address()));
        Http2Peer caller = Http2Peer.plain(proxy.connect("out"))) {
      int late = caller.nextStream();
      caller.send(Http2Frame.request(late, FieldBlock.request("GET", "/late")));

      assertThat(caller.answer(late).reset()).isNotNull();

      assertThat(caller.get("/").status()).isEqualTo(200);
      assertThat(peer.accepted()).isOne();
      assertThat(peer.connections().get(0).received()).contains("RST_STREAM 3 8");
    }
  }

  @Test
  void whatHasChangedToAnotherProtocolGoesOn() throws Exception {
    try (WebSocketApplication peer = WebSocketApplication.echoTls(pki.context(pki.server()));
        HttpApplication mute = peer((request, out) -> over.await());
        RunningProxy proxy =
            RunningProxy.with(
                pki, configuration(LATER, peer.address()) + also("late", LATER, mute.address()));
        HttpPeer one = application(proxy);
        Http2Peer other = Http2Peer.plain(proxy.connect("out"));
        HttpPeer later = HttpPeer.over(proxy.connect("late"))) {
      openWebSocket(one);
      int stream = openWebSocket(other);

      assertThat(later.get("/").status()).isEqualTo(504);

      one.send(WebSocketApplication.message("on"));
      assertThat(one.read(4)).isEqualTo(WebSocketApplication.answer("on"));
      other.send(Http2Frame.data(stream, WebSocketApplication.message("on")));
      assertThat(other.answerWith(stream, 4).body()).isEqualTo(WebSocketApplication.answer("on"));
    }
  }

  private static void openWebSocket(HttpPeer caller) throws IOException {
    caller.send(
        String.join(
            "\r\n",
            "GET / HTTP/1.1",
            "Host: a",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "",
            ""));
    assertThat(caller.readHead()).startsWith("HTTP/1.1 101");
  }

  private static int openWebSocket(Http2Peer caller) throws IOException {
    int stream = caller.nextStream();
    caller.send(
        Http2Frame.head(
            stream,
            FieldBlock.of(
                ":method",
                "CONNECT",
                ":protocol",
                "websocket",
                ":scheme",
                "http",
                ":authority",
                "a",
                ":path",
                "/",
                "sec-websocket-version",
                "13")));
    assertThat(caller.answerBegun(stream).status()).isEqualTo(200);
    return stream;
  }
}

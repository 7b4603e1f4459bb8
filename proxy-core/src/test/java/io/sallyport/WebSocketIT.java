package io.sallyport;

import static io.sallyport.rig.WebSocketApplication.answer;
import static io.sallyport.rig.WebSocketApplication.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http2.Http2Error;
import io.sallyport.rig.Application;
import io.sallyport.rig.FieldBlock;
import io.sallyport.rig.Http2Frame;
import io.sallyport.rig.Http2Peer;
import io.sallyport.rig.Http2Peer.Answer;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.WebSocketApplication;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSockets to an application that speaks HTTP/1.1, over HTTP/1.1 and over HTTP/2 (RFC 8441). */
final class WebSocketIT {

  private final Pki pki;
  private final RecordedLog log = RecordedLog.start();

  WebSocketIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @AfterEach
  void stop() {
    assertThat(log.faults()).isEmpty();
    log.close();
  }

  private RunningProxy proxy(String application) {
    return proxy(application, "");
  }

  private RunningProxy proxy(String application, String more) {
    return RunningProxy.with(
        pki,
        """
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", protocol = http, peer-header = spiffe-id
          allow = [ { uri = "spiffe://test/client", methods = GET, paths = "/chat" } ]
          %s
        }
        """
            .formatted(application, more));
  }

  private Http2Peer peer(RunningProxy proxy) throws IOException {
    return Http2Peer.open(pki, pki.client(), proxy.port("web"));
  }

  /** One that is open. */
  private static int open(Http2Peer peer) throws IOException {
    int stream = peer.nextStream();
    peer.send(Http2Frame.head(stream, FieldBlock.webSocket("/chat")));
    Answer answer = peer.answerBegun(stream);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.ended()).isFalse();
    return stream;
  }

  /** Keeps the messages that come whole. */
  static final class Messages implements WebSocket.Listener {
    final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final StringBuilder soFar = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
      soFar.append(text);
      if (last) {
        received.add(soFar.toString());
        soFar.setLength(0);
      }
      socket.request(1);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      closed.complete(code);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      closed.completeExceptionally(error);
    }
  }

  @Test
  void javaTalksOverHttp11() throws Exception {
    try (WebSocketApplication application = WebSocketApplication.echo();
        RunningProxy proxy = proxy(application.address())) {
      Messages messages = new Messages();
      WebSocket socket =
          HttpClient.newBuilder()
              .sslContext(pki.context(pki.client()))
              .build()
              .newWebSocketBuilder()
              .buildAsync(URI.create("wss://localhost:" + proxy.port("web") + "/chat"), messages)
              .get(20, TimeUnit.SECONDS);

      String longer = "x".repeat(10_000);
      for (String text : List.of("hello", "again", longer)) {
        socket.sendText(text, true).get(20, TimeUnit.SECONDS);
        assertThat(messages.received.poll(20, TimeUnit.SECONDS)).isEqualTo(text);
      }
      socket.sendPing(ByteBuffer.allocate(4)).get(20, TimeUnit.SECONDS);
      socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(20, TimeUnit.SECONDS);
      assertThat(messages.closed.get(20, TimeUnit.SECONDS)).isEqualTo(WebSocket.NORMAL_CLOSURE);
      assertThat(application.next())
          .startsWith("GET /chat HTTP/1.1\r\n")
          .containsIgnoringCase("x-peer-spiffe-id: spiffe://test/client\r\n");
    }
  }

  @Test
  void javaIsRefusedOverHttp11WhereNoRuleLetsIt() throws Exception {
    try (WebSocketApplication application = WebSocketApplication.echo();
        RunningProxy proxy = proxy(application.address())) {
      CompletableFuture<WebSocket> socket =
          HttpClient.newBuilder()
              .sslContext(pki.context(pki.client()))
              .build()
              .newWebSocketBuilder()
              .buildAsync(
                  URI.create("wss://localhost:" + proxy.port("web") + "/secret"), new Messages());

      assertThatThrownBy(() -> socket.get(20, TimeUnit.SECONDS)).hasStackTraceContaining("403");
      assertThat(application.accepted()).isZero();
    }
  }

  /** RFC 8441 §3. */
  @Test
  void itIsSaidThatItMayBeAskedForOverHttp2() throws Exception {
    try (WebSocketApplication application = WebSocketApplication.echo();
        RunningProxy proxy = proxy(application.address());
        Http2Peer peer = peer(proxy)) {
      assertThat(peer.settings()).containsEntry(Http2Frame.ENABLE_CONNECT_PROTOCOL, 1L);
    }
  }

  /** RFC 8441 §5 and RFC 6455 §4.1: what is a CONNECT outside is a GET inside. */
  @Test
  void overHttp2ItIsAnUpgradeToTheApplication() throws Exception {
    try (WebSocketApplication application = WebSocketApplication.echo();
        RunningProxy proxy = proxy(application.address());
        Http2Peer peer = peer(proxy)) {
      int stream = peer.nextStream();
      peer.send(
          Http2Frame.head(
              stream,
              FieldBlock.webSocket(
                  "/chat",
                  "sec-websocket-protocol",
                  "chat, other",
                  "x-peer-spiffe-id",
                  "spiffe://test/admin")));
      Answer answer = peer.answerBegun(stream);

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.values("sec-websocket-accept")).isEmpty();
      assertThat(answer.values("upgrade")).isEmpty();
      assertThat(answer.values("connection")).isEmpty();
      String head = application.next();
      assertThat(head.toLowerCase(Locale.ROOT))
          .startsWith("get /chat http/1.1\r\n")
          .contains(
              "\r\nhost: localhost\r\n",
              "\r\nupgrade: websocket\r\n",
              "\r\nconnection: upgrade\r\n",
              "\r\nsec-websocket-version: 13\r\n",
              "\r\nsec-websocket-protocol: chat, other\r\n",
              "\r\norigin: https://localhost\r\n",
              "\r\nx-peer-spiffe-id: spiffe://test/client\r\n")
          .doesNotContain("admin", ":protocol", "transfer-encoding", "content-length");
      String key = head.replaceAll("(?is).*\r\nsec-websocket-key: ([^\r]*)\r\n.*", "$1");
      assertThat(Base64.getDecoder().decode(key)).hasSize(16);
    }
  }

  @Test
  void overHttp2MessagesGoBothWaysAndOtherRequestsBesideThem() throws Exception {
    try (WebSocketApplication application = WebSocketApplication.echo();
        RunningProxy proxy = proxy(application.address());
        Http2Peer peer = peer(proxy)) {
      int first = open(peer);
      int second = open(peer);
      StringBuilder expected = new StringBuilder();
      for (int i = 0; i < 50; i++) {
        peer.send(
            Http2Frame.data(first, message("first " + i)),
            Http2Frame.data(second, message("second")));
        expected.append(answer("first " + i));
        assertThat(peer.answerWith(first, expected.length()).body()).isEqualTo(expected.toString());
      }
      assertThat(peer.answerWith(second, 50 * 8).body()).isEqualTo(answer("second").repeat(50));
      assertThat(peer.get("/secret").status()).isEqualTo(403);

      peer.send(Http2Frame.data(first, "\210\200\0\0\0\0"));
      assertThat(peer.answer(first).body()).endsWith("\210\0");
      assertThat(peer.soFar(first).ended()).isTrue();
      assertThat(application.nextEnding()).isEmpty();
    }
  }

  /** RFC 8441 §5: END_STREAM stands for an orderly end, RST_STREAM for a reset. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void overHttp2TheEndOfAStreamIsTheEndAtTheApplication(boolean orderly) throws Exception {
    try (WebSocketApplication application = WebSocketApplication.echo();
        RunningProxy proxy = proxy(application.address());
        Http2Peer peer = peer(proxy)) {
      int stream = open(peer);
      peer.send(Http2Frame.data(stream, message("hello")));
      assertThat(peer.answerWith(stream, 7).body()).isEqualTo(answer("hello"));
      peer.send(
          orderly ? Http2Frame.lastData(stream, "") : Http2Frame.reset(stream, Http2Error.CANCEL));

      if (orderly) {
        assertThat(application.nextEnding()).isEmpty();
        assertThat(peer.answer(stream).ended()).isTrue();
      } else {
        assertThat(application.nextEnding()).isEqualTo("Connection reset");
      }
      assertThat(peer.get("/secret").status()).isEqualTo(403);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void overHttp2WhatIsStillOnItsWayWhenBothHaveFinishedArrives(boolean applicationFirst)
      throws Exception {
    CountDownLatch sent = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    CompletableFuture<Integer> arrived = new CompletableFuture<>();
    try (Application application =
            Application.serving(
                socket -> {
                  WebSocketApplication.agree(socket);
                  if (applicationFirst) {
                    socket.shutdownOutput();
                  }
                  sent.await();
                  if (!applicationFirst) {
                    socket.shutdownOutput();
                  }
                  ended.await();
                  arrived.complete(socket.getInputStream().readAllBytes().length);
                });
        RunningProxy proxy = proxy(application.address());
        Http2Peer peer = peer(proxy)) {
      int stream = open(peer);
      int bytes = peer.fill(stream);
      peer.send(Http2Frame.lastData(stream, ""));
      peer.roundTrip();
      sent.countDown();
      assertThat(peer.answer(stream).ended()).isTrue();
      peer.roundTrip();
      ended.countDown();

      assertThat(application.nextEnding()).isEmpty();
      assertThat(arrived).isCompletedWithValue(bytes);
    }
  }

  @Test
  void overHttp2AnApplicationThatNeverTakesTheRestIsCutOff() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (Application application =
            Application.serving(
                socket -> {
                  WebSocketApplication.agree(socket);
                  socket.shutdownOutput();
                  over.await();
                });
        RunningProxy proxy = proxy(application.address(), "close-timeout = 300ms")) {
      try (Http2Peer peer = peer(proxy)) {
        int stream = open(peer);
        assertThat(peer.fill(stream)).isPositive();
        peer.send(Http2Frame.lastData(stream, ""));
        assertThat(peer.answer(stream).ended()).isTrue();
        peer.roundTrip();
      }
      proxy.awaitActive("web", 0);
      over.countDown();
    }
  }

  /** RFC 8441 §5. */
  @Test
  void overHttp2AResetOfTheApplicationCancelsTheStream() throws Exception {
    try (Application application =
            Application.serving(
                socket -> {
                  WebSocketApplication.agree(socket);
                  socket.getInputStream().read();
                  socket.setSoLinger(true, 0);
                });
        RunningProxy proxy = proxy(application.address());
        Http2Peer peer = peer(proxy)) {
      int stream = open(peer);
      peer.send(Http2Frame.data(stream, "x"));

      assertThat(peer.answer(stream).reset()).isEqualTo(Http2Error.CANCEL);
      assertThat(peer.get("/secret").status()).isEqualTo(403);
    }
  }

  @Test
  void overHttp2RulesJudgeItAsAGet() throws Exception {
    try (WebSocketApplication application = WebSocketApplication.echo();
        RunningProxy proxy = proxy(application.address());
        Http2Peer peer = peer(proxy)) {
      int stream = peer.nextStream();
      peer.send(Http2Frame.head(stream, FieldBlock.webSocket("/secret")));
      assertThat(peer.answer(stream).status()).isEqualTo(403);
      assertThat(application.accepted()).isZero();
      open(peer);
    }
  }

  /** To the peer each of them would open a WebSocket that the application knows nothing of. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK~Content-Length: 2~~ok",
        "HTTP/1.1 204 No Content~~",
        "HTTP/1.1 101 Switching Protocols~Upgrade: websocket~Connection: Upgrade~~",
        "HTTP/1.1 101 Switching Protocols~Upgrade: websocket~Connection: Upgrade~"
            + "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=~~",
        "HTTP/1.1 101 Switching Protocols~Upgrade: other~Connection: Upgrade~"
            + "Sec-WebSocket-Accept: ACCEPT~~",
        "HTTP/1.1 101 Switching Protocols~Sec-WebSocket-Accept: ACCEPT~~",
      })
  void overHttp2AnAnswerThatAgreesToNoWebSocketOpensNone(String raw) throws Exception {
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  String key = request.values("sec-websocket-key").get(0);
                  HttpApplication.write(
                      out,
                      raw.replace("~", "\r\n").replace("ACCEPT", WebSocketApplication.accept(key)));
                });
        RunningProxy proxy = proxy(application.address());
        Http2Peer peer = peer(proxy)) {
      int stream = peer.nextStream();
      peer.send(Http2Frame.head(stream, FieldBlock.webSocket("/chat")));
      Answer answer = peer.answerBegun(stream);

      assertThat(answer.status() / 100).isNotEqualTo(2);
      assertThat(answer.status() == 502 || answer.reset() != null).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404, 426, 500})
  void overHttp2TheApplicationMayRefuse(int status) throws Exception {
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) ->
                    HttpApplication.write(
                        out,
                        "HTTP/1.1 %d Refused\r\nX-Why: because\r\nContent-Length: 2\r\n\r\nno"
                            .formatted(status)));
        RunningProxy proxy = proxy(application.address());
        Http2Peer peer = peer(proxy)) {
      int stream = peer.nextStream();
      peer.send(Http2Frame.head(stream, FieldBlock.webSocket("/chat")));
      Answer answer = peer.answer(stream);

      assertThat(answer.status()).isEqualTo(status);
      assertThat(answer.values("x-why")).containsExactly("because");
      assertThat(answer.body()).isEqualTo("no");
    }
  }
}

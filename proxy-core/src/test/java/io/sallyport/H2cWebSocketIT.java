package io.sallyport;

import static io.sallyport.rig.WebSocketApplication.answer;
import static io.sallyport.rig.WebSocketApplication.message;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http2.Http2Error;
import io.sallyport.http.AccessLog;
import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.FieldBlock;
import io.sallyport.rig.H2cApplication;
import io.sallyport.rig.H2cApplication.Script;
import io.sallyport.rig.H2cStream;
import io.sallyport.rig.Http2Frame;
import io.sallyport.rig.Http2Peer;
import io.sallyport.rig.Http2Peer.Answer;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.HttpPeer.Response;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.WebSocketApplication;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSockets to what speaks HTTP/2 (RFC 8441): the application, or a peer of an outbound one. */
final class H2cWebSocketIT {

  /** Of RFC 6455 §1.3. */
  private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

  private static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

  private static Pki pki;

  private final RecordedLog log = RecordedLog.start();

  @BeforeAll
  static void issue(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @AfterEach
  void noFaults() {
    assertThat(log.faults()).isEmpty();
    log.close();
  }

  private static RunningProxy proxy(String application, String more) {
    return RunningProxy.with(
        pki,
        """
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", protocol = http, app-protocol = h2c
          allow = [ { uri = "spiffe://test/client", methods = GET, paths = "/chat" } ]
          peer-header = spiffe-id
          %s
        }
        """
            .formatted(application, more));
  }

  private static RunningProxy proxy(H2cApplication application) {
    return proxy(application.address(), "");
  }

  /** An application that has said that it takes WebSockets. */
  private static H2cApplication application(Script script) {
    return H2cApplication.withSettings(script, Http2Frame.ENABLE_CONNECT_PROTOCOL, 1);
  }

  private static H2cApplication echo() {
    return application(
        request -> {
          request.head(false, ":status", "200", "sec-websocket-protocol", "chat");
          WebSocketApplication.sendBackAll(request.body(), request.out());
          request.data("", true);
        });
  }

  private static Http2Peer http2(RunningProxy proxy) throws IOException {
    return Http2Peer.open(pki, pki.client(), proxy.port("web"));
  }

  private static HttpPeer http1(RunningProxy proxy) throws IOException {
    return HttpPeer.over(pki.connect(pki.client(), proxy.port("web"), "TLSv1.3"));
  }

  private static String upgrade(String... more) {
    return "GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Version: 13\r\n"
        + String.join("", more)
        + "\r\n";
  }

  private static String upgradeWithKey(String... more) {
    return upgrade("Sec-WebSocket-Key: " + KEY + "\r\n", String.join("", more));
  }

  private static void open(HttpPeer peer) throws IOException {
    peer.send(upgradeWithKey());
    assertThat(peer.readHead()).startsWith("HTTP/1.1 101 ");
  }

  private static int open(Http2Peer peer) throws IOException {
    int stream = peer.nextStream();
    peer.send(Http2Frame.head(stream, FieldBlock.webSocket("/chat")));
    Answer answer = peer.answerBegun(stream);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.ended()).isFalse();
    return stream;
  }

  private static Answer ask(Http2Peer peer) throws IOException {
    int stream = peer.nextStream();
    peer.send(Http2Frame.head(stream, FieldBlock.webSocket("/chat")));
    return peer.answer(stream);
  }

  private static void awaitReset(H2cApplication application, H2cStream request, Http2Error error) {
    String reset = "RST_STREAM " + request.id() + " " + error.code();
    Eventually.holds(reset, () -> request.connection().received().contains(reset));
    assertThat(application.open()).isEqualTo(1);
  }

  // Heads.

  @Test
  void anUpgradeOfHttp11IsAConnectToTheApplication() throws Exception {
    try (H2cApplication application = echo();
        RunningProxy proxy = proxy(application);
        HttpPeer peer = http1(proxy)) {
      peer.send(
          upgradeWithKey(
              "Sec-WebSocket-Protocol: chat, other\r\n",
              "X-Peer-Spiffe-Id: spiffe://test/admin\r\n"));
      Response response = peer.readWithoutBody();

      assertThat(response.head()).startsWith("HTTP/1.1 101 ");
      assertThat(response.values("upgrade")).containsExactly("websocket");
      assertThat(response.values("connection")).containsExactlyInAnyOrder("upgrade");
      assertThat(response.values("sec-websocket-accept")).containsExactly(ACCEPT);
      assertThat(response.values("sec-websocket-protocol")).containsExactly("chat");
      assertThat(response.values("transfer-encoding")).isEmpty();
      assertConnect(application.next(), "chat, other");
    }
  }

  @Test
  void aConnectOfHttp2IsAConnectToTheApplication() throws Exception {
    try (H2cApplication application = echo();
        RunningProxy proxy = proxy(application);
        Http2Peer peer = http2(proxy)) {
      int stream = peer.nextStream();
      peer.send(
          Http2Frame.head(
              stream, FieldBlock.webSocket("/chat", "sec-websocket-protocol", "chat, other")));
      Answer answer = peer.answerBegun(stream);

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.values("sec-websocket-protocol")).containsExactly("chat");
      assertThat(answer.values("sec-websocket-accept")).isEmpty();
      assertConnect(application.next(), "chat, other");
    }
  }

  private static void assertConnect(H2cStream request, String protocols) {
    assertThat(request.method()).isEqualTo("CONNECT");
    assertThat(request.values(":protocol")).containsExactly("websocket");
    assertThat(request.values(":scheme")).containsExactly("http");
    assertThat(request.values(":authority")).containsExactly("localhost");
    assertThat(request.path()).isEqualTo("/chat");
    assertThat(request.values("sec-websocket-version")).containsExactly("13");
    assertThat(request.values("sec-websocket-protocol")).containsExactly(protocols);
    assertThat(request.values("x-peer-spiffe-id")).containsExactly("spiffe://test/client");
    assertThat(request.names())
        .doesNotContain(
            "sec-websocket-key", "upgrade", "connection", "host", "content-length", "te");
    assertThat(request.endsWithHead()).isFalse();
  }

  @Test
  void whatTheApplicationAnswersInsteadPassesAsItIs() throws Exception {
    List<Integer> refusals = List.of(302, 401, 403, 404, 426, 500);
    AtomicInteger asked = new AtomicInteger();
    try (H2cApplication application =
            application(
                request -> {
                  int status = refusals.get(asked.getAndIncrement() / 2);
                  request.head(status == 302, ":status", "" + status, "x-why", "because");
                  if (status != 302) {
                    request.data("no", true);
                  }
                  request.text();
                });
        RunningProxy proxy = proxy(application);
        HttpPeer http1 = http1(proxy);
        Http2Peer http2 = http2(proxy)) {
      for (int status : refusals) {
        String body = status == 302 ? "" : "no";
        Response response = http1.ask(upgradeWithKey());
        assertThat(response.status()).isEqualTo(status);
        assertThat(response.values("x-why")).containsExactly("because");
        assertThat(response.values("sec-websocket-accept")).isEmpty();
        assertThat(response.text()).isEqualTo(body);
        Answer answer = ask(http2);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.values("x-why")).containsExactly("because");
        assertThat(answer.body()).isEqualTo(body);
      }
      assertThat(application.connections())
          .allSatisfy(each -> assertThat(each.received()).noneMatch(f -> f.startsWith("RST_")));
    }
  }

  @Test
  void whatDoesNotTakeThemIsNotAsked() throws Exception {
    try (H2cApplication application = H2cApplication.start();
        RunningProxy proxy = proxy(application);
        HttpPeer http1 = http1(proxy);
        Http2Peer http2 = http2(proxy)) {
      Response response = http1.ask(upgradeWithKey());

      assertThat(response.status()).isEqualTo(502);
      assertThat(response.text()).contains("the server takes no WebSockets over HTTP/2");
      assertThat(response.values("proxy-status"))
          .containsExactly("sallyport; error=http_upgrade_failed");
      assertThat(ask(http2).status()).isEqualTo(502);
      assertThat(http1.get("/chat").status()).isEqualTo(200);
      assertThat(http2.get("/chat").status()).isEqualTo(200);
      assertThat(application.others()).extracting(H2cStream::method).containsOnly("GET");
      proxy.awaitMetric(
          "sallyport_http_refusals_total{listener=\"web\",reason=\"websocket_unavailable\"}", 2);
    }
  }

  @Test
  void whatNeverSaysWhatItTakesIsAskedNothing() throws Exception {
    CompletableFuture<String> came = new CompletableFuture<>();
    try (Application application =
        Application.serving(
            socket -> {
              byte[] all = socket.getInputStream().readAllBytes();
              came.complete(new String(all, ISO_8859_1));
            })) {
      try (RunningProxy proxy = proxy(application.address(), "http.response-timeout = 300ms");
          HttpPeer http1 = http1(proxy);
          Http2Peer http2 = http2(proxy)) {
        assertThat(http1.ask(upgradeWithKey()).status()).isEqualTo(504);
        assertThat(ask(http2).status()).isEqualTo(504);
      }
      application.close();
      assertThat(came.get(20, TimeUnit.SECONDS)).doesNotContain("websocket");
    }
  }

  @Test
  void whatCouldNotBeAnsweredIsNotAsked() throws Exception {
    String key = "Sec-WebSocket-Key: " + KEY + "\r\n";
    try (H2cApplication application = echo();
        RunningProxy proxy = proxy(application)) {
      for (String fields :
          List.of(
              "",
              "Sec-WebSocket-Key: \r\n",
              "Sec-WebSocket-Key: AAAA\r\n",
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=!\r\n",
              key + key,
              key + "Content-Length: 3\r\n",
              key + "Transfer-Encoding: chunked\r\n")) {
        try (HttpPeer peer = http1(proxy)) {
          assertThat(peer.ask(upgrade(fields)).status()).as(fields).isEqualTo(400);
        }
      }
      assertThat(application.others()).isEmpty();
    }
  }

  @Test
  void noRuleNoWebSocket() throws Exception {
    try (H2cApplication application = echo();
        RunningProxy proxy = proxy(application);
        HttpPeer peer = http1(proxy)) {
      assertThat(peer.ask(upgradeWithKey().replace("/chat", "/secret")).status()).isEqualTo(403);
      assertThat(application.accepted()).isZero();
    }
  }

  // What goes through.

  @Test
  void javaTalks() throws Exception {
    try (H2cApplication application = echo();
        RunningProxy proxy = proxy(application)) {
      WebSocketIT.Messages messages = new WebSocketIT.Messages();
      WebSocket socket =
          HttpClient.newBuilder()
              .sslContext(pki.context(pki.client()))
              .build()
              .newWebSocketBuilder()
              .subprotocols("chat")
              .buildAsync(URI.create("wss://localhost:" + proxy.port("web") + "/chat"), messages)
              .get(20, TimeUnit.SECONDS);

      for (String text : List.of("hello", "again", "x".repeat(10_000))) {
        socket.sendText(text, true).get(20, TimeUnit.SECONDS);
        assertThat(messages.received.poll(20, TimeUnit.SECONDS)).isEqualTo(text);
      }
      socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(20, TimeUnit.SECONDS);
      assertThat(messages.closed.get(20, TimeUnit.SECONDS)).isEqualTo(WebSocket.NORMAL_CLOSURE);
      proxy.awaitActive("web", 0);
    }
  }

  @Test
  void messagesGoBothWaysAndOtherRequestsBesideThemOverOneConnection() throws Exception {
    try (H2cApplication application = echo();
        RunningProxy proxy = proxy(application);
        Http2Peer peer = http2(proxy)) {
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
      assertThat(application.accepted()).isEqualTo(1);

      peer.send(Http2Frame.lastData(first, message("last")));
      assertThat(peer.answer(first).body()).endsWith(answer("last"));
      assertThat(peer.soFar(first).ended()).isTrue();
      peer.send(Http2Frame.data(second, message("on")));
      assertThat(peer.answerWith(second, 50 * 8 + 4).body()).endsWith(answer("on"));
    }
  }

  @Test
  void aByteAtATimeItIsTheSame() throws Exception {
    try (H2cApplication application =
            application(
                request -> {
                  request.head(false, ":status", "200");
                  InputStream in = request.body();
                  OutputStream out = request.out();
                  for (int next = in.read(); next >= 0; next = in.read()) {
                    out.write(next);
                  }
                  request.data("", true);
                });
        RunningProxy proxy = proxy(application);
        HttpPeer http1 = http1(proxy);
        Http2Peer http2 = http2(proxy)) {
      open(http1);
      int stream = open(http2);
      String text = "0123456789".repeat(20);
      for (int i = 0; i < text.length(); i++) {
        http1.send(text.substring(i, i + 1));
        http2.send(Http2Frame.data(stream, text.substring(i, i + 1)));
      }
      assertThat(http1.read(text.length())).isEqualTo(text);
      assertThat(http2.answerWith(stream, text.length()).body()).isEqualTo(text);
    }
  }

  @Test
  void whatWasSentWithTheRequestGoesThroughOnceItIsAgreedOn() throws Exception {
    try (H2cApplication application = echo();
        RunningProxy proxy = proxy(application);
        HttpPeer http1 = http1(proxy);
        Http2Peer http2 = http2(proxy)) {
      http1.send(upgradeWithKey() + message("early"));
      assertThat(http1.readHead()).startsWith("HTTP/1.1 101 ");
      assertThat(http1.read(7)).isEqualTo(answer("early"));
      int stream = http2.nextStream();
      http2.send(
          Http2Frame.head(stream, FieldBlock.webSocket("/chat")),
          Http2Frame.lastData(stream, message("early")));
      assertThat(http2.answer(stream).body()).isEqualTo(answer("early"));
    }
  }

  // Back-pressure.

  @Test
  void anApplicationThatTakesNothingStopsThePeerAndLosesNothing() throws Exception {
    CountDownLatch mayRead = new CountDownLatch(1);
    CompletableFuture<Integer> arrived = new CompletableFuture<>();
    try (H2cApplication application =
            application(
                request -> {
                  request.head(false, ":status", "200");
                  mayRead.await();
                  arrived.complete(request.body().readAllBytes().length);
                  request.data("", true);
                });
        RunningProxy proxy = proxy(application);
        Http2Peer peer = http2(proxy)) {
      int stream = open(peer);
      int bytes = peer.fill(stream);
      // A window each way, and what lies between the two.
      assertThat(bytes).isBetween(2 * 64 * 1024 - 2, 5 * 64 * 1024);
      peer.send(Http2Frame.lastData(stream, ""));
      peer.roundTrip();
      mayRead.countDown();

      assertThat(arrived.get(20, TimeUnit.SECONDS)).isEqualTo(bytes);
      assertThat(peer.answer(stream).ended()).isTrue();
    }
  }

  @Test
  void aPeerThatTakesNothingStopsTheApplicationAndLosesNothing() throws Exception {
    AtomicInteger sent = new AtomicInteger();
    int all = 1024 * 1024;
    try (H2cApplication application =
            application(
                request -> {
                  request.head(false, ":status", "200");
                  byte[] part = new byte[1024];
                  for (int i = 0; i < all; i += part.length) {
                    request.out().write(part);
                    sent.addAndGet(part.length);
                  }
                  request.data("", true);
                });
        RunningProxy proxy = proxy(application);
        Http2Peer peer = http2(proxy).givingNoWindows()) {
      int stream = open(peer);
      assertThat(peer.readsUntil(() -> peer.bodyBytes(stream) > 65_535)).isFalse();
      assertThat(peer.bodyBytes(stream)).isEqualTo(65_535);
      assertThat(sent.get()).isLessThan(5 * 64 * 1024);

      peer.send(Http2Frame.windowUpdate(0, all), Http2Frame.windowUpdate(stream, all));
      assertThat(peer.answer(stream).body()).hasSize(all);
    }
  }

  // Ends.

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void eitherSideMayFinishFirst(boolean applicationFirst) throws Exception {
    CompletableFuture<String> arrived = new CompletableFuture<>();
    try (H2cApplication application =
            application(
                request -> {
                  request.head(false, ":status", "200");
                  if (applicationFirst) {
                    request.data("done", true);
                  }
                  arrived.complete(request.text());
                  if (!applicationFirst) {
                    request.data("done", true);
                  }
                });
        RunningProxy proxy = proxy(application);
        Http2Peer peer = http2(proxy)) {
      int stream = open(peer);
      if (applicationFirst) {
        assertThat(peer.answer(stream).ended()).isTrue();
      }
      peer.send(Http2Frame.data(stream, "still "), Http2Frame.lastData(stream, "here"));

      assertThat(arrived.get(20, TimeUnit.SECONDS)).isEqualTo("still here");
      assertThat(peer.answer(stream).body()).isEqualTo("done");
      assertThat(peer.soFar(stream).reset()).isNull();
      assertThat(peer.get("/secret").status()).isEqualTo(403);
      assertThat(application.connections().get(0).received())
          .noneMatch(frame -> frame.startsWith("RST_"));
    }
  }

  @Test
  void anApplicationThatAgreesAndFinishesAtOnceMayStillBeTalkedTo() throws Exception {
    CompletableFuture<String> arrived = new CompletableFuture<>();
    try (H2cApplication application =
            application(
                request -> {
                  request.head(true, ":status", "200");
                  arrived.complete(request.text());
                });
        RunningProxy proxy = proxy(application);
        Http2Peer peer = http2(proxy)) {
      int stream = peer.nextStream();
      peer.send(Http2Frame.head(stream, FieldBlock.webSocket("/chat")));
      assertThat(peer.answer(stream).status()).isEqualTo(200);
      peer.send(Http2Frame.lastData(stream, "hello"));

      assertThat(arrived.get(20, TimeUnit.SECONDS)).isEqualTo("hello");
    }
  }

  @Test
  void aPeerOfHttp11ThatClosesFinishesTheStream() throws Exception {
    CompletableFuture<String> arrived = new CompletableFuture<>();
    try (H2cApplication application =
            application(
                request -> {
                  request.head(false, ":status", "200");
                  arrived.complete(request.text());
                  request.data("", true);
                });
        RunningProxy proxy = proxy(application)) {
      try (HttpPeer peer = http1(proxy)) {
        open(peer);
        peer.send("hello");
      }
      assertThat(arrived.get(20, TimeUnit.SECONDS)).isEqualTo("hello");
      proxy.awaitClosed("web", CloseReason.PEER_CLOSED, 1);
      proxy.awaitActive("web", 0);
      assertThat(application.connections().get(0).received())
          .noneMatch(frame -> frame.startsWith("RST_"));
    }
  }

  @Test
  void anApplicationThatHasSaidAllAndNeedsNoMoreIsNoReset() throws Exception {
    try (H2cApplication application =
            application(
                request -> {
                  request.head(false, ":status", "200");
                  request.data("all", true);
                  request.reset(0); // NO_ERROR
                });
        RunningProxy proxy = proxy(application);
        HttpPeer peer = http1(proxy)) {
      open(peer);
      assertThat(new String(peer.rest(), ISO_8859_1)).isEqualTo("all");
      proxy.awaitClosed("web", CloseReason.APPLICATION_CLOSED, 1);
    }
  }

  /** RFC 8441 §5. */
  @Test
  void aResetOfThePeerIsACancelToTheApplication() throws Exception {
    try (H2cApplication application = echo();
        RunningProxy proxy = proxy(application);
        Http2Peer http2 = http2(proxy)) {
      int stream = open(http2);
      http2.send(Http2Frame.reset(stream, Http2Error.CANCEL));
      awaitReset(application, application.next(), Http2Error.CANCEL);
    }
    try (H2cApplication application = echo();
        RunningProxy proxy = proxy(application)) {
      Socket tcp = new Socket(InetAddress.getLoopbackAddress(), proxy.port("web"));
      open(HttpPeer.over(pki.over(tcp, pki.client(), "TLSv1.3")));
      tcp.setSoLinger(true, 0);
      tcp.close();
      awaitReset(application, application.next(), Http2Error.CANCEL);
      proxy.awaitActive("web", 0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"RST_STREAM", "connection", "fields"})
  void whatBreaksOffAtTheApplicationIsAResetToThePeer(String what) throws Exception {
    try (H2cApplication application =
            application(
                request -> {
                  request.head(false, ":status", "200");
                  request.body().read();
                  switch (what) {
                    case "RST_STREAM" -> request.reset(2);
                    case "connection" -> request.connection().close();
                    default -> request.head(true, "x", "trailers are not of a tunnel");
                  }
                });
        RunningProxy proxy = proxy(application);
        HttpPeer http1 = http1(proxy);
        Http2Peer http2 = http2(proxy)) {
      int stream = open(http2);
      http2.send(Http2Frame.data(stream, "x"));
      assertThat(http2.answer(stream).reset()).isEqualTo(Http2Error.CANCEL);
      assertThat(http2.get("/secret").status()).isEqualTo(403);

      open(http1);
      http1.send("x");
      assertThatThrownBy(http1::rest).isInstanceOf(IOException.class);
      proxy.awaitClosed("web", CloseReason.APPLICATION_RESET, 1);
    }
  }

  @Test
  void oneThatIsIdleEndsAsAnyOther() throws Exception {
    try (H2cApplication application = echo();
        RunningProxy proxy = proxy(application.address(), "idle-timeout = 500ms")) {
      try (HttpPeer peer = http1(proxy)) {
        open(peer);
        assertThatThrownBy(peer::rest).isInstanceOf(IOException.class);
        awaitReset(application, application.next(), Http2Error.CANCEL);
        proxy.awaitClosed("web", CloseReason.IDLE_TIMEOUT, 1);
      }
      try (Http2Peer peer = http2(proxy)) {
        int stream = open(peer);
        assertThat(peer.answer(stream).reset()).isEqualTo(Http2Error.CANCEL);
      }
    }
  }

  @Test
  void aDrainLetsThemGoOnAndItsDeadlineCutsThem() throws Exception {
    try (H2cApplication application = echo();
        RunningProxy proxy = proxy(application);
        HttpPeer http1 = http1(proxy);
        Http2Peer http2 = http2(proxy)) {
      open(http1);
      int stream = open(http2);
      proxy.proxy().stop();
      http2.readUntil(() -> !http2.goAways().isEmpty());
      http1.send(message("on"));
      assertThat(http1.read(4)).isEqualTo(answer("on"));
      http2.send(Http2Frame.data(stream, message("on")));
      assertThat(http2.answerWith(stream, 4).body()).isEqualTo(answer("on"));

      proxy.proxy().stop(); // a second time: now

      assertThatThrownBy(http1::rest).isInstanceOf(IOException.class);
      http2.awaitEnd();
      Eventually.holds("both are logged", () -> log.connections("web").size() == 2);
      assertThat(log.connections("web"))
          .allSatisfy(line -> assertThat(line.field("reason")).isEqualTo("drain_deadline"));
    }
  }

  @Test
  void eachIsOneLineOfTheAccessLogAndOneRequestOfTheMetrics() throws Exception {
    try (H2cApplication application = echo();
        RunningProxy proxy = proxy(application.address(), "http.access-log = common");
        HttpPeer http1 = http1(proxy);
        Http2Peer http2 = http2(proxy)) {
      open(http1);
      open(http2);

      Eventually.holds("both are logged", () -> log.of(AccessLog.COMMON).size() == 2);
      assertThat(log.of(AccessLog.COMMON))
          .anySatisfy(line -> assertThat(line).contains("\"GET /chat HTTP/1.1\" 101 "))
          .anySatisfy(line -> assertThat(line).contains("\"GET /chat HTTP/2.0\" 101 "));
      proxy.awaitMetric(
          "sallyport_http_requests_total{listener=\"web\",method=\"GET\",status=\"101\"}", 2);
    }
  }

  // Outbound.

  private static String outbound(String endpoint, String more) {
    return """
        workers = 1
        outbound.out {
          listen = "127.0.0.1:0", connect = [ "%s" ], identity = client, protocol = http
          alpn = [ h2 ], http.access-log = common
          %s
        }
        """
        .formatted(endpoint, more);
  }

  private static HttpPeer caller(RunningProxy out) throws IOException {
    return HttpPeer.over(out.connect("out"));
  }

  @Test
  void twoSidecarsCarryThemOverOneConnection() throws Exception {
    try (WebSocketApplication application = WebSocketApplication.echo();
        RunningProxy in =
            RunningProxy.with(
                pki,
                """
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
                  peer-header = spiffe-id
                }
                """
                    .formatted(application.address()));
        RunningProxy out = RunningProxy.with(pki, outbound("127.0.0.1:" + in.port("web"), ""));
        HttpPeer one = caller(out);
        HttpPeer other = caller(out)) {
      open(one);
      open(other);
      one.send(message("one"));
      other.send(message("other"));
      assertThat(one.read(5)).isEqualTo(answer("one"));
      assertThat(other.read(7)).isEqualTo(answer("other"));
      assertThat(application.next())
          .startsWith("GET /chat HTTP/1.1\r\n")
          .containsIgnoringCase("x-peer-spiffe-id: spiffe://test/client\r\n")
          .doesNotContain(KEY);
      out.awaitMetric("sallyport_upstream_connections_active{listener=\"out\"}", 1);
      out.awaitMetric("sallyport_upstream_requests_outstanding{listener=\"out\"}", 2);
      assertThat(log.of(AccessLog.COMMON))
          .hasSize(2)
          .allSatisfy(
              line ->
                  assertThat(line).contains("spiffe://test/server", "\"GET /chat HTTP/1.1\" 101 "));

      one.socket().shutdownOutput();
      assertThat(one.rest()).isEmpty();
      other.send(message("on"));
      assertThat(other.read(4)).isEqualTo(answer("on"));
      out.awaitClosed("out", CloseReason.APPLICATION_CLOSED, 1);
      out.awaitMetric("sallyport_upstream_requests_outstanding{listener=\"out\"}", 1);
      assertThat(application.nextEnding()).isEmpty();
    }
  }

  @Test
  void aPeerOfHttp2MayFinishBeforeTheApplicationDoes() throws Exception {
    CompletableFuture<String> arrived = new CompletableFuture<>();
    try (H2cApplication peer =
            H2cApplication.overTls(
                pki.context(pki.server()),
                request -> {
                  request.head(false, ":status", "200");
                  request.data("done", true);
                  arrived.complete(request.text());
                },
                Http2Frame.ENABLE_CONNECT_PROTOCOL,
                1);
        RunningProxy out = RunningProxy.with(pki, outbound(peer.address(), ""));
        HttpPeer caller = caller(out)) {
      open(caller);
      assertThat(new String(caller.rest(), ISO_8859_1)).isEqualTo("done");
      caller.send("still here");
      caller.socket().shutdownOutput();

      assertThat(arrived.get(20, TimeUnit.SECONDS)).isEqualTo("still here");
      assertThat(peer.next().values(":scheme")).containsExactly("https");
      out.awaitClosed("out", CloseReason.PEER_CLOSED, 1);
    }
  }

  @Test
  void thatOfAPeerWhoMayNotStayEndsForThatReason() throws Exception {
    try (H2cApplication peer =
        H2cApplication.overTls(
            pki.context(pki.server()),
            request -> {
              request.head(false, ":status", "200");
              request.text();
            },
            Http2Frame.ENABLE_CONNECT_PROTOCOL,
            1)) {
      String before = outbound(peer.address(), "allow = [ { uri = \"spiffe://test/server\" } ]");
      try (RunningProxy out = RunningProxy.with(pki, before);
          HttpPeer caller = caller(out)) {
        open(caller);
        try (Http2Peer http2 = Http2Peer.plain(out.connect("out"))) {
          int stream = open(http2);
          out.rewrite(before.replace("test/server", "test/else"));

          assertThat(out.reload().connections()).isOne();

          assertThatThrownBy(caller::rest).isInstanceOf(IOException.class);
          assertThat(http2.answer(stream).reset()).isEqualTo(Http2Error.CANCEL);
          http2.roundTrip();
          assertThat(http2.hasEnded()).isFalse();
        }
        out.awaitClosed("out", CloseReason.NO_LONGER_ALLOWED, 1);
        out.awaitMetric("sallyport_upstream_requests_outstanding{listener=\"out\"}", 0);
      }
    }
  }

  @Test
  void aPeerThatTakesNoneIsNotAsked() throws Exception {
    try (H2cApplication peer =
            H2cApplication.overTls(pki.context(pki.server()), H2cApplication::hello);
        RunningProxy out = RunningProxy.with(pki, outbound(peer.address(), ""));
        HttpPeer caller = caller(out)) {
      Response response = caller.ask(upgradeWithKey());

      assertThat(response.status()).isEqualTo(502);
      assertThat(response.text()).contains("the server takes no WebSockets over HTTP/2");
      assertThat(peer.others()).isEmpty();
    }
  }
}

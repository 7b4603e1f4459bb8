package io.sallyport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.H2cApplication;
import io.sallyport.rig.H2cConnection;
import io.sallyport.rig.H2cStream;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.HttpPeer.Response;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/1.1 outside, and HTTP/2 to the application. */
final class H2cIT {

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

  private static String listener(String application, String more) {
    return """
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", protocol = http, app-protocol = h2c
          allow = any-trusted
          %s
        }
        """
        .formatted(application, more);
  }

  private static RunningProxy proxy(H2cApplication application, String more) {
    return RunningProxy.with(pki, listener(application.address(), more));
  }

  private static HttpPeer peer(RunningProxy proxy) throws IOException {
    return HttpPeer.over(pki.connect(pki.client(), proxy.port("web"), "TLSv1.3"));
  }

  private static String post(String fields, String body) {
    return "POST /p HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
  }

  @Test
  void aRequestBecomesAStreamAndItsAnswerAResponse() throws Exception {
    try (H2cApplication application = H2cApplication.start();
        RunningProxy proxy = proxy(application, "peer-header = spiffe-id");
        HttpPeer peer = peer(proxy)) {
      Response response =
          peer.get(
              "/a?b=c",
              "X-Peer-Spiffe-Id: spiffe://test/root\r\n",
              "TE: trailers\r\n",
              "Connection: TE, X-Mine\r\n",
              "X-Mine: 1\r\n",
              "Keep-Alive: 5\r\n",
              "Proxy-Connection: keep-alive\r\n",
              "X-Kept: 2\r\n");

      assertThat(response.status()).isEqualTo(200);
      assertThat(response.text()).isEqualTo("hello\n");
      assertThat(response.values("content-length")).containsExactly("6");
      H2cStream request = application.next();
      assertThat(request.method()).isEqualTo("GET");
      assertThat(request.path()).isEqualTo("/a?b=c");
      assertThat(request.values(":scheme")).containsExactly("http");
      assertThat(request.values(":authority")).containsExactly("localhost");
      assertThat(request.values("x-peer-spiffe-id")).containsExactly("spiffe://test/client");
      assertThat(request.values("x-kept")).containsExactly("2");
      assertThat(request.values("te")).containsExactly("trailers");
      assertThat(request.names())
          .allMatch(name -> name.equals(name.toLowerCase(Locale.ROOT)))
          .doesNotContain(
              "host", "connection", "x-mine", "keep-alive", "proxy-connection", "upgrade");
      assertThat(request.endsWithHead()).isTrue();
    }
  }

  @Test
  void manyRequestsShareOneConnection() throws Exception {
    try (H2cApplication application = H2cApplication.start();
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      for (int i = 0; i < 200; i++) {
        assertThat(peer.get("/" + i).text()).isEqualTo("hello\n");
      }
      assertThat(application.accepted()).isEqualTo(1);
      assertThat(application.others()).hasSize(200);
    }
  }

  @Test
  void requestsOfManyPeersAreUnderWayAtOnce() throws Exception {
    CountDownLatch all = new CountDownLatch(40);
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  all.countDown();
                  all.await();
                  H2cApplication.hello(request);
                });
        RunningProxy proxy = proxy(application, "")) {
      List<HttpPeer> peers = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        HttpPeer peer = peer(proxy);
        peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        peers.add(peer);
      }
      for (HttpPeer peer : peers) {
        assertThat(peer.read().text()).isEqualTo("hello\n");
        peer.close();
      }
      // One for each event loop at most.
      assertThat(application.accepted()).isLessThanOrEqualTo(2);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'Content-Length: 4~', body",
    "'Transfer-Encoding: chunked~', '1~b~3~ody~0~~'",
    "'Content-Length: 0~', ''",
    "'', ''",
  })
  void aBodyArrivesHoweverItIsFramed(String fields, String body) throws Exception {
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  String text = request.text();
                  request.head(false, ":status", "201");
                  request.data(text + "!", true);
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      Response response = peer.ask(post(fields.replace("~", "\r\n"), body.replace("~", "\r\n")));

      assertThat(response.status()).isEqualTo(201);
      assertThat(response.text()).isEqualTo(body.isEmpty() ? "!" : "body!");
      assertThat(response.values("transfer-encoding")).containsExactly("chunked");
      H2cStream request = application.next();
      assertThat(request.names()).doesNotContain("transfer-encoding");
      assertThat(request.values("content-length"))
          .isEqualTo(
              fields.startsWith("Content-Length") ? List.of(fields.substring(16, 17)) : List.of());
    }
  }

  @Test
  void trailersPassBothWays() throws Exception {
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  String text = request.text();
                  request.head(false, ":status", "200");
                  request.data(text + request.trailer("x-sum"), false);
                  request.head(true, "grpc-status", "0");
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      peer.send(post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\nX-Sum: 6\r\n\r\n"));

      assertThat(peer.readHead()).startsWith("HTTP/1.1 200");
      String chunks = "4\r\nabc6\r\n0\r\ngrpc-status: 0\r\n\r\n";
      assertThat(peer.read(chunks.length())).isEqualTo(chunks);
    }
  }

  @Test
  void aRequestOfTrailersAloneArrives() throws Exception {
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  request.text();
                  request.head(true, ":status", "200", "x-got", "" + request.trailer("x-sum"));
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      Response response = peer.ask(post("Transfer-Encoding: chunked\r\n", "0\r\nX-Sum: 6\r\n\r\n"));

      assertThat(response.values("x-got")).containsExactly("6");
    }
  }

  @ParameterizedTest
  @CsvSource({"HEAD, 200", "GET, 204", "GET, 304"})
  void whatHasNoBodyEndsWithItsHead(String method, String status) throws Exception {
    try (H2cApplication application =
            H2cApplication.answering(
                request -> request.head(true, ":status", status, "content-length", "5"));
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      for (int i = 0; i < 2; i++) {
        peer.send(method + " / HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(peer.readWithoutBody().status()).isEqualTo(Integer.parseInt(status));
      }
    }
  }

  @Test
  void interimResponsesPass() throws Exception {
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  request.head(false, ":status", "103", "link", "</a>");
                  request.head(false, ":status", "100");
                  H2cApplication.hello(request);
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      assertThat(peer.get("/").values("link")).containsExactly("</a>");
      assertThat(peer.read().status()).isEqualTo(100);
      assertThat(peer.read().text()).isEqualTo("hello\n");
    }
  }

  @Test
  void whatThePeerWaitsForIsTheApplicationsToAllow() throws Exception {
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  request.head(false, ":status", "100");
                  String text = request.text();
                  request.head(false, ":status", "200");
                  request.data(text, true);
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      assertThat(peer.ask(post("Content-Length: 4\r\nExpect: 100-continue\r\n", "")).status())
          .isEqualTo(100);
      assertThat(application.next().values("expect")).containsExactly("100-continue");
      assertThat(peer.ask("body").text()).isEqualTo("body");
    }
  }

  @Test
  void anUpgradeToAnythingButAWebSocketIsNotAskedFor() throws Exception {
    try (H2cApplication application = H2cApplication.start();
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      Response response = peer.get("/chat", "Connection: Upgrade\r\n", "Upgrade: other\r\n");

      assertThat(response.status()).isEqualTo(200);
      assertThat(application.next().names()).doesNotContain("upgrade", "connection");
    }
  }

  @Test
  void anAnswerMayBeCompleteBeforeItsRequestIs() throws Exception {
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  request.head(false, ":status", "200", "content-length", "2");
                  request.data("ok", true);
                  request.reset(0); // NO_ERROR (RFC 9113 §8.1): the rest is not needed
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      peer.send(post("Content-Length: 100000\r\n", "begins"));
      assertThat(peer.read().text()).isEqualTo("ok");
      peer.send("x".repeat(100_000 - "begins".length()));

      assertThat(peer.get("/next").text()).isEqualTo("ok");
      assertThat(application.accepted()).isEqualTo(1);
    }
  }

  @Test
  void theRestOfARequestStillArrivesAfterItsAnswer() throws Exception {
    CompletableFuture<String> rest = new CompletableFuture<>();
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  request.head(true, ":status", "200", "content-length", "0");
                  rest.complete(request.text());
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      assertThat(peer.ask(post("Content-Length: 8\r\n", "one ")).status()).isEqualTo(200);
      peer.send("more");

      assertThat(rest.get()).isEqualTo("one more");
    }
  }

  @Test
  void streamsOfOnePeerAreStreamsToTheApplication() throws Exception {
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  String body = request.text();
                  request.head(false, ":status", "200", "x-path", request.path());
                  request.out().write(body.getBytes(US_ASCII));
                  request.data("", true);
                });
        RunningProxy proxy = proxy(application, "")) {
      HttpClient client = HttpClient.newBuilder().sslContext(pki.context(pki.client())).build();
      String body = "0123456789".repeat(20_000);
      List<CompletableFuture<HttpResponse<String>>> responses = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        URI uri = URI.create("https://localhost:" + proxy.port("web") + "/" + i);
        HttpRequest request =
            HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofString(body)).build();
        responses.add(client.sendAsync(request, HttpResponse.BodyHandlers.ofString()));
      }
      for (int i = 0; i < 50; i++) {
        HttpResponse<String> response = responses.get(i).get();
        assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(response.headers().firstValue("x-path")).contains("/" + i);
        assertThat(response.body()).isEqualTo(body);
      }
      assertThat(application.accepted()).isLessThanOrEqualTo(2);
    }
  }

  // Streams that are refused, and connections that go away.

  @ParameterizedTest
  @ValueSource(strings = {"GET", "POST"})
  void aStreamThatIsRefusedIsAskedForAgainWhateverItsMethod(String method) throws Exception {
    AtomicInteger asked = new AtomicInteger();
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  if (asked.incrementAndGet() == 1) {
                    request.reset(7);
                  } else {
                    H2cApplication.hello(request);
                  }
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      assertThat(peer.ask(method + " / HTTP/1.1\r\nHost: a\r\n\r\n").text()).isEqualTo("hello\n");
      assertThat(asked).hasValue(2);
    }
  }

  @Test
  void aStreamIsAskedForTwiceAtMost() throws Exception {
    try (H2cApplication application = H2cApplication.answering(request -> request.reset(7));
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      assertThat(peer.get("/").status()).isEqualTo(503);
      assertThat(application.others()).hasSize(2);
    }
  }

  @Test
  void aBodyIsNotSentTwice() throws Exception {
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  request.body().read();
                  request.reset(7);
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      assertThat(peer.ask(post("Content-Length: 4\r\n", "body")).status()).isEqualTo(503);
      assertThat(application.others()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 8, 11})
  void aStreamThatIsResetForAnotherReasonIsNotAskedForAgain(int error) throws Exception {
    try (H2cApplication application = H2cApplication.answering(request -> request.reset(error));
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      assertThat(peer.ask("POST / HTTP/1.1\r\nHost: a\r\n\r\n").status()).isEqualTo(502);
      assertThat(application.others()).hasSize(1);
    }
  }

  @Test
  void whatAServerThatGoesAwayHasNotSeenIsAskedForOnAnotherConnection() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  if (asked.incrementAndGet() == 1) {
                    request.connection().goAway(0, 0);
                  } else {
                    H2cApplication.hello(request);
                  }
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      assertThat(peer.ask("POST / HTTP/1.1\r\nHost: a\r\n\r\n").text()).isEqualTo("hello\n");
      assertThat(application.accepted()).isEqualTo(2);
    }
  }

  @Test
  void whatAServerThatGoesAwayHasSeenIsAnsweredThereAndNothingElse() throws Exception {
    CountDownLatch other = new CountDownLatch(1);
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  if (request.path().equals("/first")) {
                    request.connection().goAway(Integer.MAX_VALUE, 0);
                    other.await();
                  }
                  H2cApplication.hello(request);
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer first = peer(proxy);
        HttpPeer second = peer(proxy);
        HttpPeer third = peer(proxy)) {
      first.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n");
      H2cConnection going = application.next().connection();
      // On whichever loop: one of two is that of the first.
      for (HttpPeer peer : List.of(second, third)) {
        assertThat(peer.get("/other").text()).isEqualTo("hello\n");
        assertThat(application.next().connection()).isNotSameAs(going);
      }
      other.countDown();
      assertThat(first.read().text()).isEqualTo("hello\n");
      application.nextEnding();
    }
  }

  @Test
  void aResponseThatIsResetIsNoCompleteOne() throws Exception {
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  request.head(false, ":status", "200");
                  request.data("half", false);
                  request.reset(0);
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

      assertThatThrownBy(peer::rest).isInstanceOf(IOException.class);
      proxy.awaitClosed("web", CloseReason.APPLICATION_RESET, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aConnectionThatIsClosedBreaksWhatIsUnderWay(boolean begun) throws Exception {
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  if (begun) {
                    request.head(false, ":status", "200");
                    request.data("half", false);
                  }
                  request.connection().close();
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      peer.send("POST / HTTP/1.1\r\nHost: a\r\n\r\n");

      if (begun) {
        assertThatThrownBy(peer::rest).isInstanceOf(IOException.class);
      } else {
        assertThat(peer.read().status()).isEqualTo(502);
      }
    }
  }

  @Test
  void aKeptConnectionThatIsJustBeingClosedCostsNoRequest() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  if (asked.incrementAndGet() == 2) {
                    request.connection().close();
                  } else {
                    H2cApplication.hello(request);
                  }
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      assertThat(peer.get("/").text()).isEqualTo("hello\n");
      assertThat(peer.get("/").text()).isEqualTo("hello\n");
      assertThat(asked).hasValue(3);
      assertThat(application.accepted()).isEqualTo(2);
    }
  }

  @Test
  void aPeerThatLeavesEndsItsStreamAlone() throws Exception {
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  if (request.path().equals("/stays")) {
                    H2cApplication.hello(request);
                  }
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer stays = peer(proxy)) {
      HttpPeer leaves = peer(proxy);
      leaves.send("GET /leaves HTTP/1.1\r\nHost: a\r\n\r\n");
      H2cStream left = application.next();
      leaves.close();

      Eventually.holds(
          "the stream is cancelled",
          () -> left.connection().received().contains("RST_STREAM " + left.id() + " 8"));
      assertThat(stays.get("/stays").text()).isEqualTo("hello\n");
      assertThat(application.open()).isEqualTo(application.accepted());
    }
  }

  @Test
  void anApplicationThatDoesNotAnswerIsGivenUpWithinItsTime() throws Exception {
    try (H2cApplication application = H2cApplication.answering(request -> {});
        RunningProxy proxy = proxy(application, "http.response-timeout = 200ms");
        HttpPeer peer = peer(proxy)) {
      assertThat(peer.get("/").status()).isEqualTo(504);
      H2cStream request = application.next();
      Eventually.holds(
          "the stream is cancelled",
          () -> request.connection().received().contains("RST_STREAM " + request.id() + " 8"));
    }
  }

  // Connections, how many and how long.

  @Test
  void noMoreAreAskedAtOnceThanTheApplicationTakes() throws Exception {
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch known = new CountDownLatch(1);
    try (H2cApplication application =
            H2cApplication.withSettings(
                request -> {
                  known.countDown();
                  most.accumulateAndGet(now.incrementAndGet(), Math::max);
                  H2cApplication.hello(request);
                  now.decrementAndGet();
                },
                3,
                1);
        RunningProxy proxy =
            proxy(application, "http.app-connections = 1, connect-timeout = 20s")) {
      try (HttpPeer peer = peer(proxy)) {
        peer.get("/");
        peer.get("/");
      }
      List<HttpPeer> peers = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        HttpPeer peer = peer(proxy);
        peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        peers.add(peer);
      }
      for (HttpPeer peer : peers) {
        assertThat(peer.read().status()).isEqualTo(200);
        peer.close();
      }
      assertThat(application.accepted()).isLessThanOrEqualTo(2);
    }
  }

  @Test
  void whereNoConnectionHasRoomInTimeThereIsNoService() throws Exception {
    try (H2cApplication application =
            H2cApplication.withSettings(
                request -> {
                  if (request.path().equals("/first")) {
                    H2cApplication.hello(request);
                  }
                },
                3,
                1);
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                "workers = 1\n"
                    + listener(
                        application.address(),
                        "http.app-connections = 1, connect-timeout = 100ms"));
        HttpPeer first = peer(proxy);
        HttpPeer second = peer(proxy)) {
      first.get("/first");
      first.send("GET /stays HTTP/1.1\r\nHost: a\r\n\r\n");
      application.next();
      assertThat(application.next().path()).isEqualTo("/stays");

      assertThat(second.get("/").status()).isEqualTo(503);
      assertThat(application.others()).isEmpty();
    }
  }

  @Test
  void nobodyListening() throws Exception {
    H2cApplication application = H2cApplication.start();
    application.close();
    try (RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      assertThat(peer.get("/").status()).isEqualTo(502);
    }
  }

  @Test
  void aConnectionThatNobodyUsesIsClosed() throws Exception {
    try (H2cApplication application = H2cApplication.start();
        RunningProxy proxy = proxy(application, "http.app-idle-timeout = 50ms");
        HttpPeer peer = peer(proxy)) {
      peer.get("/");
      H2cConnection connection = application.next().connection();

      assertThat(application.nextEnding()).isEmpty();
      assertThat(connection.received()).contains("GOAWAY 0");
      assertThat(peer.get("/").text()).isEqualTo("hello\n");
      assertThat(application.accepted()).isEqualTo(2);
    }
  }

  @Test
  void noConnectionIsKeptWhereNoneIsToBe() throws Exception {
    try (H2cApplication application = H2cApplication.start();
        RunningProxy proxy = proxy(application, "http.app-connections = 0");
        HttpPeer peer = peer(proxy)) {
      for (int i = 1; i <= 3; i++) {
        assertThat(peer.get("/").text()).isEqualTo("hello\n");
        assertThat(application.nextEnding()).isEmpty();
        assertThat(application.accepted()).isEqualTo(i);
      }
    }
  }

  @Test
  void aReloadChangesWhatIsSpokenForTheNextRequest() throws Exception {
    try (H2cApplication application = H2cApplication.start();
        HttpApplication old = HttpApplication.start();
        RunningProxy proxy =
            RunningProxy.with(pki, listener(old.address(), "").replace("app-protocol = h2c", ""));
        HttpPeer peer = peer(proxy)) {
      peer.get("/one");
      proxy.rewrite(listener(application.address(), ""));
      proxy.reload();
      peer.get("/two");

      assertThat(old.next().target()).isEqualTo("/one");
      assertThat(application.next().path()).isEqualTo("/two");
    }
  }

  @Test
  void anApplicationOfHttp1IsFoundOut() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = RunningProxy.with(pki, listener(application.address(), ""));
        HttpPeer peer = peer(proxy)) {
      assertThat(peer.get("/").status()).isEqualTo(502);
    }
  }
}

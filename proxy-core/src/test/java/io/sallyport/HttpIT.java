package io.sallyport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.http.AccessLog;
import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.HttpPeer.Response;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** HTTP/1.1 through an inbound listener, as peers and applications see it. */
final class HttpIT {

  private static Pki pki;

  @BeforeAll
  static void issue(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  private static RunningProxy proxy(HttpApplication application, String more) {
    return proxy(application.address(), more);
  }

  private static RunningProxy proxy(String application, String more) {
    return RunningProxy.with(pki, listener(application, more));
  }

  private static String listener(String application, String more) {
    return """
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", protocol = http
          allow = [ { uri = "spiffe://test/*" } ]
          %s
        }
        """
        .formatted(application, more);
  }

  /** With the ends of lines for tildes. */
  private static String lines(String... parts) {
    return String.join("", parts).replace("~", "\r\n");
  }

  private static HttpPeer peer(RunningProxy proxy) throws IOException {
    return peer(proxy, pki.client());
  }

  private static HttpPeer peer(RunningProxy proxy, @Nullable TestIdentity who) throws IOException {
    return HttpPeer.over(pki.connect(who, proxy.port("web"), "TLSv1.3"));
  }

  @Test
  void aRequestReachesTheApplicationAndItsAnswerThePeer() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      Response response = peer.get("/a?b=c");

      assertThat(response.status()).isEqualTo(200);
      assertThat(response.text()).isEqualTo("hello\n");
      assertThat(application.next().line()).isEqualTo("GET /a?b=c HTTP/1.1");
      peer.close();
      proxy.awaitClosed("web", CloseReason.PEER_CLOSED, 1);
      assertThat(
              proxy.metric(
                  "sallyport_http_requests_total{listener=\"web\",method=\"GET\",status=\"200\"}"))
          .isEqualTo(1);
    }
  }

  @Test
  void theApplicationIsToldByTheProxyAloneWhoIsCalling() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "peer-header = [ spiffe-id, xfcc ]");
        HttpPeer peer = peer(proxy)) {
      peer.get(
          "/",
          "X-Peer-Spiffe-Id: spiffe://test/admin\r\n",
          "x-peer-spiffe-id: spiffe://test/root\r\n",
          "X_Peer_Spiffe_Id: spiffe://test/root\r\n",
          "X-Forwarded-Client-Cert: URI=spiffe://test/admin\r\n",
          "X-Forwarded-For: 10.1.2.3\r\n",
          "Forwarded: for=10.1.2.3\r\n");

      var request = application.next();
      assertThat(request.values("x-peer-spiffe-id")).containsExactly("spiffe://test/client");
      assertThat(request.values("x-forwarded-client-cert"))
          .singleElement()
          .asString()
          .contains("URI=spiffe://test/client", "By=spiffe://test/server");
      assertThat(request.values("x-forwarded-for")).containsExactly("127.0.0.1");
      assertThat(request.values("x-forwarded-proto")).containsExactly("https");
      assertThat(request.values("x-forwarded-host")).containsExactly("localhost");
      assertThat(request.head()).doesNotContain("admin", "root", "10.1.2.3", "orwarded: ");
    }
  }

  @Test
  void withoutACertificateNothingIsToldAndNothingForgedPasses() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s", protocol = http
                  client-auth = none, allow = anyone, peer-header = [ spiffe-id, client-cert ]
                }
                """
                    .formatted(application.address()));
        HttpPeer peer = peer(proxy, null)) {
      peer.get("/", "X-Peer-Spiffe-Id: spiffe://test/admin\r\n", "Client-Cert: :AAAA:\r\n");

      assertThat(application.next().head().toLowerCase(Locale.ROOT))
          .doesNotContain("spiffe", "client-cert");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET,  /api/items,         200",
    "GET,  /api/items/1,       403",
    "GET,  /public/a/b/c,      200",
    "GET,  /%61pi/items,       200",
    "POST, /api/items,         403",
    "GET,  /private,           403",
    "GET,  /api/../private,    400",
    "GET,  /api/%2e%2e/x,      400",
    "GET,  /api//items,        400",
    "GET,  /api/x%2fy,         400",
    "GET,  /api/x;y=z,         400",
    "GET,  /api/%c0%ae,        400",
    "GET,  /api/%00,           400",
    "GET,  /api/a\\b,          400",
  })
  void rulesJudgeMethodAndPath(String method, String path, int status) throws Exception {
    String rules =
        """
        allow = [ { uri = "spiffe://test/client", methods = GET, paths = [ "/api/*", "/public/**" ] }
                  { uri = "spiffe://test/admin" } ]
        """;
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, rules);
        HttpPeer peer = peer(proxy)) {
      Response response =
          peer.ask(
              method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");

      assertThat(response.status()).isEqualTo(status);
      assertThat(application.others()).hasSize(status == 200 ? 1 : 0);
      if (status == 403) {
        assertThat(response.head() + response.text()).doesNotContain("rule", "api", "spiffe");
        assertThat(peer.get("/api/again").status()).isEqualTo(200);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/,                     shop.test,       200",
    "/,                     Shop.TEST:8443,  200",
    "/,                     a.b.shop.test,   403",
    "/,                     bank.test,       403",
    "http://bank.test/,     bank.test,       403",
    "https://shop.test/,    shop.test,       200",
    "http://shop.test/,     bank.test,       400",
  })
  void rulesJudgeTheHost(String target, String host, int status) throws Exception {
    String rules = "allow = [ { uri = \"spiffe://test/client\", hosts = \"shop.test\" } ]";
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, rules);
        HttpPeer peer = peer(proxy)) {
      assertThat(peer.ask("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status())
          .isEqualTo(status);
      assertThat(application.others()).hasSize(status == 200 ? 1 : 0);
    }
  }

  @Test
  void aRequestOnAnOldConnectionIsJudgedByTheRulesOfNow() throws Exception {
    String all = "allow = [ { uri = \"spiffe://test/client\", paths = \"/**\" } ]";
    String some = "allow = [ { uri = \"spiffe://test/client\", paths = \"/open/**\" } ]";
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, all);
        HttpPeer peer = peer(proxy)) {
      assertThat(peer.get("/secret").status()).isEqualTo(200);

      proxy.rewrite(listener(application.address(), some));
      proxy.reload();

      assertThat(peer.get("/secret").status()).isEqualTo(403);
      assertThat(peer.get("/open/door").status()).isEqualTo(200);
      proxy.awaitActive("web", 1);
    }
  }

  @Test
  void whatIsNoStreamAnyMoreEndsWithTheReloadThatSaysSo() throws Exception {
    String stream =
        """
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", allow = [ { uri = "spiffe://test/*" } ]
        }
        """;
    String rules = "allow = [ { uri = \"spiffe://test/client\", paths = \"/open/**\" } ]";
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = RunningProxy.with(pki, stream.formatted(application.address()));
        HttpPeer old = peer(proxy)) {
      assertThat(old.get("/secret").status()).isEqualTo(200);

      proxy.rewrite(listener(application.address(), rules));
      assertThat(proxy.reload().succeeded()).isTrue();

      proxy.awaitClosed("web", CloseReason.NO_LONGER_ALLOWED, 1);
      try (HttpPeer next = peer(proxy)) {
        assertThat(next.get("/secret").status()).isEqualTo(403);
        proxy.rewrite(stream.formatted(application.address()));
        proxy.reload();
        proxy.awaitClosed("web", CloseReason.NO_LONGER_ALLOWED, 2);
      }
    }
  }

  @Test
  void aMethodThatWasNotJudgedIsNotSmuggledInByAField() throws Exception {
    String rules = "allow = [ { uri = \"spiffe://test/client\", methods = [ GET, POST ] } ]";
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, rules);
        HttpPeer peer = peer(proxy)) {
      peer.get("/", "X-HTTP-Method-Override: DELETE\r\n", "X_Method_Override: DELETE\r\n");

      assertThat(application.next().head()).doesNotContain("DELETE");
    }
  }

  @Test
  void aConnectionToTheApplicationIsKeptForTheNextRequest() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "");
        HttpPeer one = peer(proxy)) {
      one.get("/1");
      one.get("/2");
      one.get("/3");
      assertThat(application.accepted()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"app-connections = 1, 1", "app-connections = 0, 0", "app-idle-timeout = 50ms, 0"})
  void noMoreConnectionsToTheApplicationAreKeptThanMayBe(String setting, int kept)
      throws Exception {
    CountDownLatch all = new CountDownLatch(3);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  all.countDown();
                  all.await();
                  HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                });
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                "workers = 1\n" + listener(application.address(), "http { " + setting + " }"));
        HttpPeer one = peer(proxy);
        HttpPeer two = peer(proxy);
        HttpPeer three = peer(proxy)) {
      List<HttpPeer> peers = List.of(one, two, three);
      for (HttpPeer peer : peers) {
        peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      }
      for (HttpPeer peer : peers) {
        assertThat(peer.read().status()).isEqualTo(200);
      }

      assertThat(application.accepted()).isEqualTo(3);
      Eventually.holds("so many are kept", () -> application.open() == kept);
      assertThat(one.get("/").status()).isEqualTo(200);
      assertThat(application.accepted()).isEqualTo(4 - kept);
    }
  }

  @Test
  void requestsSentAheadAreAnsweredInTheirOrder() throws Exception {
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) ->
                    HttpApplication.write(
                        out,
                        "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
                            .formatted(request.target().length(), request.target())));
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 50; i++) {
        all.append("POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc".formatted(i));
      }
      peer.send(all.toString());

      for (int i = 0; i < 50; i++) {
        assertThat(peer.read().text()).isEqualTo("/" + i);
      }
    }
  }

  @Test
  void aKeptConnectionThatTheApplicationHasClosedIsReplaced() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  if (request.target().equals("/second") && closed.getCount() == 1) {
                    closed.countDown();
                    throw new IOException("closed before the answer");
                  }
                  HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      assertThat(peer.get("/first").status()).isEqualTo(200);
      assertThat(peer.get("/second").status()).isEqualTo(200);
      assertThat(application.accepted()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "POST, Content-Length: 0~~",
    "PUT,  Content-Length: 2~~hi",
    "PUT,  Transfer-Encoding: chunked~~0~~"
  })
  void whatMayNotBeDoneTwiceIsSentOnce(String method, String rest) throws Exception {
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  if (request.method().equals(method)) {
                    throw new IOException("closed before the answer");
                  }
                  HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      peer.get("/");
      Response response = peer.ask(method + lines(" / HTTP/1.1~Host: a~" + rest));

      assertThat(response.status()).isEqualTo(502);
      assertThat(response.values("proxy-status"))
          .containsExactly("sallyport; error=connection_terminated");
      assertThat(application.others()).hasSize(2);
    }
  }

  @Test
  void anApplicationThatIsNotThereIsABadGatewayAndNoReset() throws Exception {
    try (RunningProxy proxy = proxy("127.0.0.1:1", "");
        HttpPeer peer = peer(proxy)) {
      Response response = peer.get("/");

      assertThat(response.status()).isEqualTo(502);
      assertThat(response.values("content-type")).containsExactly("application/problem+json");
      assertThat(response.head() + response.text()).doesNotContain("127.0.0.1", "refused:");
      assertThat(peer.get("/").status()).isEqualTo(502);
    }
  }

  @ParameterizedTest
  @CsvSource({"HEAD, 200, 5", "GET, 204,", "GET, 304, 5"})
  void responsesWithoutABodyEndWithTheirHead(String method, int status, @Nullable Integer length)
      throws Exception {
    String fields = length == null ? "" : "Content-Length: " + length + "\r\n";
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) ->
                    HttpApplication.write(
                        out, "HTTP/1.1 %d Any\r\n%s\r\n".formatted(status, fields)));
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      for (int i = 0; i < 2; i++) {
        peer.send(method + " / HTTP/1.1\r\nHost: a\r\n\r\n");
        Response response = peer.readWithoutBody();
        assertThat(response.status()).isEqualTo(status);
        assertThat(response.values("content-length"))
            .isEqualTo(length == null ? List.of() : List.of("" + length));
        assertThat(response.values("transfer-encoding")).isEmpty();
      }
      assertThat(application.accepted()).isEqualTo(1);
    }
  }

  @Test
  void bodiesInChunksAndTheirTrailersGoBothWays() throws Exception {
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  byte[] body = request.body().readAllBytes();
                  HttpApplication.write(
                      out,
                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\nX-Sum: 8\r\n\r\n"
                          .formatted(body.length, new String(body, US_ASCII)));
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      peer.send(
          lines(
              "POST / HTTP/1.1~Host: a~Connection: close~Transfer-Encoding: chunked~~",
              "3;ext=1~abc~4~defg~0~X-Peer-Spiffe-Id: spiffe://test/root~X-Sum: 7~",
              "x_forwarded_for: 10.1.2.3~~"));

      assertThat(peer.readHead()).containsIgnoringCase("transfer-encoding: chunked");
      assertThat(new String(peer.rest(), US_ASCII))
          .isEqualToIgnoringCase(lines("7~abcdefg~0~X-Sum: 8~~"));
      assertThat(application.next().trailers()).isEqualToIgnoringCase(lines("X-Sum: 7~"));
    }
  }

  @Test
  void aResponseThatEndsWithItsConnectionIsSentInChunks() throws Exception {
    try (Application application =
            Application.serving(
                socket -> {
                  socket.getInputStream().read(new byte[4096]);
                  socket
                      .getOutputStream()
                      .write("HTTP/1.0 200 OK\r\n\r\nall of it".getBytes(US_ASCII));
                });
        RunningProxy proxy = proxy(application.address(), "");
        HttpPeer peer = peer(proxy)) {
      Response response = peer.get("/");

      assertThat(response.values("transfer-encoding")).containsExactly("chunked");
      assertThat(response.text()).isEqualTo("all of it");
      assertThat(peer.get("/").status()).isEqualTo(200);
    }
  }

  @Test
  void aResponseThatBreaksOffIsNoWholeOneToThePeer() throws Exception {
    try (Application application =
            Application.serving(
                socket -> {
                  socket.getInputStream().read(new byte[4096]);
                  socket
                      .getOutputStream()
                      .write(
                          "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".getBytes(US_ASCII));
                });
        RunningProxy proxy = proxy(application.address(), "");
        HttpPeer peer = peer(proxy)) {
      peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

      assertThatThrownBy(peer::read).isInstanceOf(IOException.class);
      proxy.awaitClosed("web", CloseReason.RESPONSE_INCOMPLETE, 1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HTTP/1.1 200 OK~Content-Length: 1~Content-Length: 2~~a",
        "HTTP/1.1 200 OK~Content-Length: 1~Transfer-Encoding: chunked~~0~~",
        "HTTP/1.1 200 OK~ folded: yes~~",
        "no response at all~~"
      })
  void aResponseThatIsNoHttpIsABadGateway(String raw) throws Exception {
    try (Application application =
            Application.serving(
                socket -> {
                  socket.getInputStream().read(new byte[4096]);
                  socket.getOutputStream().write(lines(raw).getBytes(US_ASCII));
                  socket.getInputStream().read();
                });
        RunningProxy proxy = proxy(application.address(), "");
        HttpPeer peer = peer(proxy)) {
      assertThat(peer.get("/").status()).isEqualTo(502);
    }
  }

  @Test
  void interimResponsesComeBeforeTheOneThatCounts() throws Exception {
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  HttpApplication.write(out, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
                  HttpApplication.write(out, "HTTP/1.1 100 Continue\r\n\r\n");
                  int length = request.body().readAllBytes().length;
                  HttpApplication.write(
                      out, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + length);
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      peer.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
      assertThat(peer.readWithoutBody().head()).startsWith("HTTP/1.1 103").contains("ink: </a>");
      assertThat(peer.readWithoutBody().status()).isEqualTo(100);
      peer.send("body");

      assertThat(peer.read().text()).isEqualTo("4");
      assertThat(peer.get("/").status()).isEqualTo(103);
    }
  }

  @Test
  void aResponseMayBeWholeBeforeTheRequestIs() throws Exception {
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) ->
                    HttpApplication.write(
                        out, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly"));
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
      assertThat(peer.read().text()).isEqualTo("early");
      peer.send("def");

      assertThat(peer.get("/").text()).isEqualTo("early");
      assertThat(application.accepted()).isEqualTo(1);
    }
  }

  @Test
  void theRestOfARequestArrivesThoughItsResponseIsWhole() throws Exception {
    CountDownLatch whole = new CountDownLatch(1);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly");
                  request.body().readAllBytes();
                  whole.countDown();
                });
        RunningProxy proxy = proxy(application, "http.app-idle-timeout = 1d");
        HttpPeer peer = peer(proxy)) {
      peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
      assertThat(peer.read().text()).isEqualTo("early");
      peer.send("def");

      assertThat(whole.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void anEventArrivesBeforeTheNextOneIsMade() throws Exception {
    CountDownLatch next = new CountDownLatch(1);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  HttpApplication.write(
                      out,
                      lines(
                          "HTTP/1.1 200 OK~Content-Type: text/event-stream~",
                          "Transfer-Encoding: chunked~~9~data: 1~~"));
                  next.await(20, TimeUnit.SECONDS);
                  HttpApplication.write(out, lines("9~data: 2~~0~~"));
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      peer.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(peer.readHead()).contains("text/event-stream");
      String first = lines("9~data: 1~~");
      assertThat(peer.read(first.length())).isEqualTo(first);
      next.countDown();
      String second = lines("9~data: 2~~0~~");
      assertThat(peer.read(second.length())).isEqualTo(second);
    }
  }

  @Test
  void aWebSocketIsCarriedWhenItsApplicationAgrees() throws Exception {
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  assertThat(request.values("upgrade")).containsExactly("websocket");
                  assertThat(request.values("connection")).containsExactly("upgrade");
                  HttpApplication.write(
                      out,
                      lines(
                          "HTTP/1.1 101 Switching Protocols~Upgrade: websocket~",
                          "Connection: Upgrade~Sec-WebSocket-Accept: x~~first"));
                  throw new IOException("no HTTP from here on");
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      peer.send(
          "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n");
      Response response = peer.readWithoutBody();

      assertThat(response.status()).isEqualTo(101);
      assertThat(response.values("connection")).isNotEmpty();
      assertThat(peer.rest()).asString(US_ASCII).isEqualTo("first");
    }
  }

  @Test
  void anUpgradeInHttp10IsNotAskedFor() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      peer.ask(lines("GET / HTTP/1.0~Host: a~Connection: Upgrade~Upgrade: websocket~~"));

      assertThat(application.next().head().toLowerCase(Locale.ROOT))
          .doesNotContain("upgrade", "websocket");
    }
  }

  @Test
  void aChangeToHttp2BehindTheProxysBackIsNotAskedFor() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      peer.get(
          "/",
          "Connection: Upgrade, HTTP2-Settings\r\n",
          "Upgrade: h2c\r\n",
          "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n");

      assertThat(application.next().head().toLowerCase(Locale.ROOT))
          .doesNotContain("h2c", "settings");
    }
  }

  @Test
  void whoHasNoRightToBeHereOpensNothingBehindTheProxy() throws Exception {
    TestIdentity stranger = pki.issue("stranger", leaf -> leaf.uri("spiffe://other/x"));
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy, stranger)) {
      assertThatThrownBy(() -> peer.get("/")).isInstanceOf(IOException.class);
      assertThat(application.accepted()).isZero();
    }
  }

  @Test
  void aPeerThatAsksForTheLastAnswerGetsItAndTheEnd() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "");
        HttpPeer peer = peer(proxy)) {
      Response response = peer.get("/", "Connection: close\r\n");

      assertThat(response.values("connection")).containsExactly("close");
      assertThat(peer.rest()).isEmpty();
      proxy.awaitClosed("web", CloseReason.PEER_CLOSED, 1);
      assertThat(application.next().values("connection")).isEmpty();
    }
  }

  @Test
  void whileDrainingEachAnswerIsTheLastAndWhoWaitsIsToldToGo() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  if (request.target().equals("/slow")) {
                    answer.await(20, TimeUnit.SECONDS);
                  }
                  HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer busy = peer(proxy);
        HttpPeer idle = peer(proxy)) {
      idle.get("/");
      application.next();
      busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
      application.next();
      proxy.proxy().stop();

      assertThat(idle.rest()).isEmpty();
      answer.countDown();
      Response last = busy.read();
      assertThat(last.text()).isEqualTo("ok");
      assertThat(last.values("connection")).containsExactly("close");
      assertThat(busy.rest()).isEmpty();
    }
  }

  @Test
  void whoIsToldToGoWithinAnAnswerHasTheEndAfterIt() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
                  if (request.target().equals("/slow")) {
                    goOn.await(20, TimeUnit.SECONDS);
                  }
                  HttpApplication.write(out, "k");
                });
        RunningProxy proxy = proxy(application, "");
        HttpPeer busy = peer(proxy);
        HttpPeer idle = peer(proxy)) {
      idle.get("/");
      busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(busy.readHead()).startsWith("HTTP/1.1 200");
      proxy.proxy().stop();
      assertThat(idle.rest()).isEmpty();
      goOn.countDown();

      assertThat(busy.rest()).asString(US_ASCII).isEqualTo("ok");
    }
  }

  @Test
  void aPeerIsToldToGoAMinuteBeforeItsCertificateExpiresAndNotEarlier() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  if (request.target().equals("/slow")) {
                    goOn.await();
                  }
                  HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                });
        RunningProxy proxy = proxy(application, "")) {
      Instant end = Instant.now().plusSeconds(66).truncatedTo(ChronoUnit.SECONDS);
      TestIdentity soon =
          pki.issue("soon", leaf -> leaf.uri("spiffe://test/soon").validity(Instant.EPOCH, end));
      try (HttpPeer idle = peer(proxy, soon);
          HttpPeer busy = peer(proxy, soon)) {
        idle.get("/");
        busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");

        assertThat(idle.rest()).isEmpty();
        assertThat(Instant.now()).isAfter(end.minusSeconds(60));
        proxy.awaitClosed("web", CloseReason.LEAVING, 1);
        goOn.countDown();
        Response last = busy.read();

        assertThat(last.text()).isEqualTo("ok");
        assertThat(last.values("connection")).containsExactly("close");
        assertThat(busy.rest()).isEmpty();
        proxy.awaitClosed("web", CloseReason.LEAVING, 2);
      }
    }
  }

  @Test
  void eachRequestIsALineOfTheAccessLog() throws Exception {
    try (RecordedLog log = RecordedLog.start();
        HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "http.access-log = json");
        HttpPeer peer = peer(proxy)) {
      peer.ask("POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
      Response refused = peer.ask("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");

      List<RecordedLog.Line> lines = log.lines("request");
      assertThat(lines.get(0).fields())
          .containsEntry("listener", "web")
          .containsEntry("peer", "spiffe://test/client")
          .containsEntry("method", "POST")
          .containsEntry("target", "/a?b")
          .containsEntry("status", "200")
          .containsEntry("request_bytes", "3")
          .containsEntry("response_bytes", "6")
          .containsKeys("remote", "first_byte_ms", "duration_ms");
      assertThat(lines.get(1).fields())
          .containsEntry("status", "400")
          .containsEntry("reason", "malformed_request")
          .containsEntry("response_bytes", String.valueOf(refused.text().length()))
          .doesNotContainKeys("method", "target", "first_byte_ms");
    }
  }

  @Test
  void theAccessLogMayBeInTheCommonLogFormat() throws Exception {
    try (RecordedLog log = RecordedLog.start();
        HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "http.access-log = common");
        HttpPeer peer = peer(proxy)) {
      peer.get("/a\"b");
      peer.get("/"); // when that is answered, the one before has been logged

      assertThat(log.of(AccessLog.COMMON).get(0))
          .matches(
              "127\\.0\\.0\\.1 - spiffe://test/client \\[\\d\\d/[A-Z][a-z]{2}/\\d{4}:[\\d:]{8} \\+0000\\]"
                  + " \"GET /a%22b HTTP/1.1\" 200 6");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "header-timeout = 300ms | GET / HTTP/1.1~Host: | 408 | header_timeout",
        "response-timeout = 300ms | GET / HTTP/1.1~Host: a~~ | 504 | response_timeout",
        "request-timeout = 300ms | PUT / HTTP/1.1~Host: a~Content-Length: 9~~x | 408 | body_timeout",
        "max-body = 5b | PUT / HTTP/1.1~Host: a~Content-Length: 6~~ | 413 | body_too_large",
        "max-body = 5b | PUT / HTTP/1.1~Host: a~Transfer-Encoding: chunked~~6~abcdef~0~~ | 413 | body_too_large",
        "max-request-line = 256b | GET /LONG HTTP/1.1~Host: a~~ | 414 | target_too_long",
        "max-header-bytes = 1k | GET / HTTP/1.1~Host: a~A: LONG~~ | 431 | fields_too_large",
        "max-headers = 3 | GET / HTTP/1.1~Host: a~A: 1~B: 2~C: 3~~ | 431 | fields_too_large",
      })
  void everyLimitHasItsAnswerAndItsMetric(String limit, String raw, int status, String reason)
      throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (HttpApplication application =
            HttpApplication.answering((request, out) -> over.await(20, TimeUnit.SECONDS));
        RunningProxy proxy = proxy(application, "http { " + limit + " }");
        HttpPeer peer = peer(proxy)) {
      peer.send(lines(raw).replace("LONG", "x".repeat(2000)));

      Response response = peer.read();
      assertThat(response.status()).isEqualTo(status);
      proxy.awaitMetric(
          "sallyport_http_refusals_total{listener=\"web\",reason=\"" + reason + "\"}", 1);
      over.countDown();
    }
  }
}

package io.sallyport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http2.Http2Error;
import io.sallyport.http.AccessLog;
import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.FieldBlock;
import io.sallyport.rig.Http2Frame;
import io.sallyport.rig.Http2Peer;
import io.sallyport.rig.Http2Peer.Answer;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** HTTP/2 through an inbound listener to an application that speaks HTTP/1.1. */
final class Http2IT {

  private static Pki pki;

  private final RecordedLog log = RecordedLog.start();

  @BeforeAll
  static void issue(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @AfterEach
  void stop() {
    assertThat(log.faults()).isEmpty();
    log.close();
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

  private static Http2Peer peer(RunningProxy proxy) throws IOException {
    return Http2Peer.open(pki, pki.client(), proxy.port("web"));
  }

  /** With the ends of lines for tildes. */
  private static String lines(String... parts) {
    return String.join("", parts).replace("~", "\r\n");
  }

  private static HttpApplication answering(String raw) {
    return HttpApplication.answering((request, out) -> HttpApplication.write(out, lines(raw)));
  }

  private static Answer ask(Http2Peer peer, String fields) throws IOException {
    int stream = peer.nextStream();
    peer.send(Http2Frame.request(stream, fields));
    return peer.answer(stream);
  }

  @Test
  void aRequestReachesTheApplicationAndItsAnswerThePeer() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "");
        Http2Peer peer = peer(proxy)) {
      Answer answer = peer.get("/a?b=c");

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("hello\n");
      assertThat(answer.ended()).isTrue();
      assertThat(application.next().line()).isEqualTo("GET /a?b=c HTTP/1.1");
      peer.close();
      proxy.awaitClosed("web", CloseReason.PEER_CLOSED, 1);
      proxy.awaitMetric(
          "sallyport_http_requests_total{listener=\"web\",method=\"GET\",status=\"200\"}", 1);
    }
  }

  @Test
  void aPeerMayChooseHttp11OrHaveItChosen() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                defaults.inbound {
                  listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
                }
                inbound.both {}
                inbound.old { alpn = [ "http/1.1" ] }
                inbound.new { alpn = [ "h2" ] }
                """
                    .formatted(application.address()))) {
      try (Http2Peer peer = Http2Peer.open(pki, pki.client(), proxy.port("new"))) {
        assertThat(peer.get("/").status()).isEqualTo(200);
      }
      assertThatThrownBy(() -> Http2Peer.silent(pki, pki.client(), proxy.port("old")).close())
          .isInstanceOf(IOException.class);
      try (var socket = pki.connect(pki.client(), proxy.port("both"), "TLSv1.3")) {
        socket.getOutputStream().write(lines("GET / HTTP/1.1~Host: a~~").getBytes(ISO_8859_1));
        assertThat(new String(socket.getInputStream().readNBytes(12), ISO_8859_1))
            .isEqualTo("HTTP/1.1 200");
      }
    }
  }

  /**
   * What the application gets, but for the fields that are ours to make: those of forwarding and of
   * tracing.
   */
  private static List<String> received(HttpApplication application) throws InterruptedException {
    return application
        .next()
        .head()
        .lines()
        .filter(line -> !line.isEmpty() && !line.toLowerCase(Locale.ROOT).startsWith("x-"))
        .map(line -> line.startsWith("Host:") ? "host:" + line.substring(5) : line)
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        ":method=GET :scheme=https :authority=a.example :path=/ | GET / HTTP/1.1~host: a.example",
        ":method=GET :scheme=https :authority=A.Example:8443 :path=/ | GET / HTTP/1.1~host: a.example:8443",
        ":method=GET :scheme=https :path=/ host=a.example | GET / HTTP/1.1~host: a.example",
        ":path=/ :authority=a :scheme=https :method=GET | GET / HTTP/1.1~host: a",
        ":method=GET :scheme=https :authority=a :path=/ host=a | GET / HTTP/1.1~host: a",
        ":method=GET :scheme=https :authority=[::1]:1 :path=/ | GET / HTTP/1.1~host: [::1]:1",
        ":method=GET :scheme=https :authority=a :path=//b/../c;d?e=/%zz&'()*+,!$@ | GET //b/../c;d?e=/%zz&'()*+,!$@ HTTP/1.1~host: a",
        ":method=OPTIONS :scheme=https :authority=a :path=* | OPTIONS * HTTP/1.1~host: a",
        ":method=PATCH :scheme=https :authority=a :path=/ | PATCH / HTTP/1.1~host: a",
        ":method=get :scheme=https :authority=a :path=/ | get / HTTP/1.1~host: a",
        ":method=M!#$%&'*+-.^_`9 :scheme=https :authority=a :path=/ | M!#$%&'*+-.^_`9 / HTTP/1.1~host: a",
      })
  void theRequestLineAndHostAreWrittenAnewFromWhatWasUnderstood(String fields, String lines)
      throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "");
        Http2Peer peer = peer(proxy)) {
      String block = "";
      for (String field : fields.split(" ", -1)) {
        int equals = field.indexOf('=');
        block += FieldBlock.of(field.substring(0, equals), field.substring(equals + 1));
      }

      assertThat(ask(peer, block).status()).isEqualTo(200);
      assertThat(received(application)).isEqualTo(List.of(lines.split("~", -1)));
    }
  }

  @Test
  void fieldsArriveAsTheyWereSentInTheirOrder() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "");
        Http2Peer peer = peer(proxy)) {
      ask(
          peer,
          FieldBlock.request(
              "GET",
              "/",
              "accept",
              "a",
              "accept",
              "b, c",
              "empty",
              "",
              "latin",
              "caf\351",
              "utf-8",
              "\303\251",
              "blanks",
              "a \t  b",
              "!#$%&'*+-.^_`|~9az",
              ": b; \"c\", <d>",
              "accept",
              "d",
              "te",
              "trailers"));

      List<String> got = received(application);
      assertThat(got)
          .containsSubsequence("accept: a", "accept: b, c", "accept: d")
          .contains(
              "latin: caf\351",
              "utf-8: \303\251",
              "blanks: a \t  b",
              "!#$%&'*+-.^_`|~9az: : b; \"c\", <d>")
          .anyMatch(line -> line.strip().equals("empty:"))
          .noneMatch(line -> line.startsWith("connection: close"));
    }
  }

  /** RFC 9113 §8.2.3. */
  @Test
  void cookiesThatCameInCrumbsArriveAsOne() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "");
        Http2Peer peer = peer(proxy)) {
      ask(
          peer,
          FieldBlock.request(
              "GET", "/", "cookie", "a=b", "accept", "x", "cookie", "c=d; e=f", "cookie", "g=h"));

      assertThat(application.next().values("cookie")).containsExactly("a=b; c=d; e=f; g=h");
    }
  }

  @Test
  void theApplicationIsToldByTheProxyAloneWhoIsCalling() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "peer-header = [ spiffe-id, xfcc ]");
        Http2Peer peer = peer(proxy)) {
      peer.get(
          "/",
          "x-peer-spiffe-id",
          "spiffe://test/admin",
          "x_peer_spiffe_id",
          "spiffe://test/root",
          "x-forwarded-client-cert",
          "URI=spiffe://test/admin",
          "x-forwarded-for",
          "10.1.2.3",
          "x-forwarded-proto",
          "http",
          "client-cert",
          ":AAAA:",
          "forwarded",
          "for=10.1.2.3");

      var request = application.next();
      assertThat(request.values("x-peer-spiffe-id")).containsExactly("spiffe://test/client");
      assertThat(request.values("x-forwarded-client-cert"))
          .singleElement()
          .asString()
          .contains("URI=spiffe://test/client", "By=spiffe://test/server");
      assertThat(request.values("x-forwarded-for")).containsExactly("127.0.0.1");
      assertThat(request.values("x-forwarded-proto")).containsExactly("https");
      assertThat(request.values("x-forwarded-host")).containsExactly("localhost");
      assertThat(request.head()).doesNotContain("admin", "root", "10.1.2.3", "AAAA");
    }
  }

  @Test
  void whateverSchemeIsNamedTheApplicationIsToldOfTls() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "");
        Http2Peer peer = peer(proxy)) {
      for (String scheme : List.of("http", "HTTPS", "ftp")) {
        String fields =
            FieldBlock.of(
                ":method", "GET", ":scheme", scheme, ":authority", "localhost", ":path", "/");
        Answer answer = ask(peer, fields);
        // RFC 9113 §8.3.1 leaves it to us which schemes we serve.
        if (answer.status() == 200) {
          assertThat(application.next().values("x-forwarded-proto")).containsExactly("https");
        } else {
          assertThat(answer.status() == 400 || answer.reset() == Http2Error.PROTOCOL_ERROR)
              .isTrue();
        }
      }
    }
  }

  @Test
  void aBodyOfUnknownLengthAndItsTrailersReachTheApplication() throws Exception {
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  String body = new String(request.body().readAllBytes(), ISO_8859_1);
                  HttpApplication.write(
                      out,
                      lines("HTTP/1.1 200 OK~Content-Length: %d~~%s")
                          .formatted(body.length(), body));
                });
        RunningProxy proxy = proxy(application, "");
        Http2Peer peer = peer(proxy)) {
      int stream = peer.nextStream();
      peer.send(
          Http2Frame.head(stream, FieldBlock.request("POST", "/")),
          Http2Frame.data(stream, "abc"),
          new Http2Frame(Http2Frame.DATA, Http2Frame.PADDED, stream, "\3defg\0\0\0"),
          Http2Frame.data(stream, ""),
          Http2Frame.trailers(
              stream, FieldBlock.of("x-sum", "7", "x-peer-spiffe-id", "spiffe://test/root")));

      assertThat(peer.answer(stream).body()).isEqualTo("abcdefg");
      var request = application.next();
      assertThat(request.values("transfer-encoding")).containsExactly("chunked");
      assertThat(request.values("content-length")).isEmpty();
      assertThat(request.trailers()).containsIgnoringCase("x-sum: 7\r\n").doesNotContain("root");
    }
  }

  @Test
  void aBodyOfKnownLengthReachesTheApplicationWithItsLength() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "");
        Http2Peer peer = peer(proxy)) {
      int stream = peer.nextStream();
      peer.send(
          Http2Frame.head(stream, FieldBlock.request("POST", "/", "content-length", "7")),
          Http2Frame.data(stream, "abc"),
          Http2Frame.lastData(stream, "defg"));
      assertThat(peer.answer(stream).status()).isEqualTo(200);

      var request = application.next();
      assertThat(request.values("content-length")).containsExactly("7");
      assertThat(request.values("transfer-encoding")).isEmpty();
    }
  }

  @Test
  void trailersOfAnAnswerReachThePeer() throws Exception {
    try (HttpApplication application =
            answering(
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~Trailer: X-Sum~~3~abc~0~X-Sum: 3~~");
        RunningProxy proxy = proxy(application, "");
        Http2Peer peer = peer(proxy)) {
      Answer answer = peer.get("/", "te", "trailers");

      assertThat(answer.body()).isEqualTo("abc");
      assertThat(answer.trailers("x-sum")).containsExactly("3");
      assertThat(answer.values("transfer-encoding")).isEmpty();
    }
  }

  /** RFC 9113 §8.2.2. */
  @Test
  void whatAnAnswerSaysOfItsConnectionEndsWithIt() throws Exception {
    try (HttpApplication application =
            answering(
                "HTTP/1.1 200 OK~Connection: close, X-Hop~X-Hop: 1~Keep-Alive: timeout=1~"
                    + "Proxy-Connection: close~Upgrade: h2c~X-Kept: Yes~Content-Length: 0~~");
        RunningProxy proxy = proxy(application, "");
        Http2Peer peer = peer(proxy)) {
      Answer answer = peer.get("/");

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.heads().get(0).names())
          .map(CharSequence::toString)
          .contains("x-kept")
          .allMatch(name -> name.equals(name.toLowerCase(Locale.ROOT)))
          .doesNotContain("connection", "x-hop", "keep-alive", "proxy-connection", "upgrade");
      assertThat(peer.get("/").status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource({"HEAD, 200, 5", "GET, 204,", "GET, 304, 5"})
  void answersWithoutABodyEndWithTheirHead(String method, int status, @Nullable Integer length)
      throws Exception {
    String fields = length == null ? "" : "Content-Length: " + length + "~";
    try (HttpApplication application = answering("HTTP/1.1 %d Any~%s~".formatted(status, fields));
        RunningProxy proxy = proxy(application, "");
        Http2Peer peer = peer(proxy)) {
      for (int i = 0; i < 2; i++) {
        Answer answer = ask(peer, FieldBlock.request(method, "/"));
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.ended()).isTrue();
        assertThat(answer.body()).isEmpty();
        assertThat(answer.values("content-length"))
            .isEqualTo(length == null ? List.of() : List.of("" + length));
      }
      assertThat(application.accepted()).isEqualTo(1);
    }
  }

  @Test
  void interimAnswersComeBeforeTheOneThatCounts() throws Exception {
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  HttpApplication.write(out, lines("HTTP/1.1 103 Early Hints~Link: </a>~~"));
                  HttpApplication.write(out, lines("HTTP/1.1 100 Continue~~"));
                  int length = request.body().readAllBytes().length;
                  HttpApplication.write(out, lines("HTTP/1.1 200 OK~Content-Length: 1~~") + length);
                });
        RunningProxy proxy = proxy(application, "");
        Http2Peer peer = peer(proxy)) {
      int stream = peer.nextStream();
      peer.send(
          Http2Frame.head(
              stream,
              FieldBlock.request("PUT", "/", "content-length", "4", "expect", "100-continue")));
      peer.readUntil(() -> peer.soFar(stream).heads().size() == 2);
      peer.send(Http2Frame.lastData(stream, "body"));
      Answer answer = peer.answer(stream);

      assertThat(answer.heads())
          .extracting(head -> String.valueOf(head.status()))
          .containsExactly("103", "100", "200");
      assertThat(answer.heads().get(0).get("link")).hasToString("</a>");
      assertThat(answer.body()).isEqualTo("4");
      assertThat(application.next().values("expect")).containsExactly("100-continue");
    }
  }

  @Test
  void anAnswerMayBeWholeBeforeTheRequestIs() throws Exception {
    CountDownLatch whole = new CountDownLatch(1);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  HttpApplication.write(out, lines("HTTP/1.1 200 OK~Content-Length: 5~~early"));
                  request.body().readAllBytes();
                  whole.countDown();
                });
        RunningProxy proxy = proxy(application, "");
        Http2Peer peer = peer(proxy)) {
      int stream = peer.nextStream();
      peer.send(
          Http2Frame.head(stream, FieldBlock.request("POST", "/", "content-length", "6")),
          Http2Frame.data(stream, "abc"));
      Answer early = peer.answer(stream);
      assertThat(early.body()).isEqualTo("early");
      if (early.reset() == null) { // RFC 9113 §8.1 lets us ask for no more of it
        peer.send(Http2Frame.lastData(stream, "def"));
        assertThat(whole.await(20, TimeUnit.SECONDS)).isTrue();
      } else {
        assertThat(early.reset()).isEqualTo(Http2Error.NO_ERROR);
      }
      assertThat(peer.get("/").body()).isEqualTo("early");
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
                          "Transfer-Encoding: chunked~~b~data: 1~~~"));
                  next.await(20, TimeUnit.SECONDS);
                  HttpApplication.write(out, lines("b~data: 2~~~0~~"));
                });
        RunningProxy proxy = proxy(application, "");
        Http2Peer peer = peer(proxy)) {
      int stream = peer.nextStream();
      peer.send(Http2Frame.request(stream, FieldBlock.request("GET", "/events")));
      assertThat(peer.answerWith(stream, 11).body()).isEqualTo(lines("data: 1~~"));
      next.countDown();
      assertThat(peer.answer(stream).body()).isEqualTo(lines("data: 1~~data: 2~~"));
    }
  }

  @Test
  void aRequestThatTakesLongHoldsUpNoOther() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  if (request.target().equals("/slow")) {
                    answer.await(20, TimeUnit.SECONDS);
                  }
                  HttpApplication.write(
                      out,
                      lines("HTTP/1.1 200 OK~Content-Length: %d~~%s")
                          .formatted(request.target().length(), request.target()));
                });
        RunningProxy proxy = proxy(application, "");
        Http2Peer peer = peer(proxy)) {
      int slow = peer.nextStream();
      peer.send(Http2Frame.request(slow, FieldBlock.request("GET", "/slow")));
      for (int i = 0; i < 50; i++) {
        assertThat(peer.get("/" + i).body()).isEqualTo("/" + i);
      }
      assertThat(peer.soFar(slow).status()).isZero();
      answer.countDown();
      assertThat(peer.answer(slow).body()).isEqualTo("/slow");
    }
  }

  @Test
  void aHundredRequestsAtOnceAreEachAnsweredWithTheirOwn() throws Exception {
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) ->
                    HttpApplication.write(
                        out,
                        lines("HTTP/1.1 200 OK~Content-Length: %d~~%s")
                            .formatted(request.target().length(), request.target())));
        RunningProxy proxy = proxy(application, "");
        Http2Peer peer = peer(proxy)) {
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 100; i++) {
        all.append(Http2Frame.request(2 * i + 1, FieldBlock.request("GET", "/" + i)).wire());
      }
      peer.send(all.toString());
      for (int i = 0; i < 100; i++) {
        assertThat(peer.answer(2 * i + 1).body()).isEqualTo("/" + i);
      }
    }
  }

  @Test
  void aResetEndsItsRequestAndNoOther() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  answer.await(20, TimeUnit.SECONDS);
                  HttpApplication.write(out, lines("HTTP/1.1 200 OK~Content-Length: 2~~ok"));
                });
        RunningProxy proxy = proxy(application, "");
        Http2Peer peer = peer(proxy)) {
      int left = peer.nextStream();
      int other = peer.nextStream();
      peer.send(
          Http2Frame.request(left, FieldBlock.request("GET", "/left")),
          Http2Frame.request(other, FieldBlock.request("GET", "/other")));
      application.next();
      application.next();
      peer.send(Http2Frame.reset(left, Http2Error.CANCEL));
      peer.roundTrip();
      answer.countDown();

      assertThat(peer.answer(other).body()).isEqualTo("ok");
      assertThat(peer.get("/").body()).isEqualTo("ok");
      assertThat(peer.soFar(left).status()).isZero();
    }
  }

  @Test
  void anAnswerThatBreaksOffIsNoWholeOneToThePeer() throws Exception {
    try (Application application =
            Application.serving(
                socket -> {
                  socket.getInputStream().read(new byte[4096]);
                  socket
                      .getOutputStream()
                      .write(
                          lines("HTTP/1.1 200 OK~Content-Length: 10~~half").getBytes(ISO_8859_1));
                });
        RunningProxy proxy = proxy(application.address(), "");
        Http2Peer peer = peer(proxy)) {
      Answer answer = peer.get("/");

      assertThat(answer.ended()).isFalse();
      assertThat(answer.reset()).isIn(Http2Error.INTERNAL_ERROR, Http2Error.CANCEL);
      assertThat(peer.get("/").status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HTTP/1.1 200 OK~Content-Length: 1~Content-Length: 2~~a",
        "HTTP/1.1 200 OK~Content-Length: 1~Transfer-Encoding: chunked~~0~~",
        "HTTP/1.1 200 OK~ folded: yes~~",
        "HTTP/1.1 200 OK~x: a\0b~~",
        "HTTP/1.1 101 Switching Protocols~Upgrade: websocket~Connection: upgrade~~",
        "no answer at all~~"
      })
  void anAnswerThatIsNoHttpIsABadGateway(String raw) throws Exception {
    try (Application application =
            Application.serving(
                socket -> {
                  socket.getInputStream().read(new byte[4096]);
                  socket.getOutputStream().write(lines(raw).getBytes(ISO_8859_1));
                  socket.getInputStream().read();
                });
        RunningProxy proxy = proxy(application.address(), "");
        Http2Peer peer = peer(proxy)) {
      Answer answer = peer.get("/");
      assertThat(answer.status()).isEqualTo(502);
      assertThat(answer.values("content-type")).containsExactly("application/problem+json");
      assertThat(answer.ended()).isTrue();
    }
  }

  @Test
  void anApplicationThatIsNotThereIsABadGatewayAndNoEnd() throws Exception {
    try (RunningProxy proxy = proxy("127.0.0.1:1", "");
        Http2Peer peer = peer(proxy)) {
      Answer answer = peer.get("/");

      assertThat(answer.status()).isEqualTo(502);
      assertThat(answer.values("proxy-status")).isNotEmpty();
      assertThat(answer.body()).doesNotContain("127.0.0.1");
      assertThat(peer.get("/").status()).isEqualTo(502);
    }
  }

  @Test
  void aRequestOnAnOldConnectionIsJudgedByTheRulesOfNow() throws Exception {
    String all = "allow = [ { uri = \"spiffe://test/client\", paths = \"/**\" } ]";
    String some = "allow = [ { uri = \"spiffe://test/client\", paths = \"/open/**\" } ]";
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, all);
        Http2Peer peer = peer(proxy)) {
      assertThat(peer.get("/secret").status()).isEqualTo(200);

      proxy.rewrite(listener(application.address(), some));
      assertThat(proxy.reload().succeeded()).isTrue();

      Answer denied = peer.get("/secret");
      assertThat(denied.status()).isEqualTo(403);
      assertThat(denied.body()).doesNotContain("rule", "open", "spiffe");
      assertThat(peer.get("/open/door").status()).isEqualTo(200);
      proxy.awaitActive("web", 1);
    }
  }

  @Test
  void anAuthorityOfAnotherIdentityIsMisdirected() throws Exception {
    pki.issue("shop", leaf -> leaf.cn("shop").dns("shop.test"));
    pki.issue("bank", leaf -> leaf.cn("bank").dns("bank.test"));
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                identities.shop { certificate = "shop.crt", key = "shop.key", trust = "ca.crt" }
                identities.bank { certificate = "bank.crt", key = "bank.key", trust = "ca.crt" }
                """
                    + listener(
                        application.address(), "identity = [ shop, bank ], sni-required = false"));
        Http2Peer peer = peer(proxy)) { // which names none, and so is shown the shop's
      String bank =
          FieldBlock.of(
              ":method", "GET", ":scheme", "https", ":authority", "bank.test", ":path", "/");
      assertThat(ask(peer, bank).status()).isEqualTo(421);
      assertThat(application.others()).isEmpty();
      assertThat(ask(peer, bank.replace("bank", "shop")).status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "max-header-bytes = 1k | 431 | fields_too_large",
        "max-headers = 3 | 431 | fields_too_large",
        "max-request-line = 256b | 414 | target_too_long",
      })
  void everyLimitOfAHeadHasItsAnswerAndItsMetric(String limit, int status, String reason)
      throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "http { " + limit + " }");
        Http2Peer peer = peer(proxy)) {
      Answer answer =
          peer.get(
              "/" + (status == 414 ? "x".repeat(2000) : ""),
              "a",
              status == 431 ? "x".repeat(2000) : "",
              "b",
              "",
              "c",
              "",
              "d",
              "");

      assertThat(answer.status()).isEqualTo(status);
      assertThat(answer.ended()).isTrue();
      proxy.awaitMetric(
          "sallyport_http_refusals_total{listener=\"web\",reason=\"" + reason + "\"}", 1);
      assertThat(application.others()).isEmpty();
      assertThat(peer.get("/").status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource({"6", "''"})
  void aBodyThatIsTooLargeIsRefusedAndTheNextRequestServed(String length) throws Exception {
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  request.body().readAllBytes();
                  HttpApplication.write(out, lines("HTTP/1.1 200 OK~Content-Length: 0~~"));
                });
        RunningProxy proxy = proxy(application, "http.max-body = 5b");
        Http2Peer peer = peer(proxy)) {
      int stream = peer.nextStream();
      String fields =
          length.isEmpty()
              ? FieldBlock.request("PUT", "/")
              : FieldBlock.request("PUT", "/", "content-length", length);
      peer.send(Http2Frame.head(stream, fields), Http2Frame.data(stream, "abcdef"));

      assertThat(peer.answer(stream).status()).isEqualTo(413);
      proxy.awaitMetric(
          "sallyport_http_refusals_total{listener=\"web\",reason=\"body_too_large\"}", 1);
      assertThat(peer.get("/").status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "response-timeout = 300ms | 504 | response_timeout | true",
        "request-timeout = 300ms | 408 | body_timeout | false",
      })
  void everyDeadlineOfARequestHasItsAnswerAndEndsNoOther(
      String deadline, int status, String reason, boolean whole) throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  if (request.method().equals("PUT")) {
                    over.await(20, TimeUnit.SECONDS);
                  }
                  HttpApplication.write(out, lines("HTTP/1.1 200 OK~Content-Length: 0~~"));
                });
        RunningProxy proxy = proxy(application, "http { " + deadline + " }");
        Http2Peer peer = peer(proxy)) {
      int stream = peer.nextStream();
      peer.send(Http2Frame.head(stream, FieldBlock.request("PUT", "/")));
      peer.send(whole ? Http2Frame.lastData(stream, "x") : Http2Frame.data(stream, "x"));

      assertThat(peer.answer(stream).status()).isEqualTo(status);
      proxy.awaitMetric(
          "sallyport_http_refusals_total{listener=\"web\",reason=\"" + reason + "\"}", 1);
      assertThat(peer.get("/").status()).isEqualTo(200);
      over.countDown();
    }
  }

  /** RFC 9113 §6.8: first with the largest number, so that what is on its way is still served. */
  @Test
  void whileDrainingAPeerIsToldToGoTwiceAndWhatIsOpenIsServedToItsEnd() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  answer.await(20, TimeUnit.SECONDS);
                  HttpApplication.write(out, lines("HTTP/1.1 200 OK~Content-Length: 2~~ok"));
                });
        RunningProxy proxy = proxy(application, "");
        Http2Peer busy = peer(proxy);
        Http2Peer idle = peer(proxy)) {
      idle.settings();
      int stream = busy.nextStream();
      busy.send(Http2Frame.request(stream, FieldBlock.request("GET", "/")));
      application.next();
      proxy.proxy().stop();

      idle.awaitEnd();
      assertThat(idle.goAways()).isNotEmpty().allMatch(each -> each.error() == Http2Error.NO_ERROR);
      busy.readUntil(() -> busy.goAways().size() == 2);
      assertThat(busy.goAways())
          .containsExactly(
              new Http2Peer.GoAway(0x7fffffff, Http2Error.NO_ERROR),
              new Http2Peer.GoAway(stream, Http2Error.NO_ERROR));
      answer.countDown();
      assertThat(busy.answer(stream).body()).isEqualTo("ok");
      busy.awaitEnd();
      assertThat(log.connections("web", 2))
          .allSatisfy(line -> assertThat(line.field("reason")).isEqualTo("leaving"));
    }
  }

  @Test
  void aPeerThatIsShakingHandsWhenTheListenerStopsIsToldToGo() throws Exception {
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) ->
                    HttpApplication.write(out, lines("HTTP/1.1 200 OK~Content-Length: 0~~")));
        RunningProxy proxy = proxy(application, "");
        SSLSocket late = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3")) {
      int port = proxy.port("web");
      proxy.awaitActive("web", 1);
      proxy.proxy().stop();
      Eventually.holds("the listener has stopped", () -> !accepts(port));

      SSLParameters parameters = late.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      late.setSSLParameters(parameters);
      late.getOutputStream()
          .write((Http2Peer.PREFACE + Http2Frame.settings().wire()).getBytes(ISO_8859_1));
      late.getInputStream().readAllBytes();

      Eventually.holds(
          "the late peer has left",
          () ->
              log.connections("web").stream()
                  .anyMatch(line -> "leaving".equals(line.field("reason"))));
    }
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void aRequestThatWasOnItsWayWhenItsPeerWasToldToGoIsServed() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  answer.await(20, TimeUnit.SECONDS);
                  HttpApplication.write(out, lines("HTTP/1.1 200 OK~Content-Length: 2~~ok"));
                });
        RunningProxy proxy = proxy(application, "");
        Http2Peer peer = peer(proxy).acknowledgingNothing()) {
      int first = peer.nextStream();
      peer.send(Http2Frame.request(first, FieldBlock.request("GET", "/")));
      application.next();
      proxy.proxy().stop();
      peer.readUntil(() -> !peer.goAways().isEmpty());
      int second = peer.nextStream();
      peer.send(Http2Frame.request(second, FieldBlock.request("GET", "/")));
      application.next();
      answer.countDown();

      assertThat(peer.answer(first).body()).isEqualTo("ok");
      assertThat(peer.answer(second).body()).isEqualTo("ok");
    }
  }

  @Test
  void aPeerIsToldToGoAMinuteBeforeItsCertificateExpiresAndNotEarlier() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "")) {
      Instant end = Instant.now().plusSeconds(66).truncatedTo(ChronoUnit.SECONDS);
      TestIdentity soon =
          pki.issue("soon", leaf -> leaf.uri("spiffe://test/soon").validity(Instant.EPOCH, end));
      try (Http2Peer peer = Http2Peer.open(pki, soon, proxy.port("web"))) {
        peer.awaitEnd();

        assertThat(Instant.now()).isAfter(end.minusSeconds(60));
        assertThat(peer.goAways())
            .isNotEmpty()
            .allMatch(each -> each.error() == Http2Error.NO_ERROR);
        proxy.awaitClosed("web", CloseReason.LEAVING, 1);
      }
    }
  }

  @Test
  void eachRequestIsALineOfTheAccessLog() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "http.access-log = json");
        Http2Peer peer = peer(proxy)) {
      int stream = peer.nextStream();
      peer.send(
          Http2Frame.head(stream, FieldBlock.request("POST", "/a?b", "content-length", "3")),
          Http2Frame.lastData(stream, "abc"));
      peer.answer(stream);
      peer.get("/"); // when that is answered, the one before has been logged

      assertThat(log.lines("request").get(0).fields())
          .containsEntry("listener", "web")
          .containsEntry("peer", "spiffe://test/client")
          .containsEntry("method", "POST")
          .containsEntry("target", "/a?b")
          .containsEntry("status", "200")
          .containsEntry("request_bytes", "3")
          .containsEntry("response_bytes", "6")
          .containsKeys("remote", "first_byte_ms", "duration_ms");
    }
  }

  @Test
  void theCommonLogFormatTellsTheVersion() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "http.access-log = common");
        Http2Peer peer = peer(proxy)) {
      peer.get("/a");
      peer.get("/"); // when that is answered, the one before has been logged

      assertThat(log.of(AccessLog.COMMON).get(0)).endsWith("\"GET /a HTTP/2.0\" 200 6");
    }
  }

  @Test
  void aMalformedRequestIsLoggedAndCounted() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application, "http.access-log = json");
        Http2Peer peer = peer(proxy)) {
      ask(peer, FieldBlock.request("GET", "/", "X-A", "b"));
      peer.get("/");

      assertThat(log.lines("request").get(0).fields())
          .containsEntry("reason", "malformed_request")
          .doesNotContainKeys("first_byte_ms");
      proxy.awaitMetric(
          "sallyport_http_refusals_total{listener=\"web\",reason=\"malformed_request\"}", 1);
    }
  }
}

package io.sallyport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.http.AccessLog;
import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpApplication.Script;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.HttpPeer.Response;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** HTTP/1.1 through an outbound listener, as applications and peers see it. */
final class HttpOutboundIT {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  private static final String UPSTREAM = "sallyport_upstream_";

  private static Pki pki;

  @BeforeAll
  static void issue(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  private static String outbound(String endpoints, String more) {
    return """
        outbound.out {
          listen = "127.0.0.1:0", connect = [ %s ], identity = client, protocol = http
          %s
        }
        """
        .formatted(endpoints, more);
  }

  private static RunningProxy proxy(String endpoints, String more) {
    return RunningProxy.with(pki, outbound(endpoints, more));
  }

  /** One event loop, which has one pool. */
  private static RunningProxy proxyOfOneLoop(String endpoints, String more) {
    return RunningProxy.with(pki, "workers = 1\n" + outbound(endpoints, more));
  }

  private static String quoted(String... addresses) {
    return "\"" + String.join("\", \"", addresses) + "\"";
  }

  private static HttpApplication peer(Script script) {
    return peer(pki.server(), script);
  }

  private static HttpApplication peer(TestIdentity who, Script script) {
    return HttpApplication.answeringTls(pki.context(who), script);
  }

  private static HttpApplication okay() {
    return peer((request, out) -> HttpApplication.write(out, OK));
  }

  private static HttpPeer application(RunningProxy proxy) throws IOException {
    return HttpPeer.over(proxy.connect("out"));
  }

  /** A port on which nobody listens. */
  private static String nobody() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "127.0.0.1:" + socket.getLocalPort();
    }
  }

  private static double upstream(RunningProxy proxy, String metric) {
    return proxy.metric(UPSTREAM + metric + "{listener=\"out\"}");
  }

  private static void awaitNoneOutstanding(RunningProxy proxy) {
    proxy.awaitMetric(UPSTREAM + "requests_outstanding{listener=\"out\"}", 0);
  }

  @Test
  void twoSidecarsCarryARequestAndTellWhoIsCalling() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy in =
            RunningProxy.with(
                pki,
                """
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s", protocol = http
                  allow = [ { uri = "spiffe://test/client" } ], peer-header = spiffe-id
                }
                """
                    .formatted(application.address()));
        RunningProxy out =
            proxy("\"127.0.0.1:" + in.port("web") + "\"", "authority = \"Ledger.prod.svc:8443\"");
        HttpPeer caller = application(out)) {
      Response response =
          caller.get(
              "/a?b=c",
              "X-Peer-Spiffe-Id: spiffe://test/admin\r\n",
              "Connection: X-Hop\r\nX-Hop: 1\r\n",
              "X-Request-Id: 7\r\n");

      assertThat(response.status()).isEqualTo(200);
      assertThat(response.text()).isEqualTo("hello\n");
      var request = application.next();
      assertThat(request.line()).isEqualTo("GET /a?b=c HTTP/1.1");
      assertThat(request.values("host")).containsExactly("ledger.prod.svc:8443");
      assertThat(request.values("x-peer-spiffe-id")).containsExactly("spiffe://test/client");
      assertThat(request.values("x-request-id")).containsExactly("7");
      assertThat(request.values("x-hop")).isEmpty();
      assertThat(
              out.metric(
                  "sallyport_http_requests_total{listener=\"out\",method=\"GET\",status=\"200\"}"))
          .isOne();
    }
  }

  @Test
  void manyRequestsOfManyConnectionsShareOneHandshake() throws Exception {
    try (HttpApplication peer = okay();
        RunningProxy proxy = proxyOfOneLoop(quoted(peer.address()), "")) {
      for (int connection = 0; connection < 5; connection++) {
        try (HttpPeer caller = application(proxy)) {
          for (int i = 0; i < 4; i++) {
            assertThat(caller.get("/").status()).isEqualTo(200);
          }
        }
      }
      assertThat(peer.accepted()).isOne();
      assertThat(upstream(proxy, "connections_active")).isOne();
      awaitNoneOutstanding(proxy);
    }
  }

  @Test
  void nobodyIsDialledBeforeARequestComes() throws Exception {
    try (HttpApplication peer = okay();
        RunningProxy proxy = proxy(quoted(peer.address()), "");
        HttpPeer caller = application(proxy)) {
      proxy.awaitActive("out", 1);
      caller.send("GET / HTTP/1.1\r\nHost: a\r\n");
      assertThat(peer.accepted()).isZero();

      caller.send("\r\n");

      assertThat(caller.read().status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'',                                             127.0.0.1:PORT",
    "'server-name = LocalHost',                      localhost:PORT",
    "'authority = \"api.example\"',                  api.example",
    "'authority = \"[2001:DB8::1]:444\"',            '[2001:db8::1]:444'",
    "'authority = keep',                             localhost:9000",
  })
  void theHostIsTheOneThatIsConfigured(String setting, String host) throws Exception {
    try (HttpApplication peer = okay();
        RunningProxy proxy = proxy(quoted(peer.address()), setting);
        HttpPeer caller = application(proxy)) {
      String port = peer.address().substring(peer.address().indexOf(':') + 1);
      caller.ask("GET /x HTTP/1.1\r\nHost: localhost:9000\r\n\r\n");
      assertThat(peer.next().values("host")).containsExactly(host.replace("PORT", port));

      caller.ask("GET http://localhost:9000/x HTTP/1.1\r\nHost: localhost:9000\r\n\r\n");

      var absolute = peer.next();
      assertThat(absolute.target()).isEqualTo("/x");
      assertThat(absolute.values("host")).containsExactly(host.replace("PORT", port));
    }
  }

  @Test
  void whoHasAskedTheApplicationIsItsOwnToSayButNotWhoItIs() throws Exception {
    try (HttpApplication peer = okay();
        RunningProxy proxy = proxy(quoted(peer.address()), "http { via = true, trace = true }");
        HttpPeer caller = application(proxy)) {
      Response response =
          caller.get(
              "/",
              "X-Forwarded-For: 10.1.2.3\r\nForwarded: for=10.1.2.3\r\n",
              "X-Forwarded-Client-Cert: URI=spiffe://test/admin\r\nClient-Cert: :AA==:\r\n",
              "X_Peer_Spiffe_Id: spiffe://test/admin\r\n");

      var request = peer.next();
      assertThat(request.values("x-forwarded-for")).containsExactly("10.1.2.3");
      assertThat(request.values("forwarded")).containsExactly("for=10.1.2.3");
      assertThat(request.head().toLowerCase(Locale.ROOT))
          .doesNotContain("admin", "client-cert")
          .contains("traceparent: 00-", "x-request-id: ", "via: 1.1 sallyport");
      assertThat(response.values("via")).containsExactly("1.1 sallyport");
    }
  }

  @Test
  void requestsGoToTheEndpointThatHasLessToAnswer() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger waiting = new AtomicInteger();
    Script slow =
        (request, out) -> {
          waiting.incrementAndGet();
          release.await();
          HttpApplication.write(out, OK);
        };
    try (HttpApplication one = peer(slow);
        HttpApplication other = peer(slow);
        RunningProxy proxy = proxy(quoted(one.address(), other.address()), "")) {
      List<HttpPeer> callers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        HttpPeer caller = application(proxy);
        caller.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        callers.add(caller);
        int asked = i + 1;
        Eventually.holds("it has come", () -> waiting.get() == asked);
      }

      assertThat(List.of(one.accepted(), other.accepted())).containsExactly(4, 4);
      assertThat(upstream(proxy, "requests_outstanding")).isEqualTo(8);
      release.countDown();
      for (HttpPeer caller : callers) {
        assertThat(caller.read().status()).isEqualTo(200);
        caller.close();
      }
      awaitNoneOutstanding(proxy);
    }
  }

  @Test
  void whatCannotBeHadOrIsNotAllowedIsTriedElsewhere() throws Exception {
    TestIdentity stranger = pki.issue("stranger", leaf -> leaf.dns("other.test"));
    try (HttpApplication wrong = peer(stranger, (request, out) -> HttpApplication.write(out, OK));
        Application plain =
            Application.serving(
                socket -> {
                  socket.getInputStream().read();
                  HttpApplication.write(socket.getOutputStream(), OK);
                  socket.getInputStream().readAllBytes();
                });
        HttpApplication right = okay();
        RunningProxy proxy =
            proxy(
                quoted(nobody(), wrong.address(), plain.address(), right.address()),
                "retry-budget { percent = 0, per-second = 10 }")) {
      for (int i = 0; i < 12; i++) {
        try (HttpPeer caller = application(proxy)) {
          assertThat(
                  caller.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi").status())
              .isEqualTo(200);
        }
      }
      assertThat(wrong.others()).isEmpty();
      assertThat(right.others()).hasSize(12);
      assertThat(upstream(proxy, "retries_total")).isPositive();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "nobody,   502, connection_refused",
    "stranger, 502, tls_certificate_error",
    "plain,    502, tls_protocol_error",
    "silent,   504, connection_timeout",
    "mute,     504, http_response_timeout",
    "junk,     502, http_protocol_error",
    "hangup,   502, connection_terminated",
  })
  void eachFailureHasItsAnswer(String kind, int status, String error) throws Exception {
    TestIdentity stranger = pki.issue("stranger", leaf -> leaf.dns("other.test"));
    Application.Script drop =
        socket -> {
          socket.getInputStream().read();
          HttpApplication.write(socket.getOutputStream(), OK);
          socket.getInputStream().readAllBytes();
        };
    try (HttpApplication wrong = peer(stranger, (request, out) -> {});
        Application plain = Application.serving(drop);
        Application silent = Application.serving(socket -> socket.getInputStream().readAllBytes());
        HttpApplication mute =
            peer((request, out) -> Thread.sleep(Duration.ofMinutes(1).toMillis()));
        HttpApplication junk =
            peer((request, out) -> HttpApplication.write(out, "SSH-2.0-OpenSSH_9.9\r\n\r\n"));
        HttpApplication hangup =
            peer(
                (request, out) -> {
                  throw new IOException("enough");
                })) {
      String endpoint =
          switch (kind) {
            case "nobody" -> nobody();
            case "stranger" -> wrong.address();
            case "plain" -> plain.address();
            case "silent" -> silent.address();
            case "mute" -> mute.address();
            case "junk" -> junk.address();
            default -> hangup.address();
          };
      String timeouts = "handshake-timeout = 500ms, http.response-timeout = 2s";
      try (RunningProxy proxy = proxy(quoted(endpoint), timeouts);
          HttpPeer caller = application(proxy)) {
        Response response = caller.get("/");

        assertThat(response.status()).isEqualTo(status);
        assertThat(response.values("content-type")).containsExactly("application/problem+json");
        assertThat(response.values("proxy-status")).containsExactly("sallyport; error=" + error);
        awaitNoneOutstanding(proxy);
      }
    }
  }

  @Test
  void anEmptyRetryBudgetAnswersTheFailureAsItIs() throws Exception {
    try (RunningProxy proxy =
            proxy(quoted(nobody(), nobody()), "retry-budget { percent = 0, per-second = 0 }");
        HttpPeer caller = application(proxy)) {
      Response response = caller.get("/");

      assertThat(response.status()).isEqualTo(502);
      assertThat(
              proxy.metric(
                  "sallyport_upstream_connect_failures_total{listener=\"out\",reason=\"refused\"}"))
          .isOne();
      assertThat(upstream(proxy, "retries_total")).isZero();
      assertThat(upstream(proxy, "retries_refused_total")).isOne();
    }
  }

  @Test
  void aWebSocketIsCarriedByBothSidecarsAndJudgedAsAnyStream() throws Exception {
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  assertThat(request.values("upgrade")).containsExactly("websocket");
                  HttpApplication.write(
                      out,
                      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                          + "Connection: Upgrade\r\n\r\nfirst");
                  request.body().readAllBytes();
                });
        RunningProxy in =
            RunningProxy.with(
                pki,
                """
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
                }
                """
                    .formatted(application.address()))) {
      String endpoint = "\"127.0.0.1:" + in.port("web") + "\"";
      String rules = "allow = [ { uri = \"spiffe://test/server\" } ]";
      try (RunningProxy out = proxy(endpoint, rules);
          HttpPeer caller = application(out)) {
        caller.send(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        assertThat(caller.readWithoutBody().status()).isEqualTo(101);
        assertThat(caller.read(5)).isEqualTo("first");
        assertThat(upstream(out, "requests_outstanding")).isOne();
        out.rewrite(outbound(endpoint, rules.replace("server", "else")));

        assertThat(out.reload().connections()).isOne();

        assertThatThrownBy(caller::rest).isInstanceOf(IOException.class);
        out.awaitClosed("out", CloseReason.NO_LONGER_ALLOWED, 1);
        awaitNoneOutstanding(out);
        out.awaitMetric(
            UPSTREAM + "connections_closed_total{listener=\"out\",reason=\"protocol_switched\"}",
            1);
      }
    }
  }

  @Test
  void whatTheApplicationEndsAfterAnUpgradeEndsAtThePeer() throws Exception {
    try (HttpApplication peer =
            peer(
                (request, out) -> {
                  HttpApplication.write(
                      out,
                      String.join(
                          "\r\n", "HTTP/1.1 101 x", "Upgrade: x", "Connection: Upgrade", "", ""));
                });
        RunningProxy proxy = proxy(quoted(peer.address()), "")) {
      try (HttpPeer caller = application(proxy)) {
        caller.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
        assertThat(caller.readWithoutBody().status()).isEqualTo(101);
        caller.send("GET /not HTTP/1.1\r\nanything: at all\r\n\r\n");
      }
      peer.next();
      assertThat(peer.next().head()).contains("GET /not HTTP/1.1", "anything: at all");
      proxy.awaitClosed("out", CloseReason.APPLICATION_CLOSED, 1);
      proxy.awaitActive("out", 0);
    }
  }

  @Test
  void bodiesInChunksAndTheirTrailersGoBothWays() throws Exception {
    try (HttpApplication peer =
            peer(
                (request, out) -> {
                  byte[] body = request.body().readAllBytes();
                  HttpApplication.write(
                      out,
                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: sum\r\n\r\n"
                          + Integer.toHexString(body.length)
                          + "\r\n"
                          + new String(body, US_ASCII)
                          + "\r\n0\r\nsum: 7\r\n\r\n");
                });
        RunningProxy proxy = proxy(quoted(peer.address()), "");
        HttpPeer caller = application(proxy)) {
      caller.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
      caller.send("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");

      assertThat(caller.readHead()).contains("transfer-encoding: chunked");
      assertThat(caller.read(23).lines()).containsExactly("5", "abcde", "0", "sum: 7", "");
      assertThat(caller.ask("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx").status())
          .isEqualTo(200);
      assertThat(peer.accepted()).isOne();
    }
  }

  @Test
  void theAccessLogNamesThePeerThatAnswered() throws Exception {
    try (HttpApplication peer = okay();
        RunningProxy proxy = proxy(quoted(peer.address()), "http.access-log = common");
        RecordedLog log = RecordedLog.start();
        HttpPeer caller = application(proxy)) {
      caller.get("/a");
      caller.get("/"); // when that is answered, the one before has been logged

      assertThat(log.of(AccessLog.COMMON).get(0))
          .contains("spiffe://test/server", "\"GET /a HTTP/1.1\" 200 2");
    }
  }

  @Test
  void whatEverybodyAsksAtOnceIsAnsweredToWhoAsked() throws Exception {
    try (HttpApplication peer =
            peer(
                (request, out) -> {
                  String path = request.target();
                  HttpApplication.write(
                      out,
                      "HTTP/1.1 200 OK\r\nContent-Length: " + path.length() + "\r\n\r\n" + path);
                });
        RunningProxy proxy = proxy(quoted(peer.address()), "")) {
      List<CompletableFuture<Void>> callers = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        int name = i;
        callers.add(
            CompletableFuture.runAsync(
                () -> {
                  try (HttpPeer caller = application(proxy)) {
                    for (int request = 0; request < 50; request++) {
                      String path = "/" + name + "/" + request;
                      assertThat(caller.get(path).text()).isEqualTo(path);
                    }
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                },
                task -> new Thread(task, "caller").start()));
      }
      CompletableFuture.allOf(callers.toArray(CompletableFuture[]::new)).join();

      assertThat(peer.accepted()).isLessThanOrEqualTo(10);
      awaitNoneOutstanding(proxy);
      proxy.awaitActive("out", 0);
    }
  }

  @Test
  void aPeerThatDoesNotTakeOurCertificateIsABadGateway() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy in =
            RunningProxy.with(
                pki,
                """
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
                }
                """
                    .formatted(application.address()));
        RunningProxy out =
            proxy("\"127.0.0.1:" + in.port("web") + "\"", "identity = none, trust = ca.crt");
        HttpPeer caller = application(out)) {
      Response response = caller.get("/");

      assertThat(response.status()).isEqualTo(502);
      assertThat(response.values("proxy-status"))
          .containsExactly("sallyport; error=tls_protocol_error");
      assertThat(application.others()).isEmpty();
    }
  }
}

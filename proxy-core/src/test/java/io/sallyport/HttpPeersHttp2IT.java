package io.sallyport;

import static io.sallyport.rig.OneLoopOutbound.application;
import static io.sallyport.rig.OneLoopOutbound.configuration;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.http.AccessLog;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.FieldBlock;
import io.sallyport.rig.H2cApplication;
import io.sallyport.rig.H2cApplication.Script;
import io.sallyport.rig.H2cConnection;
import io.sallyport.rig.H2cStream;
import io.sallyport.rig.Http2Frame;
import io.sallyport.rig.Http2Peer;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.WebSocketApplication;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What peers of HTTP/2 may do to those who ask, and what connections they are left with. */
final class HttpPeersHttp2IT {

  private static final String ELSE = "spiffe://test/else";
  private static final String SERVER = "spiffe://test/server";
  private static final String UPSTREAM = "sallyport_upstream_";
  private static final int MAX_CONCURRENT_STREAMS = 3;
  private static final int REFUSED_STREAM = 7;

  private final Pki pki;

  HttpPeersHttp2IT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  private H2cApplication peer(Script script, int... settings) {
    return H2cApplication.overTls(pki.context(pki.server()), script, settings);
  }

  private static void awaitUpstream(RunningProxy proxy, String metric, int value) {
    proxy.awaitMetric(UPSTREAM + metric + "{listener=\"out\"}", value);
  }

  private static List<HttpPeer> askAtOnce(RunningProxy proxy, int callers) throws IOException {
    List<HttpPeer> asking = new ArrayList<>();
    for (int i = 0; i < callers; i++) {
      HttpPeer caller = application(proxy);
      asking.add(caller);
      caller.send("GET /together HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    return asking;
  }

  private static int openWebSocket(Http2Peer application) throws IOException {
    int stream = application.nextStream();
    application.send(
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
                "localhost",
                ":path",
                "/",
                "sec-websocket-version",
                "13")));
    assertThat(application.answerBegun(stream).status()).isEqualTo(200);
    return stream;
  }

  @Test
  void eachWebSocketOfAnApplicationStandsAndFallsWithItsOwnPeer() throws Exception {
    try (WebSocketApplication one = WebSocketApplication.echoTls(pki.context(pki.server()));
        WebSocketApplication other =
            WebSocketApplication.echoTls(
                pki.context(pki.issue("else", leaf -> leaf.ip("127.0.0.1").uri(ELSE))))) {
      String both = "allow = [ { uri = [ \"" + SERVER + "\", \"" + ELSE + "\" ] } ]";
      String before = configuration(both, one.address(), other.address());
      try (RunningProxy proxy = RunningProxy.with(pki, before);
          Http2Peer application = Http2Peer.plain(proxy.connect("out"))) {
        int first = openWebSocket(application);
        boolean firstIsOne = one.accepted() == 1;
        int second = openWebSocket(application);
        assertThat(List.of(one.accepted(), other.accepted())).containsExactly(1, 1);
        String refused = firstIsOne ? SERVER : ELSE;
        proxy.rewrite(before.replace("\"" + refused + "\"", "\"spiffe://test/nobody\""));

        assertThat(proxy.reload().connections()).isOne();

        assertThat(application.answer(first).reset()).isNotNull();
        application.send(Http2Frame.data(second, WebSocketApplication.message("on")));
        assertThat(application.answerWith(second, 4).body())
            .isEqualTo(WebSocketApplication.answer("on"));
        assertThat((firstIsOne ? one : other).nextEnding()).isNotNull();
      }
    }
  }

  @Test
  void aPeerThatTakesNoRequestsIsLeftWithNoConnections() throws Exception {
    try (H2cApplication peer = peer(H2cApplication::hello, MAX_CONCURRENT_STREAMS, 0);
        RunningProxy proxy =
            RunningProxy.with(pki, configuration("alpn = [ h2 ]", peer.address()));
        HttpPeer caller = application(proxy)) {
      for (int i = 0; i < 5; i++) {
        assertThat(caller.get("/").status()).isEqualTo(200);
      }

      awaitUpstream(proxy, "connections_active", 0);
      Eventually.holds("the peer has nobody", () -> peer.open() == 0);
    }
  }

  @Test
  void aConnectionThatNobodyUsesIsClosedThoughAnotherIsBusy() throws Exception {
    List<CountDownLatch> ends =
        List.of(new CountDownLatch(1), new CountDownLatch(1), new CountDownLatch(1));
    List<HttpPeer> callers = new ArrayList<>();
    try (H2cApplication peer =
            peer(
                request -> {
                  request.head(false, ":status", "200", "content-length", "1");
                  ends.get(Integer.parseInt(request.path().substring(1))).await();
                  request.data("x", true);
                },
                MAX_CONCURRENT_STREAMS,
                2);
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                configuration("alpn = [ h2 ], http.peer-idle-timeout = 300ms", peer.address()))) {
      for (int i = 0; i < 3; i++) {
        HttpPeer caller = application(proxy);
        callers.add(caller);
        caller.send("GET /" + i + " HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(caller.readHead()).startsWith("HTTP/1.1 200");
      }
      assertThat(peer.accepted()).isEqualTo(2); // the first was full

      ends.get(0).countDown();
      assertThat(callers.get(0).read(1)).isEqualTo("x");
      ends.get(1).countDown();
      assertThat(callers.get(1).read(1)).isEqualTo("x");

      awaitUpstream(proxy, "connections_active", 1);
      ends.get(2).countDown();
      assertThat(callers.get(2).read(1)).isEqualTo("x");
    } finally {
      for (HttpPeer caller : callers) {
        caller.close();
      }
    }
  }

  @Test
  void anOldConnectionServesNoOtherRequestAndThoseItHasToTheirEnd() throws Exception {
    Map<String, CountDownLatch> ends = new ConcurrentHashMap<>();
    try (H2cApplication peer =
            peer(
                request -> {
                  request.head(false, ":status", "200", "content-length", "1");
                  requireNonNull(ends.get(request.path())).await();
                  request.data("x", true);
                });
        RunningProxy proxy =
            RunningProxy.with(
                pki, configuration("alpn = [ h2 ], max-lifetime = 2s", peer.address()))) {
      HttpPeer last = application(proxy);
      begin(last, "/0", ends);
      int asked = 1;
      HttpPeer next = application(proxy);
      for (begin(next, "/1", ends); peer.accepted() == 1; begin(next, "/" + asked, ends)) {
        end(last, "/" + (asked - 1), ends);
        last = next;
        next = application(proxy);
        asked++;
        assertThat(asked).isLessThan(100_000);
      }

      end(last, "/" + (asked - 1), ends); // over the connection that is old
      end(next, "/" + asked, ends);
      Eventually.holds("the peer has been told", () -> peer.open() == 1);
      assertThat(peer.connections().get(0).received()).contains("GOAWAY 0");
    }
  }

  private static void begin(HttpPeer caller, String path, Map<String, CountDownLatch> ends)
      throws IOException {
    ends.put(path, new CountDownLatch(1));
    caller.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    assertThat(caller.readHead()).startsWith("HTTP/1.1 200");
  }

  private static void end(HttpPeer caller, String path, Map<String, CountDownLatch> ends)
      throws IOException {
    requireNonNull(ends.get(path)).countDown();
    assertThat(caller.read(1)).isEqualTo("x");
    caller.close();
  }

  @Test
  void thoseWhoWaitForOneConnectionFailWithItAndAreCountedWhileTheyDo() throws Exception {
    int port;
    try (H2cApplication peer = peer(H2cApplication::hello)) {
      port = Integer.parseInt(peer.address().substring(peer.address().indexOf(':') + 1));
      try (RunningProxy proxy =
          RunningProxy.with(
              pki, configuration("alpn = [ h2 ], handshake-timeout = 2s", peer.address()))) {
        try (HttpPeer caller = application(proxy)) {
          assertThat(caller.get("/").status()).isEqualTo(200);
        }
        peer.close();
        awaitUpstream(proxy, "connections_active", 0);
        try (ServerSocket silent = new ServerSocket(port, 50, InetAddress.getLoopbackAddress())) {
          List<HttpPeer> callers = askAtOnce(proxy, 5);
          awaitUpstream(proxy, "requests_outstanding", 5);

          for (HttpPeer caller : callers) {
            assertThat(caller.read().status()).isEqualTo(504);
            caller.close();
          }

          assertThat(silent.isBound()).isTrue();
          assertThat(proxy.handshakeFailures("out")).isEqualTo(Map.of("timeout", 1));
          awaitUpstream(proxy, "requests_outstanding", 0);
        }
      }
    }
  }

  /** One that ends while all wait for it, so that all are refused within one read. */
  private static void refuseAll(H2cStream last, List<Integer> streams) throws IOException {
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    for (int stream : streams) {
      ByteBuffer reset = ByteBuffer.allocate(13);
      reset.putInt(4 << 8 | H2cConnection.RST_STREAM).put((byte) 0).putInt(stream);
      frames.writeBytes(reset.putInt(REFUSED_STREAM).array());
    }
    last.connection().raw(frames.toByteArray());
  }

  @Test
  void allThatAreRefusedAtOnceShareTheNextConnection() throws Exception {
    int callers = 20;
    List<Integer> refused = new ArrayList<>();
    try (H2cApplication peer =
            peer(
                request -> {
                  synchronized (refused) {
                    if (request.path().equals("/") || refused.size() == callers) {
                      H2cApplication.hello(request);
                      return;
                    }
                    refused.add(request.id());
                    if (refused.size() == callers) {
                      refuseAll(request, refused);
                    }
                  }
                });
        RunningProxy proxy =
            RunningProxy.with(pki, configuration("alpn = [ h2 ]", peer.address()));
        HttpPeer first = application(proxy)) {
      assertThat(first.get("/").status()).isEqualTo(200);

      for (HttpPeer caller : askAtOnce(proxy, callers)) {
        assertThat(caller.read().status()).isEqualTo(200);
        caller.close();
      }

      assertThat(peer.accepted()).isEqualTo(2);
      awaitUpstream(proxy, "requests_outstanding", 0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "POST"})
  void aStreamThatIsRefusedIsTakenElsewhereWhateverItsMethod(String method) throws Exception {
    AtomicBoolean refused = new AtomicBoolean();
    Script refusing =
        request -> {
          if (refused.getAndSet(true)) {
            H2cApplication.hello(request);
          } else {
            request.reset(REFUSED_STREAM);
          }
        };
    try (H2cApplication one = peer(refusing);
        H2cApplication other = peer(refusing);
        RunningProxy proxy =
            RunningProxy.with(pki, configuration("alpn = [ h2 ]", one.address(), other.address()));
        HttpPeer caller = application(proxy)) {
      assertThat(caller.ask(method + " / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").text())
          .isEqualTo("hello\n");

      assertThat(List.of(one.others().size(), other.others().size())).containsExactly(1, 1);
      assertThat(proxy.metric(UPSTREAM + "retries_total{listener=\"out\"}")).isOne();
      awaitUpstream(proxy, "requests_outstanding", 0);
    }
  }

  @Test
  void aPostThatHasHadAnInterimResponseIsNotTakenElsewhereWhenItsPeerGoesAway() throws Exception {
    Script leaves =
        request -> {
          request.head(false, ":status", "103", "link", "</a>");
          request.connection().goAway(0, 0); // as if it had seen none
        };
    try (H2cApplication one = peer(leaves);
        H2cApplication other = peer(leaves);
        RunningProxy proxy =
            RunningProxy.with(pki, configuration("alpn = [ h2 ]", one.address(), other.address()));
        HttpPeer caller = application(proxy)) {
      assertThat(caller.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").status())
          .isEqualTo(103);

      assertThat(caller.read().status()).isEqualTo(502);

      assertThat(one.others().size() + other.others().size()).isOne();
      assertThat(proxy.metric(UPSTREAM + "retries_total{listener=\"out\"}")).isZero();
    }
  }

  @Test
  void theAccessLogNamesThePeerOfEachOfSeveralAtOnce() throws Exception {
    CountDownLatch second = new CountDownLatch(1);
    AtomicInteger answeredByServer = new AtomicInteger();
    Script script =
        request -> {
          if (request.path().equals("/2")) {
            second.await();
          }
          H2cApplication.hello(request);
        };
    try (H2cApplication one =
            peer(
                request -> {
                  if (request.path().equals("/1")) {
                    answeredByServer.incrementAndGet();
                  }
                  script.answer(request);
                });
        H2cApplication other =
            H2cApplication.overTls(
                pki.context(pki.issue("else", leaf -> leaf.ip("127.0.0.1").uri(ELSE))), script);
        RecordedLog log = RecordedLog.start();
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                configuration(
                    "alpn = [ h2 ], http.access-log = common, allow = [ { uri = \"spiffe://test/*\" } ]",
                    one.address(),
                    other.address()));
        Http2Peer application = Http2Peer.plain(proxy.connect("out"))) {
      int first = application.nextStream();
      application.send(Http2Frame.head(first, FieldBlock.request("POST", "/1")));
      Eventually.holds("it has come", () -> one.accepted() + other.accepted() == 1);
      int next = application.nextStream();
      application.send(Http2Frame.request(next, FieldBlock.request("GET", "/2")));
      Eventually.holds("the other has come", () -> one.accepted() + other.accepted() == 2);
      awaitUpstream(proxy, "connections_active", 2);
      application.send(Http2Frame.lastData(first, "x"));
      assertThat(application.answer(first).status()).isEqualTo(200);
      second.countDown();
      assertThat(application.answer(next).status()).isEqualTo(200);

      Eventually.holds("both are logged", () -> log.of(AccessLog.COMMON).size() == 2);
      String ofFirst = answeredByServer.get() == 1 ? SERVER : ELSE;
      assertThat(log.of(AccessLog.COMMON))
          .filteredOn(line -> line.contains("POST /1"))
          .singleElement()
          .asString()
          .contains(ofFirst);
    }
  }
}

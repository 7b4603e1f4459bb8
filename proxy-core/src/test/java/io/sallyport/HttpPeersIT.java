package io.sallyport;

import static io.sallyport.rig.OneLoopOutbound.application;
import static io.sallyport.rig.OneLoopOutbound.configuration;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpApplication.Script;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.HttpPeer.Response;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections to peers that are kept for the next request: how long they are, and how they end. */
final class HttpPeersIT {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  private static final String SERVER = "allow = [ { uri = \"spiffe://test/server\" } ]";

  private final Pki pki;

  HttpPeersIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  private HttpApplication peer(Script script) {
    return HttpApplication.answeringTls(pki.context(pki.server()), script);
  }

  private HttpApplication okay() {
    return peer((request, out) -> HttpApplication.write(out, OK));
  }

  private Application brokenBelow(Application.TlsScript script) {
    return Application.servingTls(pki.context(pki.server()), script);
  }

  private static void awaitClosed(RunningProxy proxy, CloseReason reason, int times) {
    proxy.awaitMetric(
        "sallyport_upstream_connections_closed_total{listener=\"out\",reason=\"%s\"}"
            .formatted(reason.label()),
        times);
  }

  private static void awaitNoneOutstanding(RunningProxy proxy) {
    proxy.awaitMetric("sallyport_upstream_requests_outstanding{listener=\"out\"}", 0);
  }

  /** A port on which nobody listens. */
  private static String nobody() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "127.0.0.1:" + socket.getLocalPort();
    }
  }

  private void crl(TestIdentity... revoked) throws IOException {
    String list =
        pki.ca()
            .crlPem(
                spec -> {
                  for (TestIdentity each : revoked) {
                    spec.revoke(each.leaf());
                  }
                });
    Files.writeString(pki.file("ca.crl"), list);
  }

  @ParameterizedTest
  @CsvSource({"GET, 0, 200, 1", "PUT, 0, 200, 1", "PUT, 2, 502, 0", "POST, 0, 502, 0"})
  void aRequestThatMetAClosedConnectionIsSentAgainIfThatIsSafe(
      String method, int body, int status, int again) throws Exception {
    AtomicBoolean closed = new AtomicBoolean();
    try (HttpApplication peer =
            peer(
                (request, out) -> {
                  if (request.target().equals("/next") && !closed.getAndSet(true)) {
                    throw new IOException("closed under it");
                  }
                  HttpApplication.write(out, OK);
                });
        RunningProxy proxy = RunningProxy.with(pki, configuration("", peer.address()));
        HttpPeer caller = application(proxy)) {
      assertThat(caller.get("/").status()).isEqualTo(200);

      Response response =
          caller.ask(
              method
                  + " /next HTTP/1.1\r\nHost: a\r\nContent-Length: "
                  + body
                  + "\r\n\r\n"
                  + "x".repeat(body));

      assertThat(response.status()).isEqualTo(status);
      assertThat(peer.others()).hasSize(2 + again);
      assertThat(proxy.metric("sallyport_upstream_retries_total{listener=\"out\"}"))
          .isEqualTo(again);
      awaitNoneOutstanding(proxy);
    }
  }

  @Test
  void aRequestThatHasHadAnInterimResponseIsNotSentAgain() throws Exception {
    try (HttpApplication peer =
            peer(
                (request, out) -> {
                  if (request.target().equals("/next")) {
                    HttpApplication.write(out, "HTTP/1.1 103 Early Hints\r\n\r\n");
                    throw new IOException("closed within it");
                  }
                  HttpApplication.write(out, OK);
                });
        RunningProxy proxy = RunningProxy.with(pki, configuration("", peer.address()));
        HttpPeer caller = application(proxy)) {
      caller.get("/");

      assertThat(caller.get("/next").status()).isEqualTo(103);

      assertThat(caller.read().status()).isEqualTo(502);
      assertThat(peer.others()).hasSize(2);
    }
  }

  @Test
  void whatIsSentAgainGoesElsewhereWhereItCan() throws Exception {
    AtomicBoolean closed = new AtomicBoolean();
    Script script =
        (request, out) -> {
          if (request.target().equals("/next") && !closed.getAndSet(true)) {
            throw new IOException("closed under it");
          }
          HttpApplication.write(out, OK);
        };
    try (HttpApplication one = peer(script);
        HttpApplication other = peer(script);
        RunningProxy proxy =
            RunningProxy.with(pki, configuration("", one.address(), other.address()));
        HttpPeer caller = application(proxy)) {
      while (one.accepted() == 0 || other.accepted() == 0) {
        assertThat(caller.get("/").status()).isEqualTo(200);
      }

      assertThat(caller.get("/next").status()).isEqualTo(200);

      assertThat(one.others()).filteredOn(each -> each.target().equals("/next")).hasSize(1);
      assertThat(other.others()).filteredOn(each -> each.target().equals("/next")).hasSize(1);
    }
  }

  @Test
  void withoutRetryBudgetTheClosedConnectionIsTheAnswer() throws Exception {
    try (HttpApplication peer =
            peer(
                (request, out) -> {
                  if (request.target().equals("/next")) {
                    throw new IOException("closed under it");
                  }
                  HttpApplication.write(out, OK);
                });
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                configuration("retry-budget { percent = 0, per-second = 0 }", peer.address()));
        HttpPeer caller = application(proxy)) {
      caller.get("/");

      Response response = caller.get("/next");

      assertThat(response.status()).isEqualTo(502);
      assertThat(response.values("proxy-status"))
          .containsExactly("sallyport; error=connection_terminated");
      assertThat(peer.others()).hasSize(2);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "trust, NO_LONGER_TRUSTED",
    "rules, NO_LONGER_ALLOWED",
    "name,  NO_LONGER_ALLOWED",
    "crl,   CERTIFICATE_REVOKED"
  })
  void aKeptConnectionIsClosedWhenItsPeerWouldBeRefusedNow(String changing, CloseReason reason)
      throws Exception {
    TestCa next = TestCa.create(spec -> spec.name("next CA"));
    Files.writeString(pki.file("ca.crt"), next.certificatePem(), StandardOpenOption.APPEND);
    crl();
    try (HttpApplication peer = okay()) {
      String revocation =
          "identities.client.revocation { crl = \"ca.crl\", policy = best-effort }\n";
      String before =
          revocation + configuration("server-name = else.test, " + SERVER, peer.address());
      try (RunningProxy proxy = RunningProxy.with(pki, before);
          HttpPeer caller = application(proxy)) {
        assertThat(caller.get("/").status()).isEqualTo(200);
        switch (changing) {
          case "trust" -> Files.writeString(pki.file("ca.crt"), next.certificatePem());
          case "crl" -> crl(pki.server());
          case "rules" -> proxy.rewrite(before.replace("test/server", "test/else"));
          default -> proxy.rewrite(before.replace(SERVER, "")); // the name must match
        }

        Reload reload = proxy.reload();

        assertThat(reload.problems()).isEmpty();
        assertThat(reload.connections()).isOne();
        awaitClosed(proxy, reason, 1);
        peer.others();
        Response refused = caller.get("/");
        assertThat(refused.status()).isEqualTo(502);
        assertThat(refused.values("proxy-status"))
            .containsExactly("sallyport; error=tls_certificate_error");
        assertThat(peer.others()).isEmpty();
      }
    }
  }

  @Test
  void aRequestUnderWayEndsWithTheRightOfItsPeer() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (HttpApplication peer =
        peer(
            (request, out) -> {
              if (request.target().equals("/begun")) {
                HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart");
              }
              over.await();
            })) {
      String before = configuration(SERVER, peer.address());
      try (RunningProxy proxy = RunningProxy.with(pki, before);
          HttpPeer begun = application(proxy);
          HttpPeer unanswered = application(proxy)) {
        begun.send("GET /begun HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(begun.readHead()).startsWith("HTTP/1.1 200");
        assertThat(begun.read(4)).isEqualTo("part");
        unanswered.send("POST /not HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
        peer.next();
        peer.next();
        proxy.rewrite(before.replace("test/server", "test/else"));

        assertThat(proxy.reload().connections()).isEqualTo(2);

        assertThatThrownBy(begun::rest).isInstanceOf(IOException.class);
        Response refused = unanswered.read();
        assertThat(refused.status()).isEqualTo(502);
        assertThat(refused.values("proxy-status"))
            .containsExactly("sallyport; error=tls_certificate_error");
        awaitClosed(proxy, CloseReason.NO_LONGER_ALLOWED, 2);
        proxy.awaitClosed("out", CloseReason.NO_LONGER_ALLOWED, 1);
        awaitNoneOutstanding(proxy);
      } finally {
        over.countDown();
      }
    }
  }

  @Test
  void aConnectionLivesNoLongerThanThePeersCertificate() throws Exception {
    Instant end = Instant.now().plusSeconds(8).truncatedTo(ChronoUnit.SECONDS);
    TestIdentity brief =
        pki.issue("brief", leaf -> leaf.ip("127.0.0.1").validity(Instant.EPOCH, end));
    CountDownLatch over = new CountDownLatch(1);
    try (HttpApplication peer =
            HttpApplication.answeringTls(
                pki.context(brief),
                (request, out) -> {
                  if (request.target().equals("/slow")) {
                    over.await();
                  }
                  HttpApplication.write(out, OK);
                });
        RunningProxy proxy =
            RunningProxy.with(pki, configuration("expiry-grace = 0s", peer.address()));
        HttpPeer kept = application(proxy);
        HttpPeer waiting = application(proxy)) {
      assertThat(kept.get("/").status()).isEqualTo(200);
      waiting.send("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");

      assertThat(waiting.read().status()).isEqualTo(502);

      assertThat(Instant.now()).isAfter(end);
      awaitClosed(proxy, CloseReason.CERTIFICATE_EXPIRED, 1);
      assertThat(kept.get("/").values("proxy-status"))
          .containsExactly("sallyport; error=tls_certificate_error");
      over.countDown();
    }
  }

  @Test
  void aKeptConnectionIsLeftAMinuteBeforeItsPeersCertificateExpiresAndNotEarlier()
      throws Exception {
    try (HttpApplication before = okay();
        RunningProxy proxy = RunningProxy.with(pki, configuration("", before.address()));
        HttpPeer caller = application(proxy)) {
      assertThat(caller.get("/").status()).isEqualTo(200); // all is warm, and what follows quick
      Instant end = Instant.now().plusSeconds(66).truncatedTo(ChronoUnit.SECONDS);
      TestIdentity soon =
          pki.issue("soon", leaf -> leaf.ip("127.0.0.1").validity(Instant.EPOCH, end));
      try (HttpApplication peer =
          HttpApplication.answeringTls(
              pki.context(soon), (request, out) -> HttpApplication.write(out, OK))) {
        proxy.rewrite(configuration("", peer.address()));
        assertThat(proxy.reload().succeeded()).isTrue();
        awaitClosed(proxy, CloseReason.LEAVING, 1);
        assertThat(caller.get("/").status()).isEqualTo(200);

        awaitClosed(proxy, CloseReason.LEAVING, 2);

        assertThat(Instant.now()).isAfter(end.minusSeconds(60));
        assertThat(caller.get("/").status()).isEqualTo(200);
        assertThat(peer.accepted()).isEqualTo(2);
      }
    }
  }

  @Test
  void aRenewedCertificateIsShownWithTheNextRequest() throws Exception {
    List<String> shown = new CopyOnWriteArrayList<>();
    try (Application peer =
            Application.servingTls(
                pki.context(pki.server()),
                "TLSv1.3",
                socket -> {
                  shown.add(((SSLSocket) socket).getSession().getPeerPrincipal().getName());
                  BufferedReader in =
                      new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
                  for (String line = in.readLine(); line != null; line = in.readLine()) {
                    if (line.isEmpty()) {
                      HttpApplication.write(socket.getOutputStream(), OK);
                    }
                  }
                });
        RunningProxy proxy = RunningProxy.with(pki, configuration("", peer.address()));
        HttpPeer caller = application(proxy)) {
      caller.get("/");
      caller.get("/");
      pki.issue("client", leaf -> leaf.cn("renewed"));

      assertThat(proxy.reload().connections()).isZero();

      awaitClosed(proxy, CloseReason.LEAVING, 1);
      caller.get("/");
      assertThat(shown).containsExactly("CN=client", "CN=renewed");
    }
  }

  @Test
  void theNextRequestGoesWhereTheConfigurationSaysNow() throws Exception {
    try (HttpApplication before = okay();
        HttpApplication after = okay();
        RunningProxy proxy = RunningProxy.with(pki, configuration("", before.address()));
        HttpPeer caller = application(proxy)) {
      caller.get("/");
      proxy.rewrite(configuration("", after.address()));
      proxy.reload();
      awaitClosed(proxy, CloseReason.LEAVING, 1);

      caller.get("/");

      assertThat(List.of(before.others().size(), after.others().size())).containsExactly(1, 1);
    }
  }

  @Test
  void whatIsBeingAnsweredIsAnsweredThoughTheConfigurationSaysSomethingElse() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    try (HttpApplication before =
            peer(
                (request, out) -> {
                  answer.await();
                  HttpApplication.write(out, OK);
                });
        HttpApplication after = okay();
        RunningProxy proxy = RunningProxy.with(pki, configuration("", before.address()));
        HttpPeer caller = application(proxy)) {
      caller.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      before.next();
      proxy.rewrite(configuration("", after.address()));
      proxy.reload();

      answer.countDown();

      assertThat(caller.read().status()).isEqualTo(200);
      awaitClosed(proxy, CloseReason.LEAVING, 1);
    }
  }

  @Test
  void aListenerThatCarriesBytesNowEndsConnectionsWithTheirNextAnswer() throws Exception {
    try (HttpApplication peer = okay();
        RunningProxy proxy = RunningProxy.with(pki, configuration("", peer.address()));
        HttpPeer caller = application(proxy)) {
      caller.get("/");
      proxy.rewrite(configuration("", peer.address()).replace("protocol = http", ""));
      proxy.reload();

      Response last = caller.get("/");

      assertThat(last.status()).isEqualTo(503);
      assertThat(last.values("connection")).containsExactly("close");
      assertThat(caller.rest()).isEmpty();
    }
  }

  @Test
  void anUnusedConnectionIsClosedAfterATime() throws Exception {
    try (HttpApplication peer = okay();
        RunningProxy proxy =
            RunningProxy.with(
                pki, configuration("http.peer-idle-timeout = 100ms", peer.address()));
        HttpPeer caller = application(proxy)) {
      caller.get("/");

      awaitClosed(proxy, CloseReason.IDLE_TIMEOUT, 1);

      Eventually.holds("the peer has nobody", () -> peer.open() == 0);
      assertThat(caller.get("/").status()).isEqualTo(200);
    }
  }

  @Test
  void noMoreAreKeptThanMayBe() throws Exception {
    CountDownLatch all = new CountDownLatch(3);
    try (HttpApplication peer =
            peer(
                (request, out) -> {
                  all.countDown();
                  all.await();
                  HttpApplication.write(out, OK);
                });
        RunningProxy proxy =
            RunningProxy.with(pki, configuration("http.peer-connections = 1", peer.address()))) {
      List<HttpPeer> callers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        HttpPeer caller = application(proxy);
        caller.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        callers.add(caller);
      }
      for (HttpPeer caller : callers) {
        assertThat(caller.read().status()).isEqualTo(200);
        caller.close();
      }

      awaitClosed(proxy, CloseReason.LEAVING, 2);
      proxy.awaitMetric("sallyport_upstream_connections_active{listener=\"out\"}", 1);
    }
  }

  @Test
  void anApplicationThatLeavesEndsItsRequestAtThePeer() throws Exception {
    try (HttpApplication peer = peer((request, out) -> request.body().readAllBytes());
        RunningProxy proxy = RunningProxy.with(pki, configuration("", peer.address()))) {
      try (HttpPeer caller = application(proxy)) {
        caller.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
        peer.next();
      }

      awaitClosed(proxy, CloseReason.REQUEST_ABANDONED, 1);
      assertThat(peer.nextEnding()).isNotEmpty();
      proxy.awaitActive("out", 0);
      awaitNoneOutstanding(proxy);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aResponseWithoutALengthIsWholeOnlyWithCloseNotify(boolean closeNotify) throws Exception {
    try (Application peer =
            brokenBelow(
                (tls, tcp) -> {
                  tls.getInputStream().read();
                  HttpApplication.write(tls.getOutputStream(), "HTTP/1.1 200 OK\r\n\r\nall of it");
                  if (closeNotify) {
                    tls.close();
                  }
                  tcp.shutdownOutput();
                  tcp.getInputStream().readAllBytes();
                });
        RunningProxy proxy = RunningProxy.with(pki, configuration("", peer.address()));
        HttpPeer caller = application(proxy)) {
      caller.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

      if (closeNotify) {
        assertThat(caller.read().text()).isEqualTo("all of it");
      } else {
        caller.readHead();
        assertThatThrownBy(caller::rest).isInstanceOf(IOException.class);
        proxy.awaitClosed("out", CloseReason.TRUNCATED, 1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aResponseThatBreaksOffIsNoWholeOne(boolean reset) throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    try (Application peer =
            brokenBelow(
                (tls, tcp) -> {
                  tls.getInputStream().read();
                  HttpApplication.write(
                      tls.getOutputStream(), "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
                  arrived.await();
                  if (reset) {
                    tcp.setSoLinger(true, 0);
                  } else {
                    tls.close();
                  }
                  tcp.close();
                });
        RunningProxy proxy = RunningProxy.with(pki, configuration("", peer.address()));
        HttpPeer caller = application(proxy)) {
      caller.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

      caller.readHead();
      assertThat(caller.read(4)).isEqualTo("half");
      arrived.countDown();

      assertThatThrownBy(caller::rest).isInstanceOf(IOException.class);
      proxy.awaitActive("out", 0);
    }
  }

  @Test
  void whatNobodyHasAskedForAnswersNobody() throws Exception {
    CountDownLatch more = new CountDownLatch(1);
    CountDownLatch sent = new CountDownLatch(1);
    try (Application peer =
            brokenBelow(
                (tls, tcp) -> {
                  tls.getInputStream().read();
                  HttpApplication.write(tls.getOutputStream(), OK);
                  more.await();
                  HttpApplication.write(tls.getOutputStream(), OK.replace("200 OK", "201 Created"));
                  sent.countDown();
                  tls.getInputStream().readAllBytes();
                });
        RunningProxy proxy = RunningProxy.with(pki, configuration("", peer.address()));
        HttpPeer caller = application(proxy)) {
      assertThat(caller.get("/").status()).isEqualTo(200);
      more.countDown();
      sent.await();
      awaitClosed(proxy, CloseReason.BAD_RESPONSE, 1);

      assertThat(caller.get("/").status()).isEqualTo(200);
      assertThat(peer.accepted()).isEqualTo(2);
    }
  }

  @Test
  void whileStoppingTheLastAnswerArrivesAndWhatIsUnusedIsClosed() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    try (HttpApplication peer =
        peer(
            (request, out) -> {
              if (request.target().equals("/slow")) {
                answer.await();
              }
              HttpApplication.write(out, OK);
            })) {
      RunningProxy proxy = RunningProxy.with(pki, configuration("", peer.address()));
      try (HttpPeer idle = application(proxy);
          HttpPeer busy = application(proxy)) {
        busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
        peer.next();
        assertThat(idle.get("/").status()).isEqualTo(200);

        var stopped = proxy.proxy().stop();

        assertThat(idle.rest()).isEmpty();
        Eventually.holds("the unused one is closed", () -> peer.open() == 1);
        answer.countDown();
        Response last = busy.read();
        assertThat(last.status()).isEqualTo(200);
        assertThat(last.values("connection")).containsExactly("close");
        assertThat(busy.rest()).isEmpty();
        assertThat(stopped.toCompletableFuture().join()).isEqualTo(Proxy.Stopped.CLEAN);
      } finally {
        proxy.close();
      }
    }
  }

  @Test
  void anOldConnectionServesNoOtherRequest() throws Exception {
    try (HttpApplication peer = okay();
        RunningProxy proxy =
            RunningProxy.with(pki, configuration("max-lifetime = 1s", peer.address()))) {
      while (peer.accepted() < 2) {
        try (HttpPeer caller = application(proxy)) {
          assertThat(caller.get("/").status()).isEqualTo(200);
        }
      }

      awaitClosed(proxy, CloseReason.MAX_LIFETIME, 1);
    }
  }

  @Test
  void anOldConnectionIsClosedThoughItMightBeKept() throws Exception {
    try (HttpApplication peer = okay();
        RunningProxy proxy =
            RunningProxy.with(pki, configuration("max-lifetime = 1s", peer.address()));
        HttpPeer caller = application(proxy)) {
      assertThat(caller.get("/").status()).isEqualTo(200);

      awaitClosed(proxy, CloseReason.MAX_LIFETIME, 1);
    }
  }

  @Test
  void whoWaitsForAPeerAndLeavesEndsTheSearchAndBlamesNobody() throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    try (Application silent =
            Application.serving(
                socket -> {
                  reached.countDown();
                  socket.getInputStream().readAllBytes();
                });
        RunningProxy proxy = RunningProxy.with(pki, configuration("", silent.address()))) {
      try (HttpPeer caller = application(proxy)) {
        caller.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        reached.await();
      }

      assertThat(silent.nextEnding()).isNotNull();
      proxy.awaitActive("out", 0);
      awaitNoneOutstanding(proxy);
      assertThat(proxy.handshakeFailures("out")).isEmpty();
    }
  }

  @Test
  void fourHundredApplicationsThatLeaveWithinARequestLeaveNothingBehind() throws Exception {
    try (HttpApplication peer = peer((request, out) -> request.body().readAllBytes());
        RunningProxy proxy = RunningProxy.with(pki, configuration("", peer.address()))) {
      for (int round = 0; round < 100; round++) {
        List<HttpPeer> callers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          HttpPeer caller = application(proxy);
          caller.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
          callers.add(caller);
        }
        for (HttpPeer caller : callers) {
          caller.close();
        }
      }
      proxy.awaitActive("out", 0);
      awaitNoneOutstanding(proxy);
      proxy.awaitMetric("sallyport_upstream_connections_active{listener=\"out\"}", 0);
      Eventually.holds("the peer has nobody", () -> peer.open() == 0);
    }
  }

  @Test
  void whereAllAreDownTheBudgetBoundsHowOftenTheyAreTried() throws Exception {
    try (RunningProxy proxy =
            RunningProxy.with(
                pki,
                configuration(
                    "retry-budget { percent = 20, per-second = 0 }",
                    nobody(),
                    nobody(),
                    nobody(),
                    nobody()));
        HttpPeer caller = application(proxy)) {
      for (int i = 0; i < 20; i++) {
        assertThat(caller.get("/").status()).isEqualTo(502);
      }

      double retries = proxy.metric("sallyport_upstream_retries_total{listener=\"out\"}");
      assertThat(retries).isBetween(1.0, 4.0);
      assertThat(
              proxy.metric(
                  "sallyport_upstream_connect_failures_total{listener=\"out\",reason=\"refused\"}"))
          .isEqualTo(20 + retries);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7})
  void aPeerMayAnswerAByteAtATimeAndSeveralTimesOver(int bytes) throws Exception {
    String answer = "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + OK;
    try (HttpApplication peer =
            peer(
                (request, out) -> {
                  for (int at = 0; at < answer.length(); at += bytes) {
                    HttpApplication.write(
                        out, answer.substring(at, Math.min(answer.length(), at + bytes)));
                  }
                });
        RunningProxy proxy = RunningProxy.with(pki, configuration("", peer.address()));
        HttpPeer caller = application(proxy)) {
      for (int i = 0; i < 3; i++) {
        assertThat(caller.get("/").status()).isEqualTo(103);
        assertThat(caller.read().text()).isEqualTo("ok");
      }
      assertThat(peer.accepted()).isOne();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'HTTP/1.1 103 Early Hints~a: XXXXXXXXXXXXXXXXXXXXXXXX~~', 502, http_response_header_section_size",
    "'HTTP/1.1 200 OK~Content-Length: 1~Content-Length: 2~~',  502, http_protocol_error",
    "'HTTP/1.1 101 Switching Protocols~Upgrade: x~~',          502, http_protocol_error",
    "'HTTP/2.0 200 OK~~',                                      502, http_protocol_error",
  })
  void aPeerThatAnswersWhatItMayNotIsABadGateway(String line, int status, String error)
      throws Exception {
    try (HttpApplication peer =
            peer(
                (request, out) -> {
                  for (int i = 0; i < 10_000; i++) {
                    HttpApplication.write(out, line.replace("~", "\r\n"));
                  }
                });
        RunningProxy proxy = RunningProxy.with(pki, configuration("", peer.address()));
        HttpPeer caller = application(proxy)) {
      Response response = caller.get("/");
      while (response.status() == 103) {
        response = caller.read();
      }

      assertThat(response.status()).isEqualTo(status);
      assertThat(response.values("proxy-status")).containsExactly("sallyport; error=" + error);
      awaitClosed(proxy, CloseReason.BAD_RESPONSE, 1);
    }
  }

  @Test
  void anApplicationMayComeOverAUnixSocket() throws Exception {
    Path socket = pki.file("out.sock");
    try (HttpApplication peer = okay();
        RunningProxy proxy =
            RunningProxy.with(
                pki, configuration("", peer.address()).replace("127.0.0.1:0", "unix:" + socket));
        SocketChannel caller = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      caller.write(US_ASCII.encode("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));

      String answer = new String(Channels.newInputStream(caller).readAllBytes(), US_ASCII);

      assertThat(answer).startsWith("HTTP/1.1 200").endsWith("ok");
      assertThat(peer.next().line()).isEqualTo("GET / HTTP/1.1");
      proxy.awaitActive("out", 0);
    }
  }
}

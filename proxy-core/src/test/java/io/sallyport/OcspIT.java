package io.sallyport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.sallyport.config.ConfigReader;
import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.OcspResponder;
import io.sallyport.rig.OcspResponder.Manner;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.WebApplication;
import io.sallyport.testcerts.OcspSpec;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** OCSP: who is refused by it, who waits for it, and what is open when answers change. */
final class OcspIT {

  private final Pki pki;
  private final OcspResponder responder;
  private final TestIdentity peer;
  private final Application application = Application.echo();
  private final Application page = WebApplication.start();

  OcspIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    responder = OcspResponder.of(pki.ca());
    peer = peer("peer");
  }

  @AfterEach
  void close() throws IOException {
    application.close();
    page.close();
    responder.close();
  }

  private TestIdentity peer(String name) throws IOException {
    TestIdentity issued = pki.issue(name, leaf -> leaf.dns("localhost").ocsp(responder.url()));
    responder.knows(issued.leaf());
    return issued;
  }

  private String config(String policy, String... more) {
    return """
           reload.interval = off
           workers = 1
           defaults.identity.revocation.ocsp { policy = %s, timeout = 5s }
           defaults.inbound { listen = "127.0.0.1:0", allow = any-trusted }
           inbound.web.forward = "%s"
           inbound.page.forward = "%s"
           %s
           """
        .formatted(policy, application.address(), page.address(), String.join("\n", more));
  }

  private static void exchange(Socket socket) throws IOException {
    socket.getOutputStream().write('x');
    assertThat(socket.getInputStream().read()).isEqualTo('x');
  }

  private Program s_client(RunningProxy proxy, String... more) {
    List<String> command = new ArrayList<>(List.of(Program.installed("openssl"), "s_client"));
    command.addAll(List.of("-connect", "127.0.0.1:" + proxy.port("page"), "-ign_eof"));
    command.addAll(List.of("-cert", pki.file("peer.crt").toString()));
    command.addAll(List.of("-key", pki.file("peer.key").toString()));
    command.addAll(List.of(more));
    Program client = Program.start(command);
    client.send("GET / HTTP/1.0\r\n\r\n");
    return client;
  }

  private String openssl(RunningProxy proxy, String... more) {
    try (Program client = s_client(proxy, more)) {
      return client.awaitEnd().output();
    }
  }

  /** Answers that hold for so short a time that they are soon asked for again. */
  private static Consumer<OcspSpec> brief(Consumer<OcspSpec> wish) {
    return spec -> {
      Instant now = Instant.now();
      spec.validity(now.minusSeconds(1), now.plusSeconds(4));
      wish.accept(spec);
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void whomTheResponderNamesIsRefusedByTheRightAlert(String version) {
    try (RunningProxy proxy = RunningProxy.with(pki, config("best-effort"))) {
      assertThat(openssl(proxy, version)).contains("hello");
    }
    responder.says(peer.leaf(), OcspSpec::revoked);
    try (RunningProxy proxy = RunningProxy.with(pki, config("best-effort"))) {
      int before = page.accepted();

      assertThat(openssl(proxy, version)).contains("alert certificate revoked");

      assertThat(proxy.handshakeFailures("page")).containsExactly(entry("certificate_revoked", 1));
      assertThat(page.accepted()).isEqualTo(before);
      assertThat(proxy.metric("sallyport_ocsp_requests_total{result=\"revoked\"}")).isEqualTo(1);
    }
  }

  @Test
  void whoIsGoodIsAskedForOnceWhicheverListenerItComesTo() throws Exception {
    try (RunningProxy proxy = RunningProxy.with(pki, config("require"))) {
      for (int i = 0; i < 5; i++) {
        try (SSLSocket socket = pki.connect(peer, proxy.port("web"), "TLSv1.3")) {
          exchange(socket);
        }
        assertThat(openssl(proxy)).contains("hello");
      }
      proxy.rewrite(config("require", "inbound.web.max-connections = 7"));
      assertThat(proxy.reload().succeeded()).isTrue();
      assertThat(openssl(proxy)).contains("hello");
      assertThat(responder.asked()).isEqualTo(1);
    }
  }

  @Test
  void whoOnlyTriesItAsksNobodyAndIsToldSo() throws Exception {
    Path file = RunningProxy.write(pki, config("require"));

    assertThat(Proxy.check(ConfigReader.read(file)).problems()).isEmpty();
    assertThat(Proxy.judge(ConfigReader.read(file), peer.chain()))
        .hasSize(2)
        .allMatch(
            answer -> answer.admitted() && answer.words().endsWith("; OCSP is not asked here"));
    assertThat(responder.asked()).isZero();
  }

  @Test
  void whoIsNotProvenIsNotAskedFor() throws Exception {
    TestIdentity stranger =
        pki.write(
            "peer",
            TestCa.create(ca -> ca.name("test CA")).issue(leaf -> leaf.ocsp(responder.url())));
    responder.knows(stranger.leaf());
    try (RunningProxy proxy = RunningProxy.with(pki, config("require"))) {
      assertThat(openssl(proxy)).contains("alert unknown ca");
      assertThat(responder.asked()).isZero();
    }
  }

  private String cause(RunningProxy proxy, RecordedLog log) throws InterruptedException {
    openssl(proxy);
    RecordedLog.Line end = log.connections("page", 1).get(0);
    return end.field("cause") + ": " + end.field("detail");
  }

  @Test
  void withoutAnAnswerThatHoldsOneIsRefusedOrNotAsThePolicySays() throws Exception {
    TestIdentity other = pki.ca().issue(leaf -> leaf.client());
    Instant now = Instant.now();
    List<Consumer<OcspSpec>> lies =
        List.of(
            spec -> spec.validity(now.minusSeconds(999), now.minusSeconds(1)),
            spec -> spec.signedBy(other),
            spec -> spec.signedBy(TestCa.create(ca -> ca.name("test CA"))),
            spec -> spec.error(3),
            OcspSpec::unknown);
    for (Consumer<OcspSpec> lie : lies) {
      responder.says(peer.leaf(), lie);
      try (RunningProxy proxy = RunningProxy.with(pki, config("require"));
          RecordedLog log = RecordedLog.start()) {
        assertThat(cause(proxy, log))
            .startsWith("revocation_unknown: no OCSP answer tells whether the leaf is revoked: ");
      }
      try (RunningProxy proxy = RunningProxy.with(pki, config("best-effort"))) {
        assertThat(openssl(proxy)).contains("hello");
      }
    }
  }

  @Test
  void aConfiguredResponderIsAskedInPlaceOfTheOneThatACertificateNames() throws Exception {
    try (OcspResponder own = OcspResponder.of(pki.ca())) {
      own.says(peer.leaf(), OcspSpec::revoked);
      String setting = "defaults.identity.revocation.ocsp.responder = \"" + own.url() + "\"";
      try (RunningProxy proxy = RunningProxy.with(pki, config("require", setting))) {
        assertThat(openssl(proxy)).contains("alert certificate revoked");
        assertThat(responder.asked()).isZero();
      }
    }
  }

  @Test
  void aCaWithoutAResponderNeedsACrlWhereAnswersAreRequired() throws Exception {
    TestCa below = pki.ca().intermediate();
    try (OcspResponder ofBelow = OcspResponder.of(below)) {
      TestIdentity deep = pki.write("peer", below.issue(leaf -> leaf.client().ocsp(ofBelow.url())));
      ofBelow.knows(deep.leaf());
      String crl = "defaults.identity.revocation.crl = ca.crl";
      Files.writeString(pki.file("ca.crl"), pki.ca().crlPem(spec -> {}));
      String chain = pki.file("peer.crt").toString();

      try (RunningProxy proxy = RunningProxy.with(pki, config("require"));
          RecordedLog log = RecordedLog.start()) {
        openssl(proxy, "-cert_chain", chain);
        assertThat(log.connections("page", 1).get(0).field("detail"))
            .isEqualTo(
                "no OCSP answer tells whether CA 1 in the path is revoked: it names no responder"
                    + " that is asked over http");
      }
      try (RunningProxy proxy = RunningProxy.with(pki, config("require", crl))) {
        assertThat(openssl(proxy, "-cert_chain", chain)).contains("hello");
      }
      Files.writeString(
          pki.file("ca.crl"), pki.ca().crlPem(spec -> spec.revoke(below.certificate())));
      try (RunningProxy proxy = RunningProxy.with(pki, config("require", crl))) {
        assertThat(openssl(proxy, "-cert_chain", chain)).contains("alert certificate revoked");
      }
    }
  }

  @Test
  void takesTheAnswersOfAnotherProgram() throws Exception {
    TestIdentity bad = pki.issue("bad", leaf -> leaf.client());
    Files.writeString(
        pki.file("index.txt"),
        "V\t331231235959Z\t\t%X\tunknown\t/CN=peer\n".formatted(peer.leaf().getSerialNumber())
            + "R\t331231235959Z\t250101000000Z,keyCompromise\t%X\tunknown\t/CN=bad\n"
                .formatted(bad.leaf().getSerialNumber()));
    pki.write("responder", pki.ca().issue(leaf -> leaf.ocspSigning()));
    try (Program openssl =
        Program.start(
            List.of(
                Program.installed("openssl"),
                "ocsp",
                "-port",
                "0",
                "-nmin",
                "5",
                "-index",
                pki.file("index.txt").toString(),
                "-CA",
                pki.file("ca.crt").toString(),
                "-rsigner",
                pki.file("responder.crt").toString(),
                "-rkey",
                pki.file("responder.key").toString()))) {
      String accepts = openssl.awaitLine(line -> line.startsWith("ACCEPT "));
      String port = accepts.replaceFirst(".*:(\\d+).*", "$1");
      String setting =
          "defaults.identity.revocation.ocsp.responder = \"http://127.0.0.1:%s/\"".formatted(port);
      try (RunningProxy proxy = RunningProxy.with(pki, config("require", setting))) {
        assertThat(openssl(proxy)).contains("hello");
        pki.write("peer", bad);
        assertThat(openssl(proxy)).contains("alert certificate revoked");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"application", "full"})
  void whoWaitsForAnAnswerKeepsNobodyWaiting(String halfClose) throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    TestIdentity known = peer("known");
    String more = "inbound.web { half-close = %s, tls-min = 1.3 }".formatted(halfClose);
    try (RunningProxy proxy = RunningProxy.with(pki, config("require", more));
        SSLSocket open = pki.connect(known, proxy.port("web"), "TLSv1.3")) {
      exchange(open);
      responder.answers(held(asked, release));
      try (SSLSocket waits = pki.connect(peer, proxy.port("web"), "TLSv1.3")) {
        waits.startHandshake(); // a client of TLS 1.3 is done before it has been judged
        waits.getOutputStream().write('x');
        asked.await();

        exchange(open); // on the only loop that there is
        try (SSLSocket again = pki.connect(known, proxy.port("web"), "TLSv1.3")) {
          exchange(again);
        }
        proxy.awaitActive("web", 2);
        int before = application.accepted();
        if (halfClose.equals("full")) {
          waits.shutdownOutput();
        }
        release.countDown();
        assertThat(waits.getInputStream().read()).isEqualTo('x');
        assertThat(application.accepted()).isEqualTo(before + 1);
      }
    }
  }

  @RepeatedTest(5)
  void whatIsSentAndFinishedByOneWhoWaitsArrives() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    responder.answers(held(asked, release));
    try (Application sink =
            Application.serving(
                socket ->
                    received.add(new String(socket.getInputStream().readAllBytes(), US_ASCII)));
        RunningProxy proxy =
            RunningProxy.with(
                pki, config("require", "inbound.web.forward = \"%s\"".formatted(sink.address())))) {
      try (SSLSocket sends = pki.connect(peer, proxy.port("web"), "TLSv1.3")) {
        sends.startHandshake();
        sends.getOutputStream().write("message".getBytes(US_ASCII));
        sends.shutdownOutput();
        asked.await();
        release.countDown();

        assertThat(received.poll(20, TimeUnit.SECONDS)).isEqualTo("message");
      }
    }
  }

  private static Manner held(CountDownLatch asked, CountDownLatch release) {
    return (answer, socket) -> {
      asked.countDown();
      try {
        release.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      OcspResponder.PROMPTLY.give(answer, socket);
    };
  }

  @Test
  void whoResumesWaitsTooWhenTheAnswerHasGrownOld() throws Exception {
    String ticket = pki.file("ticket.pem").toString();
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Instant end = Instant.now().plusSeconds(3);
    responder.says(peer.leaf(), spec -> spec.validity(end.minusSeconds(60), end));
    try (RunningProxy proxy = RunningProxy.with(pki, config("require"))) {
      assertThat(openssl(proxy, "-sess_out", ticket)).contains("New, TLSv");
      int before = page.accepted();
      Eventually.holds("the answer has grown old", () -> Instant.now().isAfter(end));
      responder.says(peer.leaf(), spec -> {});
      responder.answers(held(asked, release));

      try (Program client = s_client(proxy, "-sess_in", ticket)) {
        client.awaitLine(line -> line.startsWith("Reused, TLSv"));
        asked.await();
        assertThat(page.accepted()).isEqualTo(before);
        release.countDown();
        assertThat(client.awaitEnd().output()).contains("hello");
      }
    }
  }

  /** Its handshake is done, and so are the questions that are asked within one. */
  @Test
  void whoWaitsForAnAnswerWhileTheRulesChangeIsJudgedByTheNewOnes() throws Exception {
    String ticket = pki.file("ticket.pem").toString();
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Instant end = Instant.now().plusSeconds(3);
    responder.says(peer.leaf(), spec -> spec.validity(end.minusSeconds(60), end));
    try (RunningProxy proxy = RunningProxy.with(pki, config("require"))) {
      assertThat(openssl(proxy, "-sess_out", ticket)).contains("New, TLSv");
      int before = page.accepted();
      Eventually.holds("the answer has grown old", () -> Instant.now().isAfter(end));
      responder.says(peer.leaf(), spec -> {});
      responder.answers(held(asked, release));
      try (Program client = s_client(proxy, "-sess_in", ticket)) {
        client.awaitLine(line -> line.startsWith("Reused, TLSv"));
        asked.await();
        proxy.rewrite(config("require", "inbound.page.allow = [ { dns = else.test } ]"));

        assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 1));
        release.countDown();

        proxy.awaitClosed("page", CloseReason.NO_LONGER_ALLOWED, 1);
        assertThat(client.awaitEnd().output()).doesNotContain("hello");
        assertThat(page.accepted()).isEqualTo(before);
      }
    }
  }

  @Test
  void whoResumesIsRefusedWhenItHasBeenRevokedSince() throws Exception {
    String ticket = pki.file("ticket.pem").toString();
    responder.says(peer.leaf(), brief(spec -> {}));
    try (RunningProxy proxy = RunningProxy.with(pki, config("require"));
        SSLSocket open = pki.connect(peer, proxy.port("web"), "TLSv1.3")) {
      exchange(open);
      assertThat(openssl(proxy, "-sess_out", ticket)).contains("New, TLSv");
      responder.says(peer.leaf(), OcspSpec::revoked);
      proxy.awaitClosed("web", CloseReason.CERTIFICATE_REVOKED, 1);
      int before = page.accepted();

      openssl(proxy, "-sess_in", ticket);

      assertThat(proxy.handshakeFailures("page")).containsExactly(entry("certificate_revoked", 1));
      assertThat(page.accepted()).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"require", "best-effort"})
  void whoIsRevokedWhileOpenIsClosedAndTheOthersStay(String policy) throws Exception {
    TestIdentity other = peer("other");
    responder.says(peer.leaf(), brief(spec -> {}));
    responder.says(other.leaf(), brief(spec -> {}));
    try (RunningProxy proxy = RunningProxy.with(pki, config(policy));
        SSLSocket revoked = pki.connect(peer, proxy.port("web"), "TLSv1.3");
        SSLSocket stays = pki.connect(other, proxy.port("web"), "TLSv1.3")) {
      exchange(revoked);
      exchange(stays);
      responder.says(peer.leaf(), OcspSpec::revoked);

      proxy.awaitClosed("web", CloseReason.CERTIFICATE_REVOKED, 1);
      exchange(stays);
    }
  }

  @Test
  void whatIsOpenStaysWhileFreshAnswersComeAndEndsWhenNoneDoes() throws Exception {
    responder.says(peer.leaf(), brief(spec -> {}));
    String strict = "defaults.inbound.expiry-grace = 0s";
    try (RunningProxy proxy = RunningProxy.with(pki, config("require", strict));
        SSLSocket open = pki.connect(peer, proxy.port("web"), "TLSv1.3")) {
      exchange(open);
      Instant first = Instant.now().plusSeconds(4);
      Eventually.holds("the first answer has grown old", () -> Instant.now().isAfter(first));
      exchange(open);
      assertThat(responder.asked()).isGreaterThan(1);

      responder.answers(OcspResponder.NEVER);
      proxy.awaitClosed("web", CloseReason.CERTIFICATE_EXPIRED, 1);
    }
  }

  @Test
  void aDryRunForgetsNoAnswerThatAConnectionRestsOn() throws Exception {
    responder.says(peer.leaf(), brief(spec -> {}));
    try (RunningProxy proxy = RunningProxy.with(pki, config("require"));
        SSLSocket open = pki.connect(peer, proxy.port("web"), "TLSv1.3")) {
      exchange(open);
      proxy.rewrite(config("off"));
      assertThat(proxy.post("/reload?dry-run=true").body())
          .isEqualTo("would reload: listeners changed 2, connections closed 0\n");
      responder.says(peer.leaf(), OcspSpec::revoked);

      proxy.awaitClosed("web", CloseReason.CERTIFICATE_REVOKED, 1);
    }
  }

  @Test
  void whatIsOpenWhenAnswersBecomeRequiredIsAskedForAndHoldsUpNoReload() throws Exception {
    TestIdentity revoked = peer("revoked");
    responder.says(revoked.leaf(), OcspSpec::revoked);
    responder.answers(OcspResponder.NEVER);
    try (RunningProxy proxy = RunningProxy.with(pki, config("off"));
        SSLSocket stays = pki.connect(peer, proxy.port("web"), "TLSv1.3");
        SSLSocket goes = pki.connect(revoked, proxy.port("web"), "TLSv1.3")) {
      exchange(stays);
      exchange(goes);
      proxy.rewrite(config("require"));

      assertThat(proxy.post("/reload?dry-run=true").body())
          .isEqualTo("would reload: listeners changed 2, connections closed 0\n");
      assertThat(responder.asked()).isZero();
      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 2, 0));
      Eventually.holds("they are asked for", () -> responder.asked() > 1);

      responder.answers(OcspResponder.PROMPTLY);
      proxy.awaitClosed("web", CloseReason.CERTIFICATE_REVOKED, 1);
      exchange(stays);
      assertThat(responder.asked(peer.leaf())).isPositive();
    }
  }

  @Test
  void whatIsOpenHasTheGraceWhenNobodyAnswersWhatHasBecomeRequired() throws Exception {
    responder.close();
    String grace = "defaults.inbound.expiry-grace = %s";
    try (RunningProxy proxy = RunningProxy.with(pki, config("off", grace.formatted("1h")));
        SSLSocket open = pki.connect(peer, proxy.port("web"), "TLSv1.3")) {
      exchange(open);
      proxy.rewrite(config("require", grace.formatted("1h")));
      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 2, 0));
      Eventually.holds(
          "it is past its right",
          () -> proxy.metric("sallyport_connections_past_expiry{listener=\"web\"}") == 1);
      exchange(open);

      proxy.rewrite(config("require", grace.formatted("0s")));
      assertThat(proxy.reload().succeeded()).isTrue();
      proxy.awaitClosed("web", CloseReason.CERTIFICATE_EXPIRED, 1);
    }
  }

  @Test
  void whatIsOpenStaysWithoutAnswersWhereTheyAreNotRequired() throws Exception {
    responder.answers(OcspResponder.instead("500 Broken", new byte[0]));
    String strict = "defaults.inbound.expiry-grace = 0s";
    try (RunningProxy proxy = RunningProxy.with(pki, config("best-effort", strict));
        SSLSocket open = pki.connect(peer, proxy.port("web"), "TLSv1.3")) {
      exchange(open);
      Eventually.holds("it is asked again", () -> responder.asked() > 1);
      exchange(open);

      responder.says(peer.leaf(), OcspSpec::revoked);
      responder.answers(OcspResponder.PROMPTLY);
      proxy.awaitClosed("web", CloseReason.CERTIFICATE_REVOKED, 1);
    }
  }

  @Test
  void aServerThatWeGoToIsAskedForToo() throws Exception {
    try (Application server =
        Application.servingTls(
            pki.context(peer),
            "TLSv1.3",
            socket -> socket.getInputStream().transferTo(socket.getOutputStream()))) {
      String outbound =
          """
          outbound.peer {
            listen = "127.0.0.1:0", connect = "%s", identity = client, server-name = localhost
          }
          """
              .formatted(server.address());
      responder.says(peer.leaf(), brief(spec -> {}));
      try (RunningProxy proxy = RunningProxy.with(pki, config("require", outbound))) {
        try (Socket socket = proxy.connect("peer")) {
          exchange(socket);
          responder.says(peer.leaf(), OcspSpec::revoked);
          proxy.awaitClosed("peer", CloseReason.CERTIFICATE_REVOKED, 1);
        }
        try (Socket socket = proxy.connect("peer")) {
          assertThatThrownBy(() -> exchange(socket)).isInstanceOf(IOException.class);
        }
        assertThat(proxy.handshakeFailures("peer"))
            .containsExactly(entry("certificate_revoked", 1));
      }
    }
  }

  @Test
  void aThousandWhoComeWhileTheResponderHangsEndAndLeaveNothingBehind() throws Exception {
    responder.answers(OcspResponder.NEVER);
    TestIdentity known = peer("known");
    List<TestIdentity> peers = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      peers.add(pki.ca().issue(leaf -> leaf.client().ocsp(responder.url())));
    }
    String more = "defaults.identity.revocation.ocsp.timeout = 1s";
    ExecutorService clients = Executors.newFixedThreadPool(50);
    try (RunningProxy proxy = RunningProxy.with(pki, config("require", more))) {
      List<CompletableFuture<Void>> handshakes = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        TestIdentity who = peers.get(i % peers.size());
        handshakes.add(CompletableFuture.runAsync(() -> isRefused(proxy, who), clients));
      }
      handshakes.forEach(CompletableFuture::join);
      proxy.awaitActive("web", 0);
      assertThat(proxy.handshakeFailures("web")).containsExactly(entry("revocation_unknown", 1000));

      responder.answers(OcspResponder.PROMPTLY);
      Eventually.holds("the responder is asked again", () -> isServed(proxy, known));
    } finally {
      clients.shutdownNow();
    }
  }

  private void isRefused(RunningProxy proxy, TestIdentity who) {
    try (SSLSocket socket = pki.connect(who, proxy.port("web"), "TLSv1.3")) {
      assertThatThrownBy(
              () -> {
                socket.startHandshake();
                exchange(socket);
              })
          .isInstanceOf(IOException.class);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean isServed(RunningProxy proxy, TestIdentity who) {
    try (SSLSocket socket = pki.connect(who, proxy.port("web"), "TLSv1.3")) {
      exchange(socket);
      return true;
    } catch (IOException | AssertionError e) {
      return false;
    }
  }
}

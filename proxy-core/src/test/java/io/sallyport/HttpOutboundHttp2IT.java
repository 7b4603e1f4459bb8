package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Curl;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpApplication.Script;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program.Outcome;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/2 between two sidecars, whatever their applications speak. */
final class HttpOutboundHttp2IT {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  private static final String SERVER = "allow = [ { uri = \"spiffe://test/server\" } ]";
  private static final String ACTIVE = "sallyport_upstream_connections_active{listener=\"out\"}";
  private static final String OUTSTANDING =
      "sallyport_upstream_requests_outstanding{listener=\"out\"}";

  private final Pki pki;
  private final RecordedLog log = RecordedLog.start();

  HttpOutboundHttp2IT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @AfterEach
  void stop() {
    assertThat(log.faults()).isEmpty();
    log.close();
  }

  private RunningProxy inbound(HttpApplication application) {
    return RunningProxy.with(
        pki,
        """
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", protocol = http
          allow = [ { uri = "spiffe://test/client" } ], peer-header = spiffe-id
        }
        """
            .formatted(application.address()));
  }

  private static String outbound(RunningProxy in, String more) {
    return """
        workers = 1
        reload.interval = off
        outbound.out {
          listen = "127.0.0.1:0", connect = "127.0.0.1:%d", identity = client, protocol = http
          alpn = [ h2 ], %s
        }
        """
        .formatted(in.port("web"), more);
  }

  private static HttpApplication answering(Script script) {
    return HttpApplication.answering(script);
  }

  @Test
  void requestsOfManyShareOneConnection() throws Exception {
    int callers = 50;
    CountDownLatch all = new CountDownLatch(callers);
    try (HttpApplication application =
            answering(
                (request, out) -> {
                  if (request.target().equals("/together")) {
                    all.countDown();
                    all.await();
                  }
                  HttpApplication.write(out, OK);
                });
        RunningProxy in = inbound(application);
        RunningProxy out = RunningProxy.with(pki, outbound(in, SERVER));
        HttpPeer first = HttpPeer.over(out.connect("out"))) {
      assertThat(first.get("/").status()).isEqualTo(200);

      List<HttpPeer> others = new ArrayList<>();
      for (int i = 0; i < callers; i++) {
        HttpPeer caller = HttpPeer.over(out.connect("out"));
        others.add(caller);
        caller.send("GET /together HTTP/1.1\r\nHost: x\r\n\r\n");
      }
      for (HttpPeer caller : others) {
        assertThat(caller.read().status()).isEqualTo(200);
        caller.close();
      }

      assertThat(out.metric(ACTIVE)).isOne();
      out.awaitMetric(OUTSTANDING, 0);
    }
  }

  @Test
  void thoseWhoComeWhileAConnectionIsBeingMadeWaitForIt() throws Exception {
    try (HttpApplication application = answering((request, out) -> HttpApplication.write(out, OK));
        RunningProxy in = inbound(application);
        RunningProxy out =
            RunningProxy.with(pki, outbound(in, SERVER + ", http.peer-idle-timeout = 100ms"));
        HttpPeer first = HttpPeer.over(out.connect("out"))) {
      assertThat(first.get("/").status()).isEqualTo(200);
      out.awaitMetric(ACTIVE, 0); // and it is known that HTTP/2 is spoken there

      List<HttpPeer> callers = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        callers.add(HttpPeer.over(out.connect("out")));
      }
      for (HttpPeer caller : callers) {
        caller.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      }
      for (HttpPeer caller : callers) {
        assertThat(caller.read().status()).isEqualTo(200);
        caller.close();
      }

      out.awaitMetric(ACTIVE, 0);
      assertThat(in.metric("sallyport_connections_total{listener=\"web\"}")).isLessThan(10);
    }
  }

  @Test
  void thePeerIsAskedForTheAuthorityAndToldWhoIsCalling() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy in = inbound(application);
        RunningProxy out =
            RunningProxy.with(
                pki, outbound(in, SERVER + ", authority = \"Ledger.prod.svc:8443\""));
        HttpPeer caller = HttpPeer.over(out.connect("out"))) {
      assertThat(caller.get("/a?b", "X-Peer-Spiffe-Id: spiffe://test/admin\r\n").status())
          .isEqualTo(200);

      HttpApplication.Request request = application.next();
      assertThat(request.line()).isEqualTo("GET /a?b HTTP/1.1");
      assertThat(request.values("host")).containsExactly("ledger.prod.svc:8443");
      assertThat(request.values("x-peer-spiffe-id")).containsExactly("spiffe://test/client");
    }
  }

  /** With 16 MiB each way, so that windows and both sides' buffers fill. */
  @ParameterizedTest
  @ValueSource(strings = {"--http1.1", "--http2-prior-knowledge"})
  void anApplicationMaySpeakEither(String version) throws Exception {
    Path big = pki.file("big");
    Files.write(big, new byte[16 << 20]);
    try (HttpApplication application =
            answering(
                (request, out) -> {
                  HttpApplication.write(
                      out, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n".formatted(16 << 20));
                  request.body().transferTo(out);
                });
        RunningProxy in = inbound(application);
        RunningProxy out = RunningProxy.with(pki, outbound(in, SERVER))) {
      Path got = pki.file("got");
      Outcome outcome =
          Curl.of(pki)
              .with(version, "--data-binary", "@" + big, "--output", got.toString())
              .with("--write-out", "%{http_version} %{http_code}")
              .get("http://127.0.0.1:" + out.port("out") + "/");

      assertThat(outcome.output()).endsWith((version.equals("--http1.1") ? "1.1" : "2") + " 200");
      assertThat(Files.mismatch(big, got)).isEqualTo(-1);
      out.awaitMetric(OUTSTANDING, 0);
    }
  }

  @Test
  void aRequestUnderWayEndsWithTheRightOfItsPeer() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (HttpApplication application =
            answering(
                (request, out) -> {
                  if (request.target().equals("/begun")) {
                    HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart");
                  }
                  over.await();
                });
        RunningProxy in = inbound(application)) {
      String before = outbound(in, SERVER);
      try (RunningProxy out = RunningProxy.with(pki, before);
          HttpPeer begun = HttpPeer.over(out.connect("out"));
          HttpPeer waiting = HttpPeer.over(out.connect("out"))) {
        begun.send("GET /begun HTTP/1.1\r\nHost: x\r\n\r\n");
        begun.readHead();
        waiting.send("GET /waiting HTTP/1.1\r\nHost: x\r\n\r\n");
        application.next();
        application.next();

        out.rewrite(before.replace("test/server", "test/else"));
        assertThat(out.reload().problems()).isEmpty();

        assertThat(waiting.read().status()).isEqualTo(502);
        out.awaitClosed("out", CloseReason.NO_LONGER_ALLOWED, 1);
        out.awaitMetric(OUTSTANDING, 0);
        out.awaitMetric(ACTIVE, 0);
      } finally {
        over.countDown();
      }
    }
  }

  @Test
  void whereHttp2IsNotSpokenTheRequestFails() throws Exception {
    try (HttpApplication peer =
            HttpApplication.answeringTls(
                pki.context(pki.server()), (request, out) -> HttpApplication.write(out, OK));
        RunningProxy out =
            RunningProxy.with(
                pki,
                """
                outbound.out {
                  listen = "127.0.0.1:0", connect = "%s", identity = client, protocol = http
                  alpn = [ h2 ], %s
                }
                """
                    .formatted(peer.address(), SERVER));
        HttpPeer caller = HttpPeer.over(out.connect("out"))) {
      assertThat(caller.get("/").status()).isEqualTo(502);
    }
  }
}

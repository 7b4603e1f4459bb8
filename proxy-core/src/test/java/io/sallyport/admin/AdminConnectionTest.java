package io.sallyport.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.util.NetUtil;
import io.sallyport.config.Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.Level;

class AdminConnectionTest {

  private static final String OK =
      """
      HTTP/1.1 200 OK
      content-type: text/plain; charset=utf-8
      content-length: 5
      cache-control: no-store
      x-content-type-options: nosniff
      """;

  private final StagedProxy proxy = new StagedProxy();
  private SocketAddress remote = new InetSocketAddress(InetAddress.getLoopbackAddress(), 40000);
  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          AdminServer.codec(),
          new FlowControlHandler(),
          new AdminConnection(
              AdminPages.everything(proxy, StagedProxy.METRICS, proxy.log, true),
              BrowserGuard.forListen(new Address.Tcp("127.0.0.1", 9901)),
              new OpenConnections(1),
              Duration.ofSeconds(10))) {
        @Override
        protected SocketAddress remoteAddress0() {
          return remote;
        }
      };

  @BeforeEach
  void stopTheClock() {
    channel.freezeTime();
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void answersAndKeepsTheConnection() {
    assertThat(send("GET /livez HTTP/1.1\nHost: localhost\n\n")).isEqualTo(OK + "\nlive\n");
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void aPageMayTakeABody() {
    String answer =
        send("PUT /loglevel HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\n\n2\nde\n")
            + send("3\nbug\n0\n\n");

    assertThat(answer).startsWith("HTTP/1.1 200 ").endsWith("\n\ndebug\n");
    assertThat(proxy.log.level).isEqualTo(Level.DEBUG);
    assertThat(send("PUT /loglevel HTTP/1.1\nHost: localhost\nContent-Length: 4\n\nwarn"))
        .endsWith("\n\nwarn\n");
  }

  @Test
  void whoIsElsewhereReadsAndChangesNothing() {
    remote = new InetSocketAddress(NetUtil.createInetAddressFromIpAddressString("192.0.2.1"), 1);

    assertThat(send("GET /status HTTP/1.1\nHost: localhost\n\n")).startsWith("HTTP/1.1 200 ");
    assertThat(send("POST /drain HTTP/1.1\nHost: localhost\n\n")).startsWith("HTTP/1.1 403 ");
    assertThat(proxy.drains).hasValue(0);
  }

  @Test
  void whoComesByAUnixSocketIsHere() {
    remote = new DomainSocketAddress("/run/sallyport.sock");

    assertThat(send("POST /drain HTTP/1.1\nHost: localhost\n\n")).startsWith("HTTP/1.1 202 ");
    assertThat(proxy.drains).hasValue(1);
  }

  @Test
  void theQueryIsNotPartOfThePath() {
    assertThat(send("GET /livez?verbose=/status HTTP/1.1\nHost: localhost\n\n"))
        .startsWith("HTTP/1.1 200 ");
  }

  @Test
  void headIsGetWithoutTheBody() {
    assertThat(send("HEAD /livez HTTP/1.1\nHost: localhost\n\n")).isEqualTo(OK + "\n");
  }

  @Test
  void closesWhenAsked() {
    assertThat(send("GET /livez HTTP/1.1\nHost: localhost\nConnection: close\n\n"))
        .isEqualTo(OK + "connection: close\n\nlive\n");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void http10ClosesUnlessAskedToKeep() {
    assertThat(send("GET /livez HTTP/1.0\nHost: localhost\nConnection: keep-alive\n\n"))
        .isEqualTo(OK + "connection: keep-alive\n\nlive\n");
    assertThat(channel.isOpen()).isTrue();

    assertThat(send("GET /livez HTTP/1.0\nHost: localhost\n\n"))
        .isEqualTo(OK + "connection: close\n\nlive\n");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void answersPipelinedRequestsInOrder() {
    String answers =
        send(
            """
            HEAD /readyz HTTP/1.1
            Host: localhost

            POST /drain HTTP/1.1
            Host: localhost
            Content-Length: 4

            {}
            GET /readyz HTTP/1.1
            Host: localhost

            GET /nowhere HTTP/1.1
            Host: localhost

            """);

    assertThat(answers.lines().filter(line -> line.startsWith("HTTP/1.1 ")))
        .containsExactly(
            "HTTP/1.1 200 OK",
            "HTTP/1.1 202 Accepted",
            "HTTP/1.1 503 Service Unavailable",
            "HTTP/1.1 404 Not Found");
  }

  @Test
  void nothingIsDoneBeforeTheRequestIsComplete() {
    send("POST /drain HTTP/1.1\nHost: localhost\nContent-Length: 2\n\n{");
    assertThat(proxy.drains).hasValue(0);

    send("}");
    assertThat(proxy.drains).hasValue(1);
  }

  @Test
  void aCrossSitePostDoesNothing() {
    String answer = send("POST /drain HTTP/1.1\nHost: localhost\nOrigin: http://evil.example\n\n");

    assertThat(answer).startsWith("HTTP/1.1 403 Forbidden\n");
    assertThat(proxy.drains).hasValue(0);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void nothingAfterARefusalCounts() {
    String answers =
        send(
            """
            GET /livez HTTP/1.1
            Host: evil.example

            POST /drain HTTP/1.1
            Host: localhost

            """);

    assertThat(answers).startsWith("HTTP/1.1 403 ").containsOnlyOnce("HTTP/1.1");
    assertThat(proxy.drains).hasValue(0);
  }

  @Test
  void anotherMethodIsToldWhichOnesThereAre() {
    assertThat(send("DELETE /status HTTP/1.1\nHost: localhost\n\n"))
        .startsWith("HTTP/1.1 405 Method Not Allowed\n")
        .contains("\nallow: GET, HEAD\n");
    assertThat(channel.isOpen()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET http://localhost/livez HTTP/1.1\nHost: localhost\n\n",
        "CONNECT localhost:80 HTTP/1.1\nHost: localhost\n\n",
        "OPTIONS * HTTP/1.1\nHost: localhost\n\n",
        "GET /livez HTTP/1.1\n\n",
        "GET /livez HTTP/1.1\nHost: localhost\nno colon\n\n",
        "GET /livez HTTP/1.1\nHost: localhost\nBad\u0000: x\n\n",
        "POST /drain HTTP/1.1\nHost: localhost\nContent-Length: 1\nTransfer-Encoding: chunked\n\n0\n\n",
        "POST /drain HTTP/1.1\nHost: localhost\nContent-Length: 1, 2\n\n{}",
        "POST /drain HTTP/1.1\nHost: localhost\nContent-Length: -1\n\n",
        "POST /drain HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\n\nzz\n",
        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\n\n"
      })
  void whatIsNoPlainRequestIsRefused(String request) {
    assertThat(send(request)).startsWith("HTTP/1.1 400 Bad Request\n").endsWith("\n");
    assertThat(channel.isOpen()).isFalse();
    assertThat(proxy.drains).hasValue(0);
  }

  @Test
  void otherVersionsAreRefused() {
    assertThat(send("PRI * HTTP/2.0\n\nSM\n\n")).startsWith("HTTP/1.1 505 ");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aLongRequestLineIsRefused() {
    assertThat(send("GET /" + "a".repeat(9000))).startsWith("HTTP/1.1 414 ");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void manyHeadersAreRefused() {
    String head = "GET /livez HTTP/1.1\nHost: localhost\n" + "X: y\n".repeat(3000);

    assertThat(send(head)).startsWith("HTTP/1.1 431 ").containsOnlyOnce("HTTP/1.1");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aLargeBodyIsRefusedBeforeItIsSent() {
    String head = "POST /drain HTTP/1.1\nHost: localhost\nContent-Length: 1025\n";

    assertThat(send(head + "Expect: 100-continue\n\n"))
        .startsWith("HTTP/1.1 413 ")
        .containsOnlyOnce("HTTP/1.1");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aBodyThatGrowsPastTheLimitIsRefused() {
    String chunk = "200\n" + "x".repeat(512) + "\n";
    String head = "POST /drain HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\n\n";
    assertThat(send(head + chunk + chunk)).isEmpty();

    assertThat(send(chunk + "0\n\n")).startsWith("HTTP/1.1 413 ");
    assertThat(channel.isOpen()).isFalse();
    assertThat(proxy.drains).hasValue(0);
  }

  @Test
  void aClientThatWaitsToBeAskedForItsBodyIsAsked() {
    String head = "POST /drain HTTP/1.1\nHost: localhost\nContent-Length: 2\n";
    assertThat(send(head + "Expect: 100-continue\n\n")).isEqualTo("HTTP/1.1 100 Continue\n\n");

    assertThat(send("{}")).startsWith("HTTP/1.1 202 ");
  }

  @Test
  void aClientThatTricklesIsClosedAtTheDeadline() {
    for (int second = 0; second < 9; second++) {
      send("G");
      advance(Duration.ofSeconds(1));
    }
    assertThat(channel.isOpen()).isTrue();

    advance(Duration.ofSeconds(1));

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void anAnswerStartsTheClockAnew() {
    advance(Duration.ofSeconds(9));
    send("GET /livez HTTP/1.1\nHost: localhost\n\n");
    advance(Duration.ofSeconds(9));
    assertThat(channel.isOpen()).isTrue();

    advance(Duration.ofSeconds(1));

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aFaultOfOursTellsTheClientNothing() {
    EmbeddedChannel faulty =
        new EmbeddedChannel(
            AdminServer.codec(),
            new AdminConnection(
                AdminPages.probes(
                    proxy,
                    new MetricsPage(
                        StagedProxy.PROMETHEUS_TEXT,
                        () -> {
                          throw new IllegalStateException("the secret");
                        }),
                    Map.of()),
                BrowserGuard.forProbes(),
                new OpenConnections(1),
                Duration.ofSeconds(10)));

    faulty.writeInbound(bytes("GET /metrics HTTP/1.1\nHost: pod\n\n"));

    assertThat(output(faulty)).startsWith("HTTP/1.1 500 ").doesNotContain("secret");
    faulty.finishAndReleaseAll();
  }

  /** Line feeds go out as CRLF, and what comes back is shown the same way. */
  private String send(String request) {
    channel.writeInbound(bytes(request));
    return output(channel);
  }

  private void advance(Duration time) {
    channel.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
    channel.runScheduledPendingTasks();
  }

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text.replace("\n", "\r\n"), StandardCharsets.ISO_8859_1);
  }

  private static String output(EmbeddedChannel channel) {
    StringBuilder output = new StringBuilder();
    for (ByteBuf part; (part = channel.readOutbound()) != null; part.release()) {
      output.append(part.toString(StandardCharsets.UTF_8));
    }
    return output.toString().replace("\r\n", "\n");
  }
}

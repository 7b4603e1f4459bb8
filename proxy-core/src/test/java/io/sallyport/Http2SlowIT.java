package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Error;
import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.FieldBlock;
import io.sallyport.rig.Http2Frame;
import io.sallyport.rig.Http2Peer;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.Payload;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Peers of HTTP/2 that begin something and do not go on with it. */
final class Http2SlowIT {

  private static final String START = Http2Peer.PREFACE + Http2Frame.settings().wire();
  private static final String GET = FieldBlock.request("GET", "/slow");

  private final Pki pki;
  private final RecordedLog log = RecordedLog.start();
  private HttpApplication application;

  Http2SlowIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @BeforeEach
  void start() {
    application = HttpApplication.start();
  }

  @AfterEach
  void stop() throws IOException {
    application.close();
    assertThat(log.faults()).isEmpty();
    log.close();
  }

  private RunningProxy proxy(String more) {
    return proxy(application, more);
  }

  private RunningProxy proxy(HttpApplication application, String more) {
    return RunningProxy.with(
        pki,
        """
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
          %s
        }
        """
            .formatted(application.address(), more));
  }

  private Http2Peer silent(RunningProxy proxy) throws IOException {
    return Http2Peer.silent(pki, pki.client(), proxy.port("web"));
  }

  static Stream<Arguments> whoDoesNotGoOnWithAHeadIsSentAway() {
    Http2Frame begun = new Http2Frame(Http2Frame.HEADERS, Http2Frame.END_STREAM, 1, GET);
    String whole = Http2Frame.request(1, GET).wire();
    return Stream.of(
        Arguments.of("nothing", ""),
        Arguments.of("the first byte of a preface", "P"),
        Arguments.of("half a preface", Http2Peer.PREFACE.substring(0, 12)),
        Arguments.of("a preface", Http2Peer.PREFACE),
        Arguments.of("a preface and half of SETTINGS", START.substring(0, START.length() - 4)),
        Arguments.of("half the head of a frame", START + whole.substring(0, 4)),
        Arguments.of("the head of a frame", START + whole.substring(0, 9)),
        Arguments.of(
            "a frame but for its last byte", START + whole.substring(0, whole.length() - 1)),
        Arguments.of("a head without its end", START + begun.wire()),
        Arguments.of(
            "a head without its end, in two frames",
            START + begun.wire() + Http2Frame.continuation(1, 0, FieldBlock.of("a", "b")).wire()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void whoDoesNotGoOnWithAHeadIsSentAway(String name, String wire) throws Exception {
    try (RunningProxy proxy = proxy("http.header-timeout = 500ms");
        Http2Peer peer = silent(proxy).acknowledgingNothing()) {
      if (!wire.isEmpty()) {
        peer.send(wire);
      }
      peer.awaitEnd();

      assertThat(application.accepted()).isZero();
      assertThat(log.connections("web", 1).get(0).field("reason")).isEqualTo("header_timeout");
    }
  }

  /** As pools of connections do that are kept ready. */
  @Test
  void whoHasBegunToSpeakMayWaitWithTheFirstRequest() throws Exception {
    try (RunningProxy proxy = proxy("http.header-timeout = 500ms");
        Http2Peer ready = Http2Peer.open(pki, pki.client(), proxy.port("web"));
        Http2Peer later = silent(proxy).acknowledgingNothing()) {
      later.awaitEnd();

      assertThat(ready.get("/").status()).isEqualTo(200);
    }
  }

  @Test
  void whoDoesNotGoOnWithALaterHeadIsSentAwayToo() throws Exception {
    try (RunningProxy proxy = proxy("http.header-timeout = 500ms");
        Http2Peer peer = Http2Peer.open(pki, pki.client(), proxy.port("web"))) {
      assertThat(peer.get("/").status()).isEqualTo(200);
      peer.send(Http2Frame.request(3, GET).wire().substring(0, 20));
      peer.awaitEnd();

      assertThat(log.connections("web", 1).get(0).field("reason")).isEqualTo("header_timeout");
    }
  }

  @Test
  void whoSendsAHeadByteByByteHasNoMoreTimeForIt() throws Exception {
    try (RunningProxy proxy = proxy("http.header-timeout = 500ms");
        Http2Peer peer = Http2Peer.open(pki, pki.client(), proxy.port("web"))) {
      String wire =
          new Http2Frame(Http2Frame.HEADERS, 0, 1, FieldBlock.of("a", "b".repeat(16_000))).wire();
      int[] sent = {0};
      Eventually.holds(
          "its connection ends",
          () -> {
            try {
              peer.send(wire.substring(sent[0], ++sent[0]));
              return false;
            } catch (IOException e) {
              return true;
            }
          });
      assertThat(log.connections("web", 1).get(0).field("reason")).isEqualTo("header_timeout");
    }
  }

  @Test
  void whoAsksForNothingAnyMoreIsToldToGo() throws Exception {
    try (RunningProxy proxy = proxy("idle-timeout = 500ms");
        Http2Peer peer = Http2Peer.open(pki, pki.client(), proxy.port("web"))) {
      assertThat(peer.get("/").status()).isEqualTo(200);
      peer.awaitEnd();

      assertThat(peer.goAways()).isNotEmpty().allMatch(each -> each.error() == Http2Error.NO_ERROR);
      assertThat(log.connections("web", 1).get(0).field("reason")).isEqualTo("idle_timeout");
    }
  }

  @Test
  void whoOpensWindowsAndReadsNothingIsSentAway() throws Exception {
    long bytes = 64L * Payload.MIB;
    CountDownLatch over = new CountDownLatch(1);
    try (HttpApplication large =
            HttpApplication.answering(
                (request, out) -> {
                  HttpApplication.write(
                      out, "HTTP/1.1 200 OK\r\nContent-Length: " + bytes + "\r\n\r\n");
                  try {
                    new Payload(7, bytes).write(out);
                  } finally {
                    over.countDown();
                  }
                });
        RunningProxy proxy = proxy(large, "http.send-timeout = 1s");
        Http2Peer peer =
            Http2Peer.open(
                pki, pki.client(), proxy.port("web"), Http2Frame.INITIAL_WINDOW_SIZE, bytes)) {
      peer.send(Http2Frame.windowUpdate(0, bytes), Http2Frame.request(1, GET));

      proxy.awaitClosed("web", CloseReason.SEND_TIMEOUT, 1);
      assertThat(over.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(log.connections("web", 1).get(0).field("reason")).isEqualTo("send_timeout");
    }
  }

  @Test
  void whoNeverOpensTheWindowOfAnAnswerIsSentAway() throws Exception {
    try (RunningProxy proxy = proxy("idle-timeout = 500ms");
        Http2Peer peer =
            Http2Peer.open(
                pki, pki.client(), proxy.port("web"), Http2Frame.INITIAL_WINDOW_SIZE, 0)) {
      int stream = peer.nextStream();
      peer.send(Http2Frame.request(stream, GET));
      assertThat(peer.answerBegun(stream).status()).isEqualTo(200);
      peer.awaitEnd();

      assertThat(log.connections("web", 1).get(0).field("reason")).isEqualTo("idle_timeout");
    }
  }
}

package io.sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.http.HostileFrames.HostileFrame;
import io.sallyport.http.HostileHeads.HostileHead;
import io.sallyport.rig.FieldBlock;
import io.sallyport.rig.Http2Frame;
import io.sallyport.rig.Http2Peer;
import io.sallyport.rig.Http2Peer.Answer;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every hostile request of HTTP/2, sent over TLS by a peer that may be here: it is refused as it
 * should, the application, which writes down all that comes, has seen nothing of it, and who sent
 * something else is served.
 */
final class HostileHttp2IT {

  private static Pki pki;
  private static RecordedLog log;
  private static HttpApplication application;
  private static RunningProxy proxy;

  @BeforeAll
  static void start(@TempDir Path folder) throws IOException {
    log = RecordedLog.start();
    pki = new Pki(folder);
    application =
        HttpApplication.answering(
            (request, out) -> {
              request.body().readAllBytes();
              HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            });
    proxy =
        RunningProxy.with(
            pki,
            """
            defaults.inbound {
              listen = "127.0.0.1:0", forward = "%s", protocol = http
            }
            inbound.web { allow = [ { uri = "spiffe://test/client" } ] }
            inbound.ruled {
              allow = [ { uri = "spiffe://test/client", methods = GET
                          hosts = localhost, paths = [ "/", "/api/*" ] } ]
            }
            """
                .formatted(application.address()));
  }

  @AfterAll
  static void stop() throws IOException {
    proxy.close();
    application.close();
    assertThat(log.faults()).isEmpty();
    log.close();
  }

  private static Http2Peer peer(String listener) throws IOException {
    return Http2Peer.open(pki, pki.client(), proxy.port(listener));
  }

  /** That it is served, and that the application has seen this and nothing before it. */
  private static void assertServed(Http2Peer peer) throws Exception {
    assertThat(peer.get("/").status()).isEqualTo(200);
    assertThat(application.next().line()).isEqualTo("GET / HTTP/1.1");
    assertThat(application.others()).isEmpty();
  }

  private static void assertOthersAreServed() throws Exception {
    try (Http2Peer other = peer("web")) {
      assertServed(other);
    }
  }

  static Stream<HostileHead> everyHostileHeadIsRefusedAndTheApplicationSeesNothingOfIt() {
    return HostileHeads.all();
  }

  @ParameterizedTest
  @MethodSource
  void everyHostileHeadIsRefusedAndTheApplicationSeesNothingOfIt(HostileHead head)
      throws Exception {
    try (Http2Peer peer = peer("web")) {
      int stream = peer.nextStream();
      peer.send(Http2Frame.request(stream, head.block()));

      head.assertRefused(peer.answer(stream));
      assertServed(peer);
    }
  }

  static Stream<HostileHead> aHostileHeadIsRefusedAsWellWhileItsBodyIsStillToCome() {
    return HostileHeads.all().filter(head -> !head.name().startsWith("content-length and no body"));
  }

  @ParameterizedTest
  @MethodSource
  void aHostileHeadIsRefusedAsWellWhileItsBodyIsStillToCome(HostileHead head) throws Exception {
    try (Http2Peer peer = peer("web")) {
      int stream = peer.nextStream();
      peer.send(Http2Frame.head(stream, head.block()));

      head.assertRefused(peer.answer(stream));
      assertServed(peer);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET,  localhost,    /api/items,      200",
    "GET,  localhost,    /%61pi/items,    200",
    "GET,  localhost:1,  /api/items,      200",
    "GET,  LOCALHOST,    /api/items?a=/,  200",
    "GET,  localhost,    /private,        403",
    "POST, localhost,    /api/items,      403",
    "get,  localhost,    /api/items,      403",
    "GET,  127.0.0.1,    /api/items,      403",
    "GET,  localhost,    /api/../private, 400",
    "GET,  localhost,    /api/./items,    400",
    "GET,  localhost,    /api/%2e%2e/x,   400",
    "GET,  localhost,    /api/%2E,        400",
    "GET,  localhost,    /api//items,     400",
    "GET,  localhost,    //api/items,     400",
    "GET,  localhost,    /api/x%2fy,      400",
    "GET,  localhost,    /api/x%5cy,      400",
    "GET,  localhost,    /api/x;y=z,      400",
    "GET,  localhost,    /api/%3b,        400",
    "GET,  localhost,    /api/%c0%ae,     400",
    "GET,  localhost,    /api/%00,        400",
    "GET,  localhost,    /api/%252e,      400",
    "GET,  localhost,    /api/a\\b,       400",
    "GET,  localhost,    /api/%zz,        400",
    "GET,  localhost,    /api/%,          400",
  })
  void rulesJudgeMethodHostAndPath(String method, String authority, String path, int status)
      throws Exception {
    try (Http2Peer peer = peer("ruled")) {
      int stream = peer.nextStream();
      String fields =
          FieldBlock.of(
              ":method", method, ":scheme", "https", ":authority", authority, ":path", path);
      peer.send(Http2Frame.request(stream, fields));
      Answer answer = peer.answer(stream);

      assertThat(answer.status()).isEqualTo(status);
      assertThat(answer.ended()).isTrue();
      assertThat(answer.body()).doesNotContain("rule", "spiffe", "api");
      if (status == 200) {
        assertThat(application.next().target()).isEqualTo(path);
      }
      assertServed(peer);
    }
  }

  static Stream<HostileFrame> everyHostileFrameHasItsEnding() {
    return HostileFrames.all();
  }

  @ParameterizedTest
  @MethodSource
  void everyHostileFrameHasItsEnding(HostileFrame frame) throws Exception {
    try (Http2Peer peer = Http2Peer.silent(pki, pki.client(), proxy.port("web"))) {
      peer.usingStreamsFrom(HostileFrames.UNUSED_STREAM).send(frame.wire());

      switch (frame.ending()) {
        case STREAM -> {
          Answer answer = peer.answer(1);
          if (answer.reset() == null) {
            assertConnectionError(peer, frame);
          } else {
            assertThat(answer.reset()).isIn(frame.errors());
            assertServed(peer);
          }
        }
        case CONNECTION -> assertConnectionError(peer, frame);
        case CLOSE -> peer.awaitEnd();
        case NONE -> assertServed(peer);
      }
      assertThat(application.others()).isEmpty();
    }
    assertOthersAreServed();
  }

  /** RFC 9113 §5.4.1: GOAWAY, and the end of the connection. */
  private static void assertConnectionError(Http2Peer peer, HostileFrame frame) throws IOException {
    peer.awaitEnd();
    assertThat(peer.goAways()).isNotEmpty();
    assertThat(peer.goAways().get(peer.goAways().size() - 1).error()).isIn(frame.errors());
  }
}

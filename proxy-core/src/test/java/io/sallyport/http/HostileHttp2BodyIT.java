package io.sallyport.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Error;
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
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests of HTTP/2 whose heads are in order, and what follows is not: the application, which has
 * seen the head by then, never sees the end of such a request.
 */
final class HostileHttp2BodyIT {

  private static Pki pki;

  private final RecordedLog log = RecordedLog.start();

  /** What the application has taken for whole: the request line and the body behind it. */
  private final Queue<String> whole = new ConcurrentLinkedQueue<>();

  @BeforeAll
  static void issue(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @AfterEach
  void stop() {
    assertThat(log.faults()).isEmpty();
    log.close();
  }

  /**
   * @param errors with any of which the stream is reset, or the connection ends
   * @param frames what follows the head, on stream 1
   */
  record HostileBody(
      String name, List<Http2Error> errors, List<String> fields, List<Http2Frame> frames) {
    String head() {
      return FieldBlock.request("POST", "/hostile", fields.toArray(String[]::new));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static HostileBody length(String name, String length, Http2Frame... frames) {
    return new HostileBody(
        name,
        List.of(Http2Error.PROTOCOL_ERROR),
        List.of("content-length", length),
        List.of(frames));
  }

  private static HostileBody trailers(String name, String... fields) {
    return new HostileBody(
        name,
        List.of(Http2Error.PROTOCOL_ERROR),
        List.of(),
        List.of(Http2Frame.data(1, "abc"), Http2Frame.trailers(1, FieldBlock.of(fields))));
  }

  private static HostileBody frames(String name, Http2Error error, Http2Frame... frames) {
    return new HostileBody(name, List.of(error), List.of(), List.of(frames));
  }

  static Stream<HostileBody> isResetAndItsApplicationSeesNoEndOfIt() {
    Http2Frame abc = Http2Frame.data(1, "abc");
    Http2Frame lastAbc = Http2Frame.lastData(1, "abc");
    Http2Frame end = Http2Frame.lastData(1, "");
    return Stream.of(
        length("a body that is shorter than it said", "5", lastAbc),
        length("a body that is shorter, and its end apart", "5", abc, end),
        length("a body that is shorter by one", "4", lastAbc),
        length("a body of nothing that was to be something", "5", end),
        length("a body that is longer than it said", "2", lastAbc),
        length("a body that is longer, in its second part", "5", abc, lastAbc),
        length("a body that is longer, and no end", "4", abc, abc),
        length(
            "a body that is shorter, and trailers",
            "5",
            abc,
            Http2Frame.trailers(1, FieldBlock.of("x-a", "b"))),
        length(
            "a body with a length that its padding would fill",
            "5",
            new Http2Frame(
                Http2Frame.DATA, Http2Frame.PADDED | Http2Frame.END_STREAM, 1, "\2abc\0\0")),
        length("a body with a large length", "9223372036854775807", lastAbc),
        trailers("trailers with :path", ":path", "/admin"),
        trailers("trailers with :method", ":method", "DELETE"),
        trailers("trailers with :authority", ":authority", "evil.example"),
        trailers("trailers with :status", ":status", "200"),
        trailers("trailers with an unknown one", ":foo", "bar"),
        trailers("trailers with a pseudo-header field behind", "x-a", "b", ":path", "/admin"),
        trailers("trailers in upper case", "X-A", "b"),
        trailers("trailers with CR LF", "x-a", "b\r\nc: d"),
        trailers("trailers with LF", "x-a", "b\nc"),
        trailers("trailers with NUL", "x-a", "b\0"),
        trailers("trailers with an end of chunks", "x-a", "b\r\n\r\nGET /admin HTTP/1.1\r\n\r\n"),
        trailers("trailers with CR LF in a name", "x-a\r\nb", "c"),
        trailers("trailers with a blank in front of a value", "x-a", " b"),
        trailers("trailers with an empty name", "", "b"),
        trailers("trailers with a colon in a name", "x:a", "b"),
        trailers("trailers with connection", "connection", "close"),
        trailers("trailers with transfer-encoding", "transfer-encoding", "chunked"),
        trailers("trailers with upgrade", "upgrade", "websocket"),
        trailers("trailers with keep-alive", "keep-alive", "timeout=5"),
        trailers("trailers with te", "te", "gzip"),
        frames(
            "a second head that is no end",
            Http2Error.PROTOCOL_ERROR,
            abc,
            Http2Frame.head(1, FieldBlock.of("x-a", "b"))),
        frames(
            "a whole second head",
            Http2Error.PROTOCOL_ERROR,
            Http2Frame.request(1, FieldBlock.request("GET", "/admin"))),
        frames(
            "DATA with more padding than frame",
            Http2Error.PROTOCOL_ERROR,
            new Http2Frame(Http2Frame.DATA, Http2Frame.PADDED, 1, "\5a")),
        frames(
            "DATA without the length of its padding",
            Http2Error.FRAME_SIZE_ERROR,
            new Http2Frame(Http2Frame.DATA, Http2Frame.PADDED, 1, "")),
        frames(
            "DATA of one byte too many",
            Http2Error.FRAME_SIZE_ERROR,
            Http2Frame.data(1, "x".repeat(16_385))),
        frames("a window of nothing", Http2Error.PROTOCOL_ERROR, Http2Frame.windowUpdate(1, 0)),
        frames(
            "a window of more than 2^31-1",
            Http2Error.FLOW_CONTROL_ERROR,
            Http2Frame.windowUpdate(1, 0x7fffffff)),
        frames(
            "a window of more than 2^31-1 by SETTINGS",
            Http2Error.FLOW_CONTROL_ERROR,
            Http2Frame.windowUpdate(1, 0x7fffffff - 65_535),
            Http2Frame.settings(Http2Frame.INITIAL_WINDOW_SIZE, 65_536)),
        frames(
            "a stream that depends on another in half",
            Http2Error.FRAME_SIZE_ERROR,
            new Http2Frame(Http2Frame.PRIORITY, 0, 1, "\0\0\0\0")));
  }

  private HttpApplication application() {
    return HttpApplication.answering(
        (request, out) -> {
          String body = new String(request.body().readAllBytes(), ISO_8859_1);
          whole.add(request.line() + body);
          HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
  }

  private static RunningProxy proxy(HttpApplication application) {
    return RunningProxy.with(
        pki,
        """
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", protocol = http
          allow = [ { uri = "spiffe://test/client" } ]
        }
        """
            .formatted(application.address()));
  }

  private static Http2Peer peer(RunningProxy proxy) throws IOException {
    return Http2Peer.open(pki, pki.client(), proxy.port("web"));
  }

  /** Waits until the application has the head of the request. */
  private static void awaitHead(HttpApplication application) throws InterruptedException {
    assertThat(application.next().line()).isEqualTo("POST /hostile HTTP/1.1");
  }

  /** Waits until the application has seen its request break off. */
  private static void assertBrokenOff(HttpApplication application) throws InterruptedException {
    assertThat(application.nextEnding()).containsAnyOf("within a", "reset");
  }

  @ParameterizedTest
  @MethodSource
  void isResetAndItsApplicationSeesNoEndOfIt(HostileBody body) throws Exception {
    try (HttpApplication application = application();
        RunningProxy proxy = proxy(application);
        Http2Peer peer = peer(proxy)) {
      int stream = peer.nextStream();
      peer.send(Http2Frame.head(stream, body.head()));
      awaitHead(application);
      for (Http2Frame frame : body.frames()) {
        peer.send(frame);
      }
      Answer answer = peer.answer(stream);

      if (answer.status() != 0) {
        assertThat(answer.status()).isEqualTo(400);
      } else if (answer.reset() != null) {
        assertThat(answer.reset()).isIn(body.errors());
      } else {
        peer.awaitEnd();
        assertThat(peer.goAways()).isNotEmpty();
        assertThat(peer.goAways().get(peer.goAways().size() - 1).error()).isIn(body.errors());
      }
      assertBrokenOff(application);
      assertThat(whole).isEmpty();
      try (Http2Peer other = peer(proxy)) {
        assertThat(other.get("/").status()).isEqualTo(200);
        assertThat(whole).containsExactly("GET / HTTP/1.1");
      }
    }
  }

  /** The same when the end comes at once with the beginning, as it mostly does. */
  @ParameterizedTest
  @MethodSource("isResetAndItsApplicationSeesNoEndOfIt")
  void isNotTakenForWholeWhenAllOfItComesAtOnce(HostileBody body) throws Exception {
    try (HttpApplication application = application();
        RunningProxy proxy = proxy(application);
        Http2Peer peer = peer(proxy)) {
      StringBuilder wire = new StringBuilder(Http2Frame.head(1, body.head()).wire());
      body.frames().forEach(frame -> wire.append(frame.wire()));
      peer.usingStreamsFrom(3).send(wire.toString());
      Answer answer = peer.answer(1);

      assertThat(answer.status()).isIn(0, 400);
      try (Http2Peer other = peer(proxy)) {
        assertThat(other.get("/").status()).isEqualTo(200);
        assertThat(whole).containsExactly("GET / HTTP/1.1");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"content-length", "host", "trailer", "expect"})
  void aTrailerThatBelongsIntoTheHeadNeverReachesTheApplication(String name) throws Exception {
    try (HttpApplication application = application();
        RunningProxy proxy = proxy(application);
        Http2Peer peer = peer(proxy)) {
      int stream = peer.nextStream();
      peer.send(Http2Frame.head(stream, FieldBlock.request("POST", "/hostile")));
      HttpApplication.Request request = application.next();
      peer.send(Http2Frame.data(stream, "abc"));
      peer.send(Http2Frame.trailers(stream, FieldBlock.of(name, "3")));
      Answer answer = peer.answer(stream);

      if (answer.status() == 200) {
        assertThat(whole).containsExactly("POST /hostile HTTP/1.1abc");
        assertThat(request.trailers().toLowerCase(Locale.ROOT)).doesNotContain(name);
      } else {
        HostileHeads.assertMalformed(answer);
        assertBrokenOff(application);
        assertThat(whole).isEmpty();
      }
    }
  }

  /** Its head alone makes it whole to the application. */
  @Test
  void aBodyThatWasToBeNothingIsRefusedAndNothingOfItArrives() throws Exception {
    try (HttpApplication application = application();
        RunningProxy proxy = proxy(application);
        Http2Peer peer = peer(proxy)) {
      int stream = peer.nextStream();
      peer.send(
          Http2Frame.head(stream, FieldBlock.request("POST", "/hostile", "content-length", "0")),
          Http2Frame.lastData(stream, "GET /admin HTTP/1.1\r\nHost: localhost\r\n\r\n"));
      Answer answer = peer.answer(stream);

      if (answer.status() != 200) { // it may be older than what is wrong
        HostileHeads.assertMalformed(answer);
      }
      assertThat(peer.get("/").status()).isEqualTo(200);
      assertThat(whole).isSubsetOf("POST /hostile HTTP/1.1", "GET / HTTP/1.1");
    }
  }

  @Test
  void aStreamThatIsResetBreaksOffAtTheApplication() throws Exception {
    try (HttpApplication application = application();
        RunningProxy proxy = proxy(application);
        Http2Peer peer = peer(proxy)) {
      int stream = peer.nextStream();
      peer.send(Http2Frame.head(stream, FieldBlock.request("POST", "/hostile")));
      awaitHead(application);
      peer.send(Http2Frame.data(stream, "abc"));
      peer.send(Http2Frame.reset(stream, Http2Error.CANCEL));

      assertBrokenOff(application);
      assertThat(peer.get("/").status()).isEqualTo(200);
      assertThat(whole).containsExactly("GET / HTTP/1.1");
    }
  }

  @Test
  void aConnectionThatEndsWithinARequestBreaksItOffAtTheApplication() throws Exception {
    try (HttpApplication application = application();
        RunningProxy proxy = proxy(application);
        Http2Peer peer = peer(proxy)) {
      peer.send(Http2Frame.head(1, FieldBlock.request("POST", "/hostile")));
      peer.send(Http2Frame.data(1, "abc"));
      awaitHead(application);
      peer.close();

      assertBrokenOff(application);
      assertThat(whole).isEmpty();
    }
  }
}

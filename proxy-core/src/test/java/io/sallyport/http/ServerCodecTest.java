package io.sallyport.http;

import static io.netty.handler.codec.http.HttpResponseStatus.EARLY_HINTS;
import static io.netty.handler.codec.http.HttpResponseStatus.NOT_MODIFIED;
import static io.netty.handler.codec.http.HttpResponseStatus.NO_CONTENT;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.netty.handler.codec.http.HttpResponseStatus.SWITCHING_PROTOCOLS;
import static io.netty.handler.codec.http.HttpResponseStatus.UPGRADE_REQUIRED;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which response answers which request, and when the next one comes. */
final class ServerCodecTest {

  private static final Http1Limits LIMITS = new Http1Limits(8192, 32768, 100);
  private static final String HOST = " HTTP/1.1\r\nHost: a\r\n";
  private static final String UPGRADE =
      "GET /ws" + HOST + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

  private static final String WITH_LENGTH = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n";

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Transcript transcript = new Transcript(channel);
  private int reads;
  private int inputEnds;
  private int pauses;

  private void serve(int mostOutstanding) {
    channel
        .pipeline()
        .addLast(
            new ChannelOutboundHandlerAdapter() {
              @Override
              public void read(ChannelHandlerContext ctx) {
                reads++;
                ctx.read();
              }
            },
            new ServerCodec(LIMITS, mostOutstanding, () -> pauses++),
            new ChannelInboundHandlerAdapter() {
              @Override
              public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                if (event instanceof ChannelInputShutdownEvent) {
                  inputEnds++;
                }
              }
            });
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private static String get(String target) {
    return "GET " + target + HOST + "\r\n";
  }

  private String seen(String sent) {
    return transcript.send(sent.getBytes(ISO_8859_1)).toString();
  }

  private static HttpResponse response(HttpResponseStatus status) {
    return new DefaultHttpResponse(HttpVersion.HTTP_1_1, status);
  }

  private void answer(HttpResponseStatus status, String body) {
    HttpResponse response = response(status);
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, 5);
    channel.writeOutbound(response, content(body), LastHttpContent.EMPTY_LAST_CONTENT);
  }

  private void inform(HttpResponseStatus status) {
    channel.writeOutbound(response(status), LastHttpContent.EMPTY_LAST_CONTENT);
  }

  private static Object content(String text) {
    return new DefaultHttpContent(Unpooled.copiedBuffer(text, ISO_8859_1));
  }

  private String written() {
    StringBuilder out = new StringBuilder();
    for (ByteBuf m = channel.readOutbound(); m != null; m = channel.readOutbound()) {
      out.append(m.toString(ISO_8859_1));
      m.release();
    }
    return out.toString();
  }

  @Test
  void theAnswerToHeadHasALengthAndNoBodyWhereverItStands() {
    serve(3);
    seen(get("/a") + "HEAD /b" + HOST + "\r\n" + get("/c"));

    answer(OK, "hello");
    answer(OK, "hello");
    answer(OK, "world");

    assertThat(written()).isEqualTo(WITH_LENGTH + "hello" + WITH_LENGTH + WITH_LENGTH + "world");
  }

  @Test
  void informationAnswersNoRequest() {
    serve(2);
    seen("HEAD /a" + HOST + "\r\n" + get("/b"));

    inform(HttpResponseStatus.CONTINUE);
    inform(EARLY_HINTS);
    answer(OK, "hello");
    inform(EARLY_HINTS);
    answer(OK, "hello");

    String hints = "HTTP/1.1 103 Early Hints\r\n\r\n";
    assertThat(written())
        .isEqualTo(
            "HTTP/1.1 100 Continue\r\n\r\n" + hints + WITH_LENGTH + hints + WITH_LENGTH + "hello");
  }

  @Test
  void noContentAndNotModifiedHaveNoBody() {
    serve(2);
    seen(get("/a") + get("/b"));

    answer(NO_CONTENT, "hello");
    answer(NOT_MODIFIED, "hello");

    String notModified = "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n";
    assertThat(written()).isEqualTo("HTTP/1.1 204 No Content\r\n\r\n" + notModified);
  }

  @Test
  void chunksAreWrittenAnew() {
    serve(1);
    seen(get("/a"));
    HttpResponse response = response(OK);
    response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);

    channel.writeOutbound(response, content("hello"), LastHttpContent.EMPTY_LAST_CONTENT);

    assertThat(written())
        .isEqualTo("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  }

  @Test
  void bytesBeyondAsciiInAValueAreWrittenAsTheyAre() {
    serve(1);
    seen(get("/a"));
    HttpResponse response = response(NO_CONTENT);
    response.headers().set("X", "\u00e9\u00ff");

    channel.writeOutbound(response, LastHttpContent.EMPTY_LAST_CONTENT);

    assertThat(written()).isEqualTo("HTTP/1.1 204 No Content\r\nX: \u00e9\u00ff\r\n\r\n");
  }

  @Test
  void aRefusalCanBeAnsweredBehindTheRequestsBefore() {
    serve(2);
    assertThat(seen("HEAD /a" + HOST + "\r\nGET\r\n")).isEqualTo("HEAD a /a[] !REQUEST_LINE");

    answer(OK, "hello");
    answer(HttpResponseStatus.BAD_REQUEST, "wrong");

    assertThat(written())
        .isEqualTo(WITH_LENGTH + "HTTP/1.1 400 Bad Request\r\ncontent-length: 5\r\n\r\nwrong");
  }

  @Test
  void eachPauseOfReadingForRequestsThatAreTooManyIsToldOnce() {
    serve(2);
    seen(get("/a") + get("/b"));
    assertThat(pauses).isZero();

    seen(get("/c") + get("/d"));
    assertThat(pauses).isOne();
    answer(OK, "a");
    assertThat(seen("")).endsWith("/c[]");
    assertThat(pauses).isOne(); // one more still waits
    answer(OK, "b");
    answer(OK, "c");
    seen("");
    answer(OK, "d");
    seen(get("/e") + get("/f") + get("/g"));

    assertThat(pauses).isEqualTo(2);
  }

  @Test
  void whatWaitsForAnUpgradeIsNoPauseForRequestsThatAreTooMany() {
    serve(2);
    seen("GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nbytes");

    assertThat(pauses).isZero();
  }

  @Test
  void atLeastOneRequestIsOutstandingAtATime() {
    assertThatThrownBy(() -> new ServerCodec(LIMITS, 0, () -> {}))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theNextRequestComesWhenTheLastContentIsWritten() {
    serve(1);
    assertThat(seen(get("/a") + get("/b") + get("/c"))).isEqualTo("GET a /a[]");

    HttpResponse response = response(OK);
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, 5);
    channel.writeOutbound(response, content("hello"));
    assertThat(seen("")).isEqualTo("GET a /a[]");
    channel.writeOutbound(LastHttpContent.EMPTY_LAST_CONTENT);
    assertThat(seen("")).isEqualTo("GET a /a[] GET a /b[]");
    inform(EARLY_HINTS);
    assertThat(seen("")).isEqualTo("GET a /a[] GET a /b[]");
    answer(OK, "hello");

    assertThat(seen("")).isEqualTo("GET a /a[] GET a /b[] GET a /c[]");
  }

  @Test
  void theNextRequestDoesNotComeWithinTheWriteThatLetsItCome() {
    serve(1);
    seen(get("/a") + get("/b"));
    HttpResponse response = response(OK);
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);

    ChannelHandlerContext last = channel.pipeline().lastContext();
    last.write(response);
    last.write(LastHttpContent.EMPTY_LAST_CONTENT);
    assertThat(channel.inboundMessages()).isEmpty();
    channel.runPendingTasks();

    assertThat(transcript.read()).hasToString("GET a /a[] GET a /b[]");
  }

  @Test
  void aRequestThatIsAnsweredBeforeItsEndIsOverAtItsEnd() {
    serve(1);
    seen("POST /a" + HOST + "Content-Length: 5\r\n\r\nhe");
    answer(OK, "hello");

    assertThat(seen("llo" + get("/b"))).isEqualTo("POST a /a[hello] GET a /b[]");
  }

  @Test
  void nothingIsReadWhileRequestsWait() {
    serve(1);
    channel.config().setAutoRead(false);
    seen(get("/a"));
    channel.read();
    int before = reads;
    assertThat(before).isPositive();

    seen(get("/b"));
    channel.read();
    channel.read();
    assertThat(reads).isEqualTo(before);

    answer(OK, "hello");
    assertThat(reads).isEqualTo(before + 1);
    assertThat(transcript.read()).hasToString("GET a /a[] GET a /b[]");
  }

  @Test
  void requestsThatWaitOutliveTheEndOfTheInput() {
    serve(1);
    seen(get("/a") + get("/b"));

    channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    assertThat(inputEnds).isZero();
    answer(OK, "hello");

    assertThat(seen("")).isEqualTo("GET a /a[] GET a /b[]");
    assertThat(inputEnds).isOne();
  }

  @Test
  void requestsThatWaitAreGoneWithTheirConnection() {
    serve(1);
    seen(get("/a") + get("/b"));

    channel.close();

    assertThat(transcript.read()).hasToString("GET a /a[]");
  }

  @Test
  void bytesBehindAnUpgradeGoThroughAsTheyAreAfterThe101() {
    serve(8);
    assertThat(seen(UPGRADE + "\u0081\u0002hi" + get("/smuggled"))).isEqualTo("GET a /ws[]");

    inform(SWITCHING_PROTOCOLS);
    channel.writeOutbound(Unpooled.copiedBuffer("pong", ISO_8859_1));

    assertThat(seen("\n\0more"))
        .isEqualTo("GET a /ws[] raw(\u0081\u0002hi" + get("/smuggled") + "\n\0more)");
    assertThat(written()).isEqualTo("HTTP/1.1 101 Switching Protocols\r\n\r\npong");
  }

  @Test
  void bytesBehindAnUpgradeAreARequestAfterAnotherAnswer() {
    serve(8);
    seen(UPGRADE + get("/b"));

    inform(EARLY_HINTS);
    assertThat(seen("")).isEqualTo("GET a /ws[]");
    answer(UPGRADE_REQUIRED, "hello");

    assertThat(seen(get("/c"))).isEqualTo("GET a /ws[] GET a /b[] GET a /c[]");
  }

  @Test
  void aBodyComesBeforeTheOtherProtocol() {
    serve(1);
    seen("POST /ws" + HOST + "Upgrade: x\r\nContent-Length: 5\r\n\r\nhe");

    inform(SWITCHING_PROTOCOLS);

    assertThat(seen("llo" + get("/b"))).isEqualTo("POST a /ws[hello] raw(" + get("/b") + ")");
  }

  @Test
  void a101IsNotWrittenWhereNobodyAskedForIt() {
    serve(8);
    String asked = "GET /a HTTP/1.0\r\nHost: a\r\nUpgrade: websocket\r\n\r\n" + get("/b");
    assertThat(seen(asked)).isEqualTo("GET a /a[] GET a /b[]");

    ChannelFuture write = channel.writeOneOutbound(response(SWITCHING_PROTOCOLS));

    assertThat(write.cause()).isInstanceOf(IllegalStateException.class);
    assertThat(written()).isEmpty();
  }

  @Test
  void a101AnswersTheRequestWhoseTurnItIs() {
    serve(8);
    seen(get("/a") + UPGRADE);

    ChannelFuture early = channel.writeOneOutbound(response(SWITCHING_PROTOCOLS));
    assertThat(early.cause()).isInstanceOf(IllegalStateException.class);
    answer(OK, "hello");
    inform(SWITCHING_PROTOCOLS);

    assertThat(seen("x")).isEqualTo("GET a /a[] GET a /ws[] raw(x)");
  }

  @Test
  void leavesWhatItHoldsToTheHandlersBehindItWhenItIsRemoved() {
    serve(1);
    seen(UPGRADE + "rest");

    channel.pipeline().remove(ServerCodec.class);

    assertThat(seen("")).isEqualTo("GET a /ws[] raw(rest)");
  }
}

package io.sallyport.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What responses pass, to which requests, and what may happen to a connection afterwards. */
final class ClientCodecTest {

  private static final Http1Limits LIMITS = new Http1Limits(256, 4096, 20);
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";

  private final ClientCodec codec = new ClientCodec(LIMITS);
  private final EmbeddedChannel channel = new EmbeddedChannel(codec);
  private final Transcript transcript = new Transcript(channel);

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private static Transcript after(String requests) {
    EmbeddedChannel channel = new EmbeddedChannel(new ClientCodec(LIMITS));
    if (!requests.isEmpty()) {
      Stream.of(requests.split(" ")).forEach(request -> ask(channel, request));
    }
    channel.releaseOutbound();
    return new Transcript(channel);
  }

  private static void ask(EmbeddedChannel channel, String request) {
    HttpMethod method = request.equals("UPGRADE") ? HttpMethod.GET : HttpMethod.valueOf(request);
    HttpRequest head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, "/");
    if (request.equals("UPGRADE")) {
      head.headers().set(HttpHeaderNames.UPGRADE, "websocket");
    }
    channel.writeOutbound(head, LastHttpContent.EMPTY_LAST_CONTENT);
  }

  private String seen(String sent) {
    return transcript.send(sent.getBytes(ISO_8859_1)).toString();
  }

  private static Stream<String[]> hostileResponses() {
    return CaseFile.rows("hostile-responses.txt", 5).stream();
  }

  private static Stream<String[]> validResponses() {
    return CaseFile.rows("valid-responses.txt", 4).stream();
  }

  @ParameterizedTest(name = "{0}: {3}")
  @MethodSource("hostileResponses")
  void refusesAResponseHoweverItIsCut(
      String fault, String place, String asked, String name, String escaped) {
    byte[] bytes = CaseFile.bytes(escaped);

    assertRefused(after(asked).send(bytes), fault, place);
    assertRefused(after(asked).sendEachByte(bytes), fault, place);
    for (int i = 1; i < bytes.length; i++) {
      assertRefused(after(asked).send(bytes, i), fault, place);
    }
  }

  private static void assertRefused(Transcript transcript, String fault, String place) {
    if (place.startsWith("end-")) {
      assertThat(transcript.toString()).doesNotContain("!");
      transcript.close();
    }
    String seen = transcript.toString();
    switch (place) {
      case "head", "end-head" -> assertThat(seen).isEqualTo("!" + fault);
      case "body", "end-body" -> assertThat(seen).matches("200\\[[^\\]]* !" + fault);
      case "next" -> assertThat(seen).matches("\\d+\\[[^\\]]*\\] !" + fault);
      default -> throw new AssertionError(place);
    }
    if (!place.startsWith("end-")) {
      assertThat(transcript.send(OK.getBytes(ISO_8859_1)).close()).hasToString(seen);
    }
  }

  @ParameterizedTest(name = "{2}")
  @MethodSource("validResponses")
  void passesAResponseOnAsItIs(String seen, String asked, String name, String escaped) {
    byte[] bytes = CaseFile.bytes(escaped);
    String expected = CaseFile.text(seen);

    assertThat(after(asked).send(bytes).close()).hasToString(expected);
    assertThat(after(asked).sendEachByte(bytes).close()).hasToString(expected);
    for (int i = 1; i < bytes.length; i++) {
      assertThat(after(asked).send(bytes, i).close()).hasToString(expected);
    }
  }

  @Test
  void aBodyUpToTheEndIsNotOverBeforeTheEnd() {
    ask(channel, "GET");

    assertThat(seen("HTTP/1.1 200 OK\r\n\r\nhello")).isEqualTo("200[hello");
    assertThat(codec.isIdle()).isFalse();
    assertThat(transcript.close()).hasToString("200[hello]");
  }

  @Test
  void isNotIdleAfterABodyUpToTheEndThoughItCanStillBeWrittenTo() {
    ask(channel, "GET");
    seen("HTTP/1.1 200 OK\r\n\r\nhello");

    channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);

    assertThat(transcript.read()).hasToString("200[hello]");
    assertThat(codec.isIdle()).isFalse();
  }

  @Test
  void aConnectionThatEndsBeforeAResponseBeginsIsNoFault() {
    ask(channel, "GET");

    assertThat(transcript.close().toString()).isEmpty();
  }

  @Test
  void isIdleBetweenAResponseAndTheNextRequest() {
    assertThat(codec.isIdle()).isTrue();
    ask(channel, "GET");
    assertThat(codec.isIdle()).isFalse();
    seen(OK + "hell");
    assertThat(codec.isIdle()).isFalse();
    seen("o");
    assertThat(codec.isIdle()).isTrue();
    ask(channel, "GET");
    seen(OK + "hello");
    assertThat(codec.isIdle()).isTrue();

    seen("\r");

    assertThat(codec.isIdle()).isFalse();
  }

  @Test
  void isNotIdleAtTheEndOfAResponseThatBytesFollow() {
    List<Boolean> idle = new ArrayList<>();
    channel
        .pipeline()
        .addLast(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelRead(ChannelHandlerContext ctx, Object message) {
                if (message instanceof LastHttpContent) {
                  idle.add(codec.isIdle());
                }
                ctx.fireChannelRead(message);
              }
            });

    ask(channel, "GET");
    seen(OK + "hello");
    ask(channel, "GET");
    seen(OK + "hello" + OK);

    assertThat(idle).containsExactly(true, false);
    assertThat(transcript).hasToString("200[hello] 200[hello] !UNSOLICITED");
  }

  @Test
  void isNotIdleWhileOneOfTwoResponsesIsOutstanding() {
    ask(channel, "GET");
    ask(channel, "GET");

    seen(OK + "hello");

    assertThat(codec.isIdle()).isFalse();
  }

  @Test
  void isNotIdleBeforeTheRequestIsWrittenWhole() {
    channel.writeOutbound(new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/"));
    seen(OK + "hello");
    assertThat(codec.isIdle()).isFalse();

    channel.writeOutbound(LastHttpContent.EMPTY_LAST_CONTENT);

    assertThat(codec.isIdle()).isTrue();
  }

  @Test
  void informationWithoutEndIsRefused() {
    ask(channel, "GET");

    for (int i = 0; i < 10_000; i++) {
      seen("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n");
    }

    assertThat(transcript.toString()).isEqualTo("103[] ".repeat(10) + "!TOO_MANY_HEADERS");
  }

  @Test
  void informationWithoutFieldsAndEndIsRefused() {
    ask(channel, "GET");

    for (int i = 0; i < 10_000; i++) {
      seen("HTTP/1.1 100 Continue\r\n\r\n");
    }

    assertThat(transcript.toString()).endsWith(" !TOO_MANY_HEADERS").hasSizeLessThan(1000);
  }

  @Test
  void eachResponseHasTheLimitsForItself() {
    for (int i = 0; i < 3; i++) {
      ask(channel, "GET");
      seen("HTTP/1.1 200 OK\r\n" + "Content-Length: 0\r\n" + "X: a\r\n".repeat(19) + "\r\n");
    }

    assertThat(transcript).hasToString("200[] 200[] 200[]");
  }

  @Test
  void aRequestIsWrittenAnew() {
    HttpRequest request =
        new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "//a?u=http://b");
    request.headers().set(HttpHeaderNames.HOST, "app.example");
    request.headers().set(HttpHeaderNames.TRANSFER_ENCODING, "chunked");

    channel.writeOutbound(
        request,
        new DefaultHttpContent(Unpooled.copiedBuffer("hello", ISO_8859_1)),
        LastHttpContent.EMPTY_LAST_CONTENT);

    assertThat(written())
        .startsWith("POST //a?u=http://b HTTP/1.1\r\nhost: app.example\r\n")
        .endsWith("\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  }

  @Test
  void bytesGoBothWaysAsTheyAreAfterA101() {
    ask(channel, "UPGRADE");
    written();
    seen("HTTP/1.1 101 Switching Protocols\r\n\r\n");

    channel.writeOutbound(Unpooled.copiedBuffer("ping", ISO_8859_1));

    assertThat(seen("\u0081\n")).isEqualTo("101[] raw(\u0081\n)");
    assertThat(written()).isEqualTo("ping");
    assertThat(codec.isIdle()).isFalse();
  }

  private String written() {
    StringBuilder out = new StringBuilder();
    for (ByteBuf m = channel.readOutbound(); m != null; m = channel.readOutbound()) {
      out.append(m.toString(ISO_8859_1));
      m.release();
    }
    return out.toString();
  }
}

package io.sallyport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sallyport.http.HostileRequests.HostileRequest;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What requests pass and what requests do not, however they are cut on their way. */
final class RequestDecoderTest {

  private static final Http1Limits LIMITS = new Http1Limits(8192, 32768, 100);
  private static final byte[] ANOTHER =
      "GET /another HTTP/1.1\r\nHost: app.example\r\n\r\n".getBytes(US_ASCII);

  /** The longer ones differ from shorter ones in their length alone. */
  private static final int MOST_BYTES_TO_SPLIT = 600;

  private static Transcript transcript() {
    return new Transcript(
        new EmbeddedChannel(new RequestDecoder(LIMITS, Integer.MAX_VALUE, () -> {})));
  }

  static Stream<HostileRequest> hostileRequests() {
    return HostileRequests.all();
  }

  @Test
  void thereAreManyHostileRequests() {
    assertThat(HostileRequests.all()).hasSizeGreaterThan(400);
    assertThat(HostileRequests.all().map(HostileRequest::name)).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("hostileRequests")
  void refusesARequestThatComesAtOnce(HostileRequest hostile) {
    assertRefused(hostile, transcript().send(hostile.bytes()));
  }

  @ParameterizedTest
  @MethodSource("hostileRequests")
  void refusesARequestThatComesByteByByte(HostileRequest hostile) {
    assertRefused(hostile, transcript().sendEachByte(hostile.bytes()));
  }

  @ParameterizedTest
  @MethodSource("hostileRequests")
  void refusesARequestWhereverItIsSplit(HostileRequest hostile) {
    int splits = hostile.bytes().length <= MOST_BYTES_TO_SPLIT ? hostile.bytes().length : 0;
    for (int i = 1; i < splits; i++) {
      assertRefused(hostile, transcript().send(hostile.bytes(), i));
    }
  }

  private static void assertRefused(HostileRequest hostile, Transcript transcript) {
    String seen = transcript.toString();
    String refusal = "!" + hostile.fault();
    switch (hostile.place()) {
      case HEAD -> assertThat(seen).isEqualTo(refusal);
      case BODY -> assertThat(seen).matches("POST app.example /in\\[[^\\]]* " + refusal);
      case NEXT -> assertThat(seen).matches("[A-Z]+ app.example /first\\[[^\\]]*\\] " + refusal);
    }
    assertThat(transcript.send(ANOTHER).close()).hasToString(seen);
  }

  static Stream<String[]> validRequests() {
    return CaseFile.rows("valid-requests.txt", 4).stream();
  }

  @ParameterizedTest(name = "{2}")
  @MethodSource("validRequests")
  void passesARequestOnAsItIs(String seen, String fields, String name, String escaped) {
    byte[] bytes = CaseFile.bytes(escaped);

    List<Transcript> ways =
        Stream.concat(
                Stream.of(transcript().send(bytes), transcript().sendEachByte(bytes)),
                Stream.iterate(1, i -> i < bytes.length, i -> i + 1)
                    .map(i -> transcript().send(bytes, i)))
            .toList();

    assertThat(ways)
        .allSatisfy(
            way -> {
              assertThat(way).hasToString(CaseFile.text(seen));
              assertThat(way.fields()).isEqualTo(CaseFile.text(fields));
              assertThat(way.close()).hasToString(CaseFile.text(seen));
            });
  }

  @Test
  void theRequestItselfKeepsWhatWasSent() {
    EmbeddedChannel channel =
        new EmbeddedChannel(new RequestDecoder(LIMITS, Integer.MAX_VALUE, () -> {}));
    channel.writeInbound(
        Unpooled.copiedBuffer(
            "GET http://App.example/a HTTP/1.0\r\nHost: app.example\r\n\r\n", US_ASCII));

    Http1Request request = channel.readInbound();

    assertThat(request.uri()).isEqualTo("http://App.example/a");
    assertThat(request.protocolVersion().text()).isEqualTo("HTTP/1.0");
    assertThat(request.head().host()).isEqualTo("app.example");
    channel.finishAndReleaseAll();
  }

  @Test
  void whatIsSaidOfAFaultIsShortAndPrintable() {
    HostileRequests.all()
        .forEach(
            hostile -> {
              EmbeddedChannel channel =
                  new EmbeddedChannel(new RequestDecoder(LIMITS, Integer.MAX_VALUE, () -> {}));
              channel.writeInbound(Unpooled.copiedBuffer(hostile.bytes()));
              Object last = channel.inboundMessages().stream().reduce((a, b) -> b).orElseThrow();
              BadRequest cause = (BadRequest) ((BadMessage) last).decoderResult().cause();
              assertThat(cause.detail()).matches("[ -~]{1,300}");
              assertThat(cause).hasMessage("the request is malformed").hasNoCause();
              assertThat(cause.getStackTrace()).isEmpty();
              channel.finishAndReleaseAll();
            });
  }
}

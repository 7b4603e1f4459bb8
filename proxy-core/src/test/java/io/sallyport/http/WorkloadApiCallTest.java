package io.sallyport.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.Http2Error;
import io.sallyport.http.WorkloadApiFault.Kind;
import io.sallyport.rig.FieldBlock;
import io.sallyport.rig.Http2Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One call, whose agent is a list of frames. */
final class WorkloadApiCallTest implements WorkloadApiCall.Owner {

  private static final long PATIENCE_SECONDS = WorkloadApiCall.PATIENCE.toSeconds();
  private static final String GRPC =
      FieldBlock.of(":status", "200", "content-type", "application/grpc+proto");

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final List<String> answers = new ArrayList<>();
  private final List<WorkloadApiFault> ends = new ArrayList<>();
  private final WorkloadApiCall call = WorkloadApiCall.on(channel, this);

  @AfterEach
  void end() {
    channel.finishAndReleaseAll();
  }

  @Override
  public void answered(byte[] message) {
    answers.add(new String(message, ISO_8859_1));
  }

  @Override
  public void ended(WorkloadApiFault why) {
    ends.add(why);
  }

  private void says(Http2Frame... frames) {
    for (Http2Frame frame : frames) {
      saysBytes(frame.wire());
    }
  }

  private void saysBytes(String wire) {
    channel.writeInbound(Unpooled.copiedBuffer(wire, ISO_8859_1));
  }

  private void begins() {
    says(Http2Frame.settings(), Http2Frame.head(3, GRPC));
  }

  private static String message(String text) {
    return '\0' + Http2Frame.number(text.length(), 4) + text;
  }

  private void passes(long seconds) {
    channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
  }

  private String written() {
    StringBuilder all = new StringBuilder();
    for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
      all.append(next.toString(ISO_8859_1));
      next.release();
    }
    return all.toString();
  }

  private void hasEnded(Kind kind, String detail) {
    assertThat(ends).containsExactly(new WorkloadApiFault(kind, detail));
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void asksAtOnceWithoutWaitingForTheOtherSide() {
    assertThat(written())
        .startsWith("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .endsWith(Http2Frame.lastData(3, "\0\0\0\0\0").wire());
  }

  @Test
  void everyAnswerComesWholeAndTheWindowIsGivenBack() {
    begins();
    written();

    says(Http2Frame.data(3, message("one") + message("two").substring(0, 4)));
    says(Http2Frame.data(3, message("two").substring(4) + "x".repeat(0)));
    for (int i = 0; i < 100; i++) {
      says(Http2Frame.data(3, message("z".repeat(16_000))));
    }

    assertThat(answers).hasSize(102).startsWith("one", "two");
    assertThat(written()).contains(Http2Frame.number(4, 3) + "\10");
    assertThat(ends).isEmpty();
  }

  @Test
  void anAgentThatDoesNotAnswerIsGivenUpAfterAWhile() {
    passes(PATIENCE_SECONDS - 1);
    assertThat(ends).isEmpty();

    passes(2);

    hasEnded(Kind.NO_ANSWER, "gave no answer within 60s");
  }

  @Test
  void anAgentThatHasAnsweredMayBeSilentForEver() {
    begins();
    says(Http2Frame.data(3, message("one")));

    passes(1_000_000);

    assertThat(ends).isEmpty();
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void aMessageThatHasBegunHasToEnd() {
    begins();
    says(Http2Frame.data(3, message("one")));
    passes(1_000_000);
    says(Http2Frame.data(3, message("two").substring(0, 6)));
    passes(PATIENCE_SECONDS - 1);
    says(Http2Frame.data(3, "w"));

    passes(2);

    hasEnded(Kind.NO_ANSWER, "did not end a message within 60s");
    assertThat(answers).containsExactly("one");
  }

  @Test
  void aStatusEndsItInTheAgentsWords() {
    says(
        Http2Frame.settings(),
        Http2Frame.trailers(
            3,
            FieldBlock.of(
                ":status",
                "200",
                "content-type",
                "application/grpc",
                "grpc-status",
                "7",
                "grpc-message",
                "no%20identity%0Aissued%zz%")));

    hasEnded(Kind.PERMISSION_DENIED, "said PERMISSION_DENIED: no identity?issued%zz%");
  }

  @Test
  void soDoesOneThatNobodyKnows() {
    begins();
    says(Http2Frame.trailers(3, FieldBlock.of("grpc-status", "4711")));

    hasEnded(Kind.STATUS, "said status 4711");
  }

  @Test
  void aFieldThatHttp2DoesNotAllowEndsIt() {
    begins();
    says(Http2Frame.trailers(3, FieldBlock.of("grpc-status", "7\n")));

    hasEnded(Kind.BAD_PROTOCOL, "does not speak HTTP/2 as it should");
  }

  @Test
  void whatIsNoHttp2IsGivenUpAtOnce() {
    saysBytes("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");

    hasEnded(Kind.BAD_PROTOCOL, "does not speak HTTP/2 as it should");
  }

  @Test
  void soIsTls() {
    saysBytes("\25\3\1\0\2\2\106 and some more than a frame's head has");

    hasEnded(Kind.BAD_PROTOCOL, "does not speak HTTP/2 as it should");
  }

  @Test
  void soIsHttp2ThatIsNoGrpc() {
    says(
        Http2Frame.settings(),
        Http2Frame.head(3, FieldBlock.of(":status", "404", "content-type", "text/html")));

    hasEnded(Kind.BAD_PROTOCOL, "answered in HTTP and not in gRPC, with the status 404");
  }

  @Test
  void soIsAMessageOfAHundredMebibytes() {
    begins();
    says(Http2Frame.data(3, "\0\6\100\0\0 and so on"));

    hasEnded(Kind.BAD_PROTOCOL, "sent a message of 104857600 bytes, more than 4194304");
  }

  @Test
  void soIsACompressedMessage() {
    begins();
    says(Http2Frame.data(3, "\1\0\0\0\1x"));

    hasEnded(Kind.BAD_PROTOCOL, "compressed a message, which nobody asked for");
  }

  @Test
  void soIsAnEndWithoutAStatus() {
    begins();
    says(Http2Frame.lastData(3, message("one")));

    hasEnded(Kind.BAD_PROTOCOL, "ended the call without a status");
  }

  @Test
  void aResetEndsIt() {
    begins();
    says(Http2Frame.reset(3, Http2Error.REFUSED_STREAM));

    hasEnded(Kind.ENDED, "reset the call, error 7");
  }

  @Test
  void anAgentThatGoesAwayStillEndsWhatItHasTaken() {
    begins();
    says(Http2Frame.goAway(3, Http2Error.NO_ERROR));
    says(Http2Frame.data(3, message("last")));
    assertThat(answers).containsExactly("last");
    assertThat(ends).isEmpty();

    says(Http2Frame.trailers(3, FieldBlock.of("grpc-status", "0")));

    hasEnded(Kind.ENDED, "ended the call");
  }

  @Test
  void aConnectionThatClosesEndsIt() {
    begins();
    channel.close();

    hasEnded(Kind.ENDED, "closed the connection");
  }

  @Test
  void whoHangsUpIsToldNothingMore() {
    begins();
    call.cancel(channel);

    passes(1_000_000);

    assertThat(ends).isEmpty();
    assertThat(channel.isOpen()).isFalse();
  }
}

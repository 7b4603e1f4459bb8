package io.sallyport.http;

import static io.sallyport.http.Http2ClientRig.data;
import static io.sallyport.http.Http2ClientRig.frame;
import static io.sallyport.http.Http2ClientRig.head;
import static io.sallyport.http.Http2ClientRig.lastData;
import static io.sallyport.http.Http2ClientRig.lastHead;
import static io.sallyport.http.Http2ClientRig.numbers;
import static io.sallyport.http.Http2ClientRig.settings;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.StreamEnd;
import io.sallyport.rig.H2cConnection;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client of HTTP/2 may send, and what becomes of its requests and its connection. */
final class Http2FrontTest {

  private static final String OK_WITH_LENGTH = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";

  private Http2FrontRig rig = Http2FrontRig.open();

  @AfterEach
  void close() {
    rig.close();
  }

  private void reopen(Http2FrontRig fresh) {
    rig.close();
    rig = fresh;
  }

  @Test
  void aRequestAndItsResponseAreCarried() {
    rig.get(1);
    assertThat(rig.application(0).seen()).startsWith("GET / HTTP/1.1\r\n").endsWith("\r\n\r\n");

    rig.application(0).answer(OK_WITH_LENGTH + "hello");

    assertThat(rig.written()).containsExactly("HEADERS 1 200", "DATA 1 5 ends");
    assertThat(rig.answered).hasSize(1);
    assertThat(rig.application(0).kept).isEqualTo(1);
  }

  @Test
  void responsesThatComeInOneTurnOfTheLoopLeaveTogether() {
    rig.get(1);
    rig.get(3);
    int before = rig.flushes();

    rig.inOneTurn(
        () -> {
          rig.application(0).answer(OK_WITH_LENGTH + "hello");
          rig.application(1).answer(OK_WITH_LENGTH + "world");
        });

    assertThat(rig.written())
        .containsExactly("HEADERS 1 200", "HEADERS 3 200", "DATA 1 5 ends", "DATA 3 5 ends");
    assertThat(rig.flushes() - before).isEqualTo(1);
  }

  @Test
  void aTunnelIsNotAskedForWithALengthThatItsBytesWouldNotHave() {
    rig.webSocket(1, "content-length", "7");

    assertThat(rig.applications).isEmpty();
    assertThat(rig.written()).containsExactly("RST_STREAM 1 1");
  }

  @Test
  void aRefusedRequestIsToldOnceThoughItsPeerNeverTakesTheAnswer() {
    rig.send(settings(4, 0));
    rig.refusal = Refusal.DENIED;
    rig.get(1);
    rig.pass(Http2FrontRig.IDLE);
    rig.pass(Http2FrontRig.IDLE);

    assertThat(rig.written()).contains("HEADERS 1 403", "RST_STREAM 1 8");
    assertThat(rig.answered).hasSize(1);
  }

  @Test
  void aResponseThatItsPeerNeverTakesIsToldOnce() {
    rig.send(settings(4, 0));
    rig.get(1);
    rig.application(0).answer(OK_WITH_LENGTH + "hello");
    assertThat(rig.answered).hasSize(1);

    rig.pass(Http2FrontRig.IDLE);
    rig.pass(Http2FrontRig.IDLE);

    assertThat(rig.written()).contains("HEADERS 1 200", "RST_STREAM 1 8");
    assertThat(rig.answered).hasSize(1);
  }

  @Test
  void aBodyThatIsTooLongAfterARefusalIsNotToldAgain() {
    rig.send(settings(4, 0));
    rig.refusal = Refusal.DENIED;
    rig.post(1, "content-length", "3");
    rig.send(data(1, "four"));

    assertThat(rig.written()).contains("RST_STREAM 1 1");
    assertThat(rig.answered).hasSize(1);
  }

  @Test
  void aTunnelThatIsCutIsToldOnce() {
    rig.webSocket(1);
    rig.application(0).agree("");
    assertThat(rig.written()).containsExactly("HEADERS 1 200");

    rig.pass(Http2FrontRig.IDLE);

    assertThat(rig.written()).containsExactly("RST_STREAM 1 8");
    assertThat(rig.application(0).isOpen()).isFalse();
    assertThat(rig.answered).hasSize(1);
  }

  @Test
  void framesForAStreamThatWasOneTooManyDoNotEndTheOthers() {
    for (int i = 0; i < Http2FrontRig.MOST_STREAMS; i++) {
      rig.get(1 + 2 * i);
    }
    rig.written();
    int refused = 1 + 2 * Http2FrontRig.MOST_STREAMS;

    rig.post(refused);
    rig.send(data(refused, "x"), numbers(H2cConnection.WINDOW_UPDATE, refused, 1));
    rig.application(0).answer(OK_WITH_LENGTH + "hello");
    rig.send(lastHead(refused, "t", "u"));
    rig.send(numbers(H2cConnection.RST_STREAM, refused, 8));

    assertThat(rig.written())
        .containsExactly("RST_STREAM " + refused + " 7", "HEADERS 1 200", "DATA 1 5 ends");
    rig.get(refused + 2);
    assertThat(rig.applications).hasSize(Http2FrontRig.MOST_STREAMS + 1);
    rig.application(1).answer(OK_WITH_LENGTH + "world");
    assertThat(rig.written()).containsExactly("HEADERS 3 200", "DATA 3 5 ends");
  }

  @Test
  void streamsThatAreTooManyAgainAndAgainEndTheConnection() {
    for (int i = 0; i <= Http2FrontRig.MOST_STREAMS + Http2FrontRig.MOST_RESETS; i++) {
      rig.get(1 + 2 * i);
    }

    assertThat(rig.ended).contains(CloseReason.HTTP2_FLOOD);
    assertThat(rig.endWords).contains("resets");
    assertThat(rig.reached)
        .hasSize(Http2FrontRig.MOST_RESETS + 2)
        .contains(HttpLimit.STREAMS)
        .endsWith(HttpLimit.RESETS);
    assertThat(rig.applications).hasSize(Http2FrontRig.MOST_STREAMS);
  }

  @Test
  void requestsAreServedUpToTheSecondGoawayAndIgnoredAfterIt() {
    rig.get(1);
    rig.leave();
    assertThat(rig.written()).containsExactly("GOAWAY " + Integer.MAX_VALUE + " 0", "PING");
    rig.get(3);
    rig.send(frame(H2cConnection.PING, H2cConnection.ACK, 0, new byte[8]));
    assertThat(rig.written()).containsExactly("GOAWAY 3 0");

    for (int i = 0; i < 2 * Http2FrontRig.MOST_RESETS; i++) {
      rig.post(5 + 2 * i);
      rig.send(data(5 + 2 * i, "x"));
    }
    rig.send(numbers(H2cConnection.WINDOW_UPDATE, 5, 1), numbers(H2cConnection.RST_STREAM, 5, 8));

    assertThat(rig.written()).isEmpty();
    assertThat(rig.applications).hasSize(2);
    rig.application(0).answer(OK_WITH_LENGTH + "hello");
    assertThat(rig.channel.isOpen()).isTrue();
    rig.application(1).answer(OK_WITH_LENGTH + "world");
    assertThat(rig.written())
        .containsExactly("HEADERS 1 200", "DATA 1 5 ends", "HEADERS 3 200", "DATA 3 5 ends");
    assertThat(rig.channel.isOpen()).isFalse();
    assertThat(rig.ended).containsOnly(CloseReason.LEAVING);
  }

  @ParameterizedTest
  @ValueSource(ints = {3200, 8000})
  void trailersThatAreFarTooLargeEndTheRequestTheyBelongTo(int bytes) {
    rig.post(1);
    rig.send(data(1, "x"));
    rig.send(lastHead(1, "t", "x".repeat(bytes)));

    assertThat(rig.written()).startsWith("HEADERS 1 431").noneMatch(each -> each.contains("RST"));
    assertThat(rig.application(0).isOpen()).isFalse();
    assertThat(rig.answered).hasSize(1);
    assertThat(rig.answered.get(0).method()).isEqualTo("POST");
  }

  @ParameterizedTest
  @ValueSource(ints = {3200, 8000})
  void aHeadThatIsFarTooLargeIsAnsweredAndTheOthersGoOn(int bytes) {
    rig.get(1);
    rig.send(lastHead(3, Http2FrontRig.head("GET", "a", "x".repeat(bytes))));
    assertThat(rig.written()).containsExactly("HEADERS 3 431", "DATA 3 78 ends");

    rig.send(head(5, Http2FrontRig.head("POST", "a", "x".repeat(bytes))));
    assertThat(rig.written()).containsExactly("HEADERS 5 431", "DATA 5 78 ends", "RST_STREAM 5 0");

    rig.send(data(5, "what was on its way"));
    rig.application(0).answer(OK_WITH_LENGTH + "hello");
    assertThat(rig.written()).containsExactly("HEADERS 1 200", "DATA 1 5 ends");
    assertThat(rig.applications).hasSize(1);
    assertThat(rig.answered.get(0).refusal()).isEqualTo(Refusal.FIELDS_TOO_LARGE);
  }

  @Test
  void trailersThatAreFarTooLargeBreakOffAResponseThatHasBegun() {
    rig.post(1);
    rig.application(0).answer(OK_WITH_LENGTH + "hel");
    rig.send(lastHead(1, "t", "x".repeat(8000)));

    assertThat(rig.written()).containsExactly("HEADERS 1 200", "DATA 1 3", "RST_STREAM 1 8");
    assertThat(rig.application(0).isOpen()).isFalse();
  }

  @Test
  void trailersThatAreFarTooLargeEndATunnel() {
    rig.webSocket(1);
    rig.application(0).agree("");
    rig.send(lastHead(1, "t", "x".repeat(8000)));

    assertThat(rig.written()).containsExactly("HEADERS 1 200", "RST_STREAM 1 8");
    assertThat(rig.application(0).isOpen()).isFalse();
  }

  @Test
  void aHeadThatIsAbsurdlyLargeEndsTheConnection() {
    rig.send(lastHead(1, Http2FrontRig.head("GET", "a", "x".repeat(14_000))));

    assertThat(rig.ended).contains(CloseReason.HTTP2_ERROR);
    assertThat(rig.channel.isOpen()).isFalse();
  }

  @Test
  void aHeadThatIsBegunIsWaitedForNoLongerBecauseAnotherRequestEnds() {
    rig.get(1);
    rig.get(3);
    rig.send(new byte[] {0, 0, 10, H2cConnection.HEADERS, 0, 0, 0, 0, 5, 0});
    rig.application(0).answer(OK_WITH_LENGTH + "hello");
    rig.pass(Http2FrontRig.HEADER);

    assertThat(rig.ended).contains(CloseReason.HEADER_TIMEOUT);
  }

  @Test
  void theEndOfItsTimeIsToldOnceThoughThePeerTakesNothing() {
    reopen(new Http2FrontRig(Duration.ofMinutes(1)));
    rig.hello();
    rig.get(1);
    rig.stick();
    rig.pass(Duration.ofMinutes(1));
    rig.pass(Duration.ofMillis(1));
    assertThat(rig.ended).containsExactly(CloseReason.MAX_LIFETIME);
    assertThat(rig.channel.isOpen()).isTrue();

    rig.pass(Http2FrontRig.CLOSE);

    assertThat(rig.channel.isOpen()).isFalse();
    assertThat(rig.application(0).isOpen()).isFalse();
    assertThat(rig.ended).containsExactly(CloseReason.MAX_LIFETIME);
  }

  @Test
  void theEndOfItsTimeIsTheEndOfAConnectionThatIsBeingClosed() {
    reopen(new Http2FrontRig(Duration.ofMinutes(1)));
    rig.hello();
    rig.pass(Duration.ofSeconds(58));
    rig.stick();
    rig.send(frame(H2cConnection.PING, 0, 0, new byte[1]));
    assertThat(rig.ended).containsOnly(CloseReason.HTTP2_ERROR);

    rig.pass(Duration.ofSeconds(2));

    assertThat(rig.channel.isOpen()).isFalse();
    assertThat(rig.ended).containsOnly(CloseReason.HTTP2_ERROR);
  }

  @Test
  void aResetIsNotAnsweredWithAReset() {
    rig.send(settings(4, 0));
    rig.get(1);
    rig.application(0).answer(OK_WITH_LENGTH + "hello");
    rig.written();

    rig.send(numbers(H2cConnection.RST_STREAM, 1, 8));

    assertThat(rig.written()).isEmpty();
  }

  @Test
  void aResponseGoesOnWhenTheConnectionWasFullForAMoment() {
    rig.get(1);

    rig.fullWhile(() -> rig.application(0).answer(OK_WITH_LENGTH + "he"));

    assertThat(rig.application(0).channel.config().isAutoRead()).isTrue();
  }

  @Test
  void theApplicationIsNotReadWhileItsPeerTakesNoMore() {
    rig.send(settings(4, 3));
    rig.get(1);
    rig.application(0).answer(OK_WITH_LENGTH + "hell");
    assertThat(rig.application(0).channel.config().isAutoRead()).isFalse();

    rig.send(numbers(H2cConnection.WINDOW_UPDATE, 1, 10));

    assertThat(rig.application(0).channel.config().isAutoRead()).isTrue();
    assertThat(rig.written()).contains("DATA 1 3", "DATA 1 1");
  }

  @Test
  void aTunnelThatBeginsWhenTheConnectionIsFullForAMomentIsRead() {
    rig.webSocket(1);

    rig.fullWhile(() -> rig.application(0).agree(""));
    rig.application(0).answer("hello");

    assertThat(rig.application(0).channel.config().isAutoRead()).isTrue();
    assertThat(rig.written()).containsExactly("HEADERS 1 200", "DATA 1 5");
  }

  @Test
  void aTunnelThatIsRefusedDoesNotLeaveItsStreamOpen() {
    rig.refusal = Refusal.DENIED;
    rig.webSocket(1);

    assertThat(rig.written()).containsExactly("HEADERS 1 403", "DATA 1 56 ends", "RST_STREAM 1 0");
  }

  @Test
  void aRefusedRequestWithoutABodyDoesNotLeaveItsStreamOpen() {
    rig.refusal = Refusal.DENIED;
    rig.post(1, "content-length", "0");

    assertThat(rig.written()).containsExactly("HEADERS 1 403", "DATA 1 56 ends", "RST_STREAM 1 0");
  }

  @Test
  void whatARefusedRequestStillSendsIsNotWaitedFor() {
    rig.refusal = Refusal.DENIED;
    rig.post(1);
    rig.get(3);

    assertThat(rig.written())
        .containsExactly(
            "HEADERS 1 403", "DATA 1 56 ends", "RST_STREAM 1 0", "HEADERS 3 403", "DATA 3 56 ends");
    rig.send(data(1, "x"), lastData(1, "y"));
    assertThat(rig.written()).isEmpty();
  }

  @Test
  void anAnswerThatAgreesToNoTunnelIsNotTakenForOne() {
    rig.webSocket(1);
    rig.application(0).answer(OK_WITH_LENGTH + "hello");

    assertThat(rig.written()).containsExactly("HEADERS 1 502", "DATA 1 58 ends", "RST_STREAM 1 0");
    assertThat(rig.application(0).isOpen()).isFalse();
    assertThat(rig.answered).hasSize(1);
    assertThat(rig.answered.get(0).refusal()).isEqualTo(Refusal.MALFORMED_RESPONSE);
  }

  @Test
  void aBodyThatComesTooSlowlyIsAnsweredAndItsStreamReset() {
    rig.post(1);
    rig.send(data(1, "x"));
    rig.pass(Duration.ofSeconds(10));

    assertThat(rig.written()).containsExactly("HEADERS 1 408", "DATA 1 62 ends", "RST_STREAM 1 0");
    assertThat(rig.application(0).isOpen()).isFalse();
    assertThat(rig.answered.get(0).refusal()).isEqualTo(Refusal.BODY_TIMEOUT);
  }

  @Test
  void aBodyInSmallPiecesTakesNoMoreRoomThanALargeOneWhileTheApplicationIsConnected() {
    rig.connecting = true;
    rig.post(1);
    StringBuilder sent = new StringBuilder();
    for (int i = 0; i < 600; i++) {
      rig.send(data(1, "" + i % 10));
      sent.append(i % 10);
    }
    rig.send(lastHead(1, "t", "u"));

    rig.connected();

    assertThat(rig.application(0).body()).isEqualTo("258\r\n" + sent + "\r\n0\r\nt: u\r\n\r\n");
  }

  @Test
  void whoAsksOnceTheListenerIsLeavingIsServedAndToldToGo() {
    rig.leaving = true;
    rig.get(1);
    assertThat(rig.written()).containsExactly("GOAWAY " + Integer.MAX_VALUE + " 0", "PING");

    rig.pass(Duration.ofSeconds(1)); // no acknowledgement comes
    assertThat(rig.written()).containsExactly("GOAWAY 1 0");
    rig.application(0).answer(OK_WITH_LENGTH + "hello");

    assertThat(rig.written()).containsExactly("HEADERS 1 200", "DATA 1 5 ends");
    assertThat(rig.channel.isOpen()).isFalse();
  }

  @Test
  void aBodyThatComesFastEnoughMayComeInFramesThatTakeLong() {
    rig.post(1);
    byte[] frame = data(1, "x".repeat(2400));
    rig.send(Arrays.copyOf(frame, 9));
    for (int second = 0; second < 12; second++) {
      rig.send("x".repeat(200).getBytes(US_ASCII));
      rig.pass(Duration.ofSeconds(1));
    }

    assertThat(rig.written()).doesNotContain("HEADERS 1 408");
    assertThat(rig.application(0).body()).startsWith("960\r\nxxx");
    rig.pass(Duration.ofSeconds(8));
    assertThat(rig.written()).contains("HEADERS 1 408");
  }

  @Test
  void aFrameOfABodyThatComesTooSlowlyIsNotWaitedFor() {
    rig.post(1);
    rig.send(Arrays.copyOf(data(1, "x".repeat(900)), 9 + 500));
    rig.pass(Duration.ofSeconds(10));

    assertThat(rig.written()).contains("HEADERS 1 408");
  }

  // How requests come.

  @Test
  void aRequestThatComesByteByByteIsTheSame() {
    reopen(new Http2FrontRig());
    rig.sendEachByte(
        Http2FrontRig.PREFACE.getBytes(US_ASCII),
        settings(),
        head(1, Http2FrontRig.head("POST", "content-length", "5")),
        data(1, "he"),
        lastData(1, "llo"));

    assertThat(rig.application(0).body()).isEqualTo("hello");
    assertThat(rig.application(0).seen()).startsWith("POST / HTTP/1.1\r\n");
  }

  @Test
  void aBodyOfUnknownLengthGoesOnInChunksWithItsTrailers() {
    rig.post(1);
    rig.send(data(1, "hello"));
    rig.send(lastHead(1, "sum", "7"));

    assertThat(rig.application(0).body()).isEqualTo("5\r\nhello\r\n0\r\nsum: 7\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"four", "sixsix"})
  void aBodyOfAnotherLengthThanWasToldEndsItsStreamAlone(String body) {
    rig.get(1);
    rig.post(3, "content-length", "5");
    rig.send(lastData(3, body));

    assertThat(rig.written()).containsExactly("RST_STREAM 3 1");
    assertThat(rig.application(1).isOpen()).isFalse();
    assertThat(rig.answered).hasSize(1);
    rig.application(0).answer(OK_WITH_LENGTH + "hello");
    assertThat(rig.written()).containsExactly("HEADERS 1 200", "DATA 1 5 ends");
  }

  @Test
  void aMalformedRequestIsNeverSeenByTheApplication() {
    rig.send(lastHead(1, Http2FrontRig.head("GET", "connection", "close")));

    assertThat(rig.applications).isEmpty();
    assertThat(rig.written()).containsExactly("RST_STREAM 1 1");
    assertThat(rig.answered.get(0).refusal()).isEqualTo(Refusal.MALFORMED_REQUEST);
  }

  @Test
  void eachRequestIsJudgedByTheRulesOfItsMoment() {
    rig.get(1);
    rig.refusal = Refusal.DENIED;
    rig.get(3);
    rig.application(0).answer(OK_WITH_LENGTH + "hello");

    assertThat(rig.applications).hasSize(1);
    assertThat(rig.written())
        .containsExactly("HEADERS 3 403", "DATA 3 56 ends", "HEADERS 1 200", "DATA 1 5 ends");
  }

  @Test
  void aBodyThatIsLongerThanItMayBeIsRefusedThoughItsLengthWasNotTold() {
    rig.post(1);
    rig.send(data(1, "x".repeat(2000)));
    rig.send(data(1, "x".repeat(1001)));

    assertThat(rig.written()).contains("HEADERS 1 413", "RST_STREAM 1 0");
    assertThat(rig.application(0).isOpen()).isFalse();
  }

  @Test
  void whoResetsItsRequestEndsWhatTheApplicationDoesForIt() {
    rig.get(1);
    rig.send(numbers(H2cConnection.RST_STREAM, 1, 8));

    assertThat(rig.application(0).isOpen()).isFalse();
    assertThat(rig.written()).isEmpty();
    assertThat(rig.answered).hasSize(1);
    assertThat(rig.answered.get(0).whole()).isFalse();
  }

  @Test
  void whoResetsItsRequestEndsTheDialFromWhichItWaits() {
    rig.connecting = true;
    rig.get(1);
    rig.send(numbers(H2cConnection.RST_STREAM, 1, 8));

    assertThat(rig.abandoned).isEqualTo(1);
    assertThat(rig.answered).hasSize(1);
  }

  // Windows.

  @Test
  void whatTheApplicationDoesNotTakeIsHeldAndNotGivenBackToTheWindow() {
    rig.post(1);
    rig.send(data(1, "a"));
    rig.application(0).writable(false);
    rig.send(data(1, "b".repeat(1000)), data(1, "b".repeat(900)));
    assertThat(rig.written()).isEmpty();
    assertThat(rig.application(0).body()).isEqualTo("1\r\na\r\n");

    rig.application(0).writable(true);

    assertThat(rig.application(0).body())
        .isEqualTo("1\r\na\r\n76c\r\n" + "b".repeat(1900) + "\r\n");
    assertThat(rig.written()).containsExactly("WINDOW_UPDATE 1 1901");
  }

  @Test
  void oneByteMoreThanTheWindowEndsTheStreamAlone() {
    rig.post(1);
    rig.get(3);
    rig.application(0).writable(false);
    rig.send(data(1, "x".repeat(Http2FrontRig.WINDOW)));
    assertThat(rig.written()).isEmpty();

    rig.send(data(1, "x"));

    assertThat(rig.written()).containsExactly("RST_STREAM 1 3");
    assertThat(rig.reached).containsExactly(HttpLimit.STREAM_WINDOW);
    assertThat(rig.application(0).isOpen()).isFalse();
    assertThat(rig.application(1).isOpen()).isTrue();
  }

  /** As many bytes of a body, and of padding behind them. */
  private static byte[] padded(int stream, int bytes, int padding) {
    byte[] payload = new byte[1 + bytes + padding];
    payload[0] = (byte) padding;
    return frame(H2cConnection.DATA, 8, stream, payload);
  }

  @Test
  void paddingIsGivenBackAsTheDataIs() {
    rig.post(1);
    for (int i = 0; i < 200; i++) {
      rig.send(padded(1, 1, 255)); // twenty times the window
    }

    assertThat(rig.channel.isOpen()).isTrue();
    assertThat(rig.application(0).isOpen()).isTrue();
    assertThat(rig.written()).isNotEmpty().allMatch(frame -> frame.startsWith("WINDOW_UPDATE 1 "));
  }

  @Test
  void whatStillComesForAStreamThatWasResetIsGivenBackToTheConnection() {
    rig.refusal = Refusal.DENIED;
    rig.post(1);
    rig.written();
    for (int i = 0; i < 200; i++) {
      rig.send(data(1, "x".repeat(16_000))); // three times the window
    }

    assertThat(rig.channel.isOpen()).isTrue();
    assertThat(rig.written()).isNotEmpty().allMatch(frame -> frame.startsWith("WINDOW_UPDATE 0 "));
  }

  // Responses.

  @Test
  void aResponseWithoutABodyIsOneFrame() {
    rig.get(1);
    rig.application(0).answer("HTTP/1.1 204 No Content\r\n\r\n");
    rig.send(lastHead(3, Http2FrontRig.head("HEAD")));
    rig.application(1).answer(OK_WITH_LENGTH);

    assertThat(rig.written()).containsExactly("HEADERS 1 204 ends", "HEADERS 3 200 ends");
  }

  @Test
  void interimResponsesAndTrailersAreCarried() {
    rig.get(1);
    rig.application(0)
        .answer(
            """
            HTTP/1.1 103 Early Hints

            HTTP/1.1 200 OK
            Transfer-Encoding: chunked

            2
            hi
            0
            sum: 7

            """
                .replace("\n", "\r\n"));

    assertThat(rig.written())
        .containsExactly("HEADERS 1 103", "HEADERS 1 200", "DATA 1 2", "HEADERS 1 null ends");
  }

  @Test
  void aResponseThatBreaksOffIsNotTakenForAWholeOneAndTheOthersGoOn() {
    rig.get(1);
    rig.get(3);
    rig.application(0).answer(OK_WITH_LENGTH + "hel");
    rig.application(0).hangUp();
    rig.application(1).answer(OK_WITH_LENGTH + "hello");

    assertThat(rig.written())
        .containsExactly(
            "HEADERS 1 200", "DATA 1 3", "RST_STREAM 1 2", "HEADERS 3 200", "DATA 3 5 ends");
    assertThat(rig.answered.get(0).whole()).isFalse();
  }

  @Test
  void anApplicationThatDoesNotAnswerInTimeIsNotWaitedFor() {
    rig.get(1);
    rig.pass(Http2FrontRig.RESPONSE);

    assertThat(rig.written()).contains("HEADERS 1 504");
    assertThat(rig.application(0).isOpen()).isFalse();
  }

  @Test
  void theRestOfARequestThatIsAnsweredStillGoesToTheApplication() {
    rig.post(1);
    rig.application(0).answer(OK_WITH_LENGTH + "hello");
    rig.send(data(1, "more"));
    assertThat(rig.application(0).body()).isEqualTo("4\r\nmore\r\n");

    rig.send(lastData(1, ""));

    assertThat(rig.application(0).kept).isEqualTo(1);
    assertThat(rig.written()).containsExactly("HEADERS 1 200", "DATA 1 5 ends");
    assertThat(rig.answered).hasSize(1);
  }

  @Test
  void theRestOfARequestThatIsAnsweredIsNotWaitedForForEver() {
    rig.post(1);
    rig.application(0).answer(OK_WITH_LENGTH + "hello");
    rig.pass(Http2FrontRig.CLOSE);

    assertThat(rig.written()).containsExactly("HEADERS 1 200", "DATA 1 5 ends", "RST_STREAM 1 0");
    assertThat(rig.application(0).isOpen()).isFalse();
    assertThat(rig.answered).hasSize(1);
  }

  @Test
  void aResponseThatStallsIsNotWaitedForByTheApplicationEither() {
    rig.get(1);
    rig.application(0).answer(OK_WITH_LENGTH + "hel");
    rig.pass(Http2FrontRig.IDLE); // since the last byte, which came after the first look
    rig.pass(Http2FrontRig.IDLE);

    assertThat(rig.written()).containsExactly("HEADERS 1 200", "DATA 1 3", "RST_STREAM 1 8");
    assertThat(rig.application(0).isOpen()).isFalse();
  }

  private void trickle(int stream, int bytesPerSecond, int seconds) {
    for (int i = 0; i < seconds; i++) {
      rig.send(data(stream, "x".repeat(bytesPerSecond)));
      rig.pass(Duration.ofSeconds(1));
    }
  }

  @Test
  void theRestOfARequestThatIsAnsweredMayNotComeTooSlowly() {
    rig.post(1);
    rig.application(0).answer(OK_WITH_LENGTH + "hello");
    trickle(1, 10, 15);

    assertThat(rig.written()).containsExactly("HEADERS 1 200", "DATA 1 5 ends", "RST_STREAM 1 0");
    assertThat(rig.application(0).isOpen()).isFalse();
    assertThat(rig.answered).hasSize(1);
  }

  @Test
  void whoIsBeingAnsweredMayTakeItsTimeForWhatItSaysUntilTheAnswerIsComplete() {
    rig.post(1);
    rig.send(data(1, "x"));
    rig.pass(Duration.ofSeconds(9));
    rig.application(0).answer(OK_WITH_LENGTH + "hel");
    trickle(1, 10, 15);
    assertThat(rig.written()).containsExactly("HEADERS 1 200", "DATA 1 3");
    assertThat(rig.application(0).isOpen()).isTrue();

    rig.application(0).answer("lo");
    trickle(1, 10, 9);
    assertThat(rig.application(0).isOpen()).isTrue();
    trickle(1, 10, 1);

    assertThat(rig.written()).containsExactly("DATA 1 2 ends", "RST_STREAM 1 0");
    assertThat(rig.application(0).isOpen()).isFalse();
    assertThat(rig.answered).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"hel", "hello"})
  void aRequestThatIsAnsweredEarlyHasNoMoreTimeThanAnyOther(String body) {
    rig.requestTimeout = Duration.ofSeconds(20);
    rig.post(1);
    rig.application(0).answer(OK_WITH_LENGTH + body);
    trickle(1, 110, 19);
    assertThat(rig.channel.isOpen()).isTrue();
    assertThat(rig.application(0).isOpen()).isTrue();

    trickle(1, 110, 1);

    assertThat(rig.application(0).isOpen()).isFalse();
    assertThat(rig.written()).contains("RST_STREAM 1 " + (body.equals("hello") ? 0 : 8));
  }

  @Test
  void whoWaitsForA100AndIsAnsweredInsteadMayNotTrickleEither() {
    rig.post(1, "expect", "100-continue");
    rig.application(0).answer(OK_WITH_LENGTH + "hello");
    trickle(1, 10, 15);

    assertThat(rig.written()).contains("RST_STREAM 1 0");
    assertThat(rig.application(0).isOpen()).isFalse();
  }

  // Peers that take nothing.

  private void passInSteps(Duration time) {
    Duration step = Http2FrontRig.SEND.dividedBy(4);
    for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plus(step)) {
      rig.pass(step);
    }
  }

  @Test
  void whoOpensNoWindowHasItsStreamResetAndTheOthersGoOn() {
    rig.send(settings(4, 3));
    rig.get(1);
    rig.application(0).answer(OK_WITH_LENGTH + "hell");
    rig.get(3);
    rig.application(1).answer(OK_WITH_LENGTH + "hel");
    assertThat(rig.written())
        .containsExactly("SETTINGS ack", "HEADERS 1 200", "DATA 1 3", "HEADERS 3 200", "DATA 3 3");

    passInSteps(Http2FrontRig.SEND.multipliedBy(2));

    assertThat(rig.written()).containsExactly("RST_STREAM 1 8");
    assertThat(rig.reached).containsExactly(HttpLimit.SEND_TIMEOUT);
    assertThat(rig.application(0).isOpen()).isFalse();
    assertThat(rig.answered).hasSize(1);
    rig.application(1).answer("lo");
    rig.send(numbers(H2cConnection.WINDOW_UPDATE, 3, 2));
    assertThat(rig.written()).containsExactly("DATA 3 2 ends");
  }

  @Test
  void whoOpensNoWindowForTheWholeConnectionHasItsStreamsReset() {
    rig.get(1);
    rig.application(0)
        .answer("HTTP/1.1 200 OK\r\nContent-Length: 65538\r\n\r\n" + "x".repeat(65_536));
    rig.send(numbers(H2cConnection.WINDOW_UPDATE, 1, 1000));
    rig.written();

    passInSteps(Http2FrontRig.SEND.multipliedBy(2));

    assertThat(rig.written()).containsExactly("RST_STREAM 1 8");
    assertThat(rig.application(0).isOpen()).isFalse();
    assertThat(rig.channel.isOpen()).isTrue();
  }

  @Test
  void whoTakesAByteNowAndThenIsWaitedFor() {
    rig.send(settings(4, 1));
    rig.get(1);
    rig.application(0).answer("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n" + "x".repeat(20));
    for (int i = 0; i < 15; i++) {
      passInSteps(Http2FrontRig.SEND.dividedBy(4).multipliedBy(3));
      rig.send(numbers(H2cConnection.WINDOW_UPDATE, 1, 1));
    }

    assertThat(rig.written()).doesNotContain("RST_STREAM 1 8").endsWith("DATA 1 1");
    assertThat(rig.reached).isEmpty();
  }

  @Test
  void aResponseThatHasNothingToSayIsNotTakenForOneThatNobodyTakes() {
    rig.send(settings(4, 3));
    rig.get(1);
    rig.application(0).answer(OK_WITH_LENGTH + "hel");
    rig.written();
    passInSteps(Http2FrontRig.SEND.multipliedBy(3));
    assertThat(rig.written()).isEmpty();

    rig.application(0).answer("lo");
    passInSteps(Http2FrontRig.SEND.minusSeconds(1));
    rig.send(numbers(H2cConnection.WINDOW_UPDATE, 1, 2));

    assertThat(rig.written()).containsExactly("DATA 1 2 ends");
  }

  @Test
  void anAnswerOfOursThatNobodyTakesIsNotKeptEither() {
    rig.send(settings(4, 0));
    rig.refusal = Refusal.DENIED;
    rig.get(1);
    passInSteps(Http2FrontRig.SEND.multipliedBy(2));

    assertThat(rig.written()).contains("HEADERS 1 403").endsWith("RST_STREAM 1 8");
    assertThat(rig.answered).hasSize(1);
  }

  @Test
  void aTunnelMayTakeItsTime() {
    rig.send(settings(4, 3));
    rig.webSocket(1);
    rig.application(0).agree("hello");
    rig.written();
    passInSteps(Http2FrontRig.SEND.multipliedBy(3));
    assertThat(rig.written()).isEmpty();

    rig.send(numbers(H2cConnection.WINDOW_UPDATE, 1, 9));

    assertThat(rig.written()).containsExactly("DATA 1 2");
    assertThat(rig.reached).isEmpty();
  }

  @Test
  void whereItIsOffNobodyIsHurried() {
    rig.sendTimeout = Duration.ZERO;
    rig.send(settings(4, 3));
    rig.get(1);
    rig.application(0).answer(OK_WITH_LENGTH + "hell");
    rig.written();
    passInSteps(Http2FrontRig.SEND.multipliedBy(4));

    assertThat(rig.written()).isEmpty();
    assertThat(rig.application(0).isOpen()).isTrue();
  }

  // Tunnels.

  @Test
  void whatComesForATunnelBeforeItIsAgreedOnIsHeldWithinTheWindow() {
    rig.webSocket(1);
    rig.send(data(1, "x".repeat(Http2FrontRig.WINDOW)));
    assertThat(rig.application(0).body()).isEmpty();
    assertThat(rig.written()).isEmpty();

    rig.application(0).agree("hello");

    assertThat(rig.application(0).body()).isEqualTo("x".repeat(Http2FrontRig.WINDOW));
    assertThat(rig.written())
        .containsExactlyInAnyOrder("HEADERS 1 200", "DATA 1 5", "WINDOW_UPDATE 1 2500");
    rig.send(numbers(H2cConnection.RST_STREAM, 1, 8));
    assertThat(rig.application(0).isOpen()).isFalse();
  }

  @Test
  void aTunnelWhoseApplicationIsCutEndsWithAReset() {
    rig.webSocket(1);
    rig.application(0).agree("");
    rig.application(0).reset();

    assertThat(rig.written()).containsExactly("HEADERS 1 200", "RST_STREAM 1 8");
    assertThat(rig.answered).hasSize(1);
  }

  // Floods and faults.

  @ParameterizedTest
  @ValueSource(strings = {"PING", "SETTINGS", "PRIORITY", "UNKNOWN", "DATA"})
  void framesThatCarryNothingMayNotComeTooOften(String kind) {
    rig.post(1);
    byte[] frame =
        switch (kind) {
          case "PING" -> frame(H2cConnection.PING, 0, 0, new byte[8]);
          case "SETTINGS" -> settings();
          case "PRIORITY" -> frame(H2cConnection.PRIORITY, 0, 1, new byte[5]);
          case "UNKNOWN" -> frame(99, 0, 1, new byte[5]);
          default -> data(1, "");
        };
    for (int i = 0; i < Http2FrontRig.MOST_CONTROLS - 3; i++) {
      rig.send(frame);
    }
    assertThat(rig.channel.isOpen()).isTrue();
    rig.pass(Duration.ofSeconds(1));

    byte[][] many = new byte[Http2FrontRig.MOST_CONTROLS + 1][];
    Arrays.fill(many, frame);
    rig.send(many);

    assertThat(rig.endWords).containsExactly("control_frames");
    assertThat(rig.reached).containsExactly(HttpLimit.CONTROL_FRAMES);
    assertThat(rig.written()).contains("GOAWAY 1 11");
    assertThat(rig.channel.isOpen()).isFalse();
    assertThat(rig.application(0).isOpen()).isFalse();
  }

  @Test
  void fieldsOfBeforeAreKeptAsTheTableHasRoom() {
    byte[] first = {0x20, (byte) 0x82, (byte) 0x87, (byte) 0x84, 0x41, 1, 'a'};
    byte[] again = {(byte) 0x82, (byte) 0x87, (byte) 0x84, (byte) 0xbe}; // the newest in the table
    byte[] ofAny = Arrays.copyOfRange(first, 1, first.length);
    int whole = H2cConnection.END_HEADERS | H2cConnection.END_STREAM;
    rig.send(
        frame(H2cConnection.HEADERS, whole, 1, ofAny),
        frame(H2cConnection.HEADERS, whole, 3, again));
    assertThat(rig.application(1).seen()).contains("host: a\r\n");

    Http2FrontRig none = Http2FrontRig.keeping(0);
    none.send(frame(H2cConnection.HEADERS, whole, 1, first));
    none.application(0).answer(OK_WITH_LENGTH + "hello");
    assertThat(none.written()).contains("HEADERS 1 200");

    none.send(frame(H2cConnection.HEADERS, whole, 3, again));

    assertThat(none.written()).contains("GOAWAY 1 9");
    none.close();
  }

  @Test
  void aHeadInManySmallPiecesEndsTheConnection() {
    byte[][] pieces = new byte[18][];
    Arrays.fill(pieces, frame(H2cConnection.CONTINUATION, 0, 1, new byte[0]));
    pieces[0] = frame(H2cConnection.HEADERS, H2cConnection.END_STREAM, 1, new byte[0]);
    rig.send(pieces);

    assertThat(rig.endWords).containsExactly("continuations");
    assertThat(rig.reached).containsExactly(HttpLimit.CONTINUATIONS);
    assertThat(rig.channel.isOpen()).isFalse();
  }

  @Test
  void resetsMayNotComeTooOften() {
    for (int i = 0; i <= Http2FrontRig.MOST_RESETS; i++) {
      rig.send(
          lastHead(1 + 2 * i, Http2FrontRig.head("GET")),
          numbers(H2cConnection.RST_STREAM, 1 + 2 * i, 8));
    }

    assertThat(rig.endWords).containsExactly("resets");
    assertThat(rig.channel.isOpen()).isFalse();
    assertThat(rig.applications).allMatch(application -> !application.isOpen());
  }

  @Test
  void whoResetsWhatHasBeenAnsweredMayDoSoOften() {
    for (int i = 0; i <= 2 * Http2FrontRig.MOST_RESETS; i++) {
      rig.get(1 + 2 * i);
      rig.application(i).answer(OK_WITH_LENGTH);
      rig.send(numbers(H2cConnection.RST_STREAM, 1 + 2 * i, 8));
    }

    assertThat(rig.ended).isEmpty();
    assertThat(rig.channel.isOpen()).isTrue();
  }

  @Test
  void resetsOfStreamsThatHaveEndedCostNothingAndAreNotCounted() {
    rig.get(1);
    rig.application(0).answer(OK_WITH_LENGTH + "hello");
    for (int i = 0; i <= 2 * Http2FrontRig.MOST_RESETS; i++) {
      rig.send(numbers(H2cConnection.RST_STREAM, 1, 8));
    }

    assertThat(rig.channel.isOpen()).isTrue();
  }

  @Test
  void nothingThatCameBehindTooManyResetsIsServed() {
    byte[][] frames = new byte[2 * Http2FrontRig.MOST_RESETS + 10][];
    for (int i = 0; i < frames.length; i += 2) {
      frames[i] = lastHead(1 + i, Http2FrontRig.head("GET"));
      frames[i + 1] = numbers(H2cConnection.RST_STREAM, 1 + i, 8);
    }
    rig.send(frames);

    assertThat(rig.endWords).containsExactly("resets");
    assertThat(rig.applications).hasSize(Http2FrontRig.MOST_RESETS + 1);
    assertThat(rig.channel.isOpen()).isFalse();
  }

  @Test
  void nothingThatCameBehindAFloodIsServed() {
    byte[][] frames = new byte[Http2FrontRig.MOST_RESETS + 2][];
    for (int i = 0; i <= Http2FrontRig.MOST_RESETS; i++) {
      frames[i] = numbers(H2cConnection.WINDOW_UPDATE, 1, 0);
    }
    frames[Http2FrontRig.MOST_RESETS + 1] = lastHead(3, Http2FrontRig.head("GET"));
    rig.get(1);
    rig.send(frames);

    assertThat(rig.applications).hasSize(1);
    assertThat(rig.channel.isOpen()).isFalse();
  }

  @Test
  void aFaultOfOursEndsTheConnectionAndIsToldOnce() {
    rig.get(1);
    rig.faulty = true;
    rig.get(3);

    assertThat(rig.faults).hasSize(1);
    rig.faults.clear();
    assertThat(rig.ended).contains(CloseReason.INTERNAL_ERROR);
    assertThat(rig.written()).containsExactly("GOAWAY 3 2");
    assertThat(rig.application(0).isOpen()).isFalse();
    assertThat(rig.channel.isOpen()).isFalse();
  }

  // The end of a connection.

  @ParameterizedTest
  @CsvSource({
    "FINISHED, PEER_CLOSED, PEER_CLOSED",
    "CLOSED, PEER_CLOSED, PEER_CLOSED",
    "TRUNCATED, TRUNCATED, PEER_CLOSED",
    "RESET, PEER_RESET, PEER_RESET",
    "BROKEN, TLS_ERROR, TLS_ERROR"
  })
  void whenItsPeerGoesAllRequestsEndOnce(StreamEnd how, CloseReason busy, CloseReason idle) {
    rig.get(1);
    rig.post(3);
    rig.connecting = true;
    rig.get(5);
    rig.end(how);
    assertThat(rig.ended).containsExactly(busy);
    assertThat(rig.channel.isOpen()).isFalse();
    assertThat(rig.applications).allMatch(application -> !application.isOpen());
    assertThat(rig.abandoned).isEqualTo(1);
    assertThat(rig.answered).hasSize(3);

    reopen(Http2FrontRig.open());
    rig.end(how);

    assertThat(rig.ended).containsExactly(idle);
  }

  @Test
  void aCloseFromOutsideDoesNotWaitForRequests() {
    rig.get(1);
    rig.channel.close();
    rig.settle();

    assertThat(rig.channel.isOpen()).isFalse();
    assertThat(rig.application(0).isOpen()).isFalse();
    assertThat(rig.answered).hasSize(1);
  }

  @Test
  void aConnectionThatIsUnusedIsClosed() {
    rig.get(1);
    rig.application(0).answer(OK_WITH_LENGTH + "hello");
    rig.written();
    rig.pass(Http2FrontRig.IDLE);

    assertThat(rig.ended).containsExactly(CloseReason.IDLE_TIMEOUT);
    assertThat(rig.written()).containsExactly("GOAWAY 1 0");
    assertThat(rig.channel.isOpen()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"PING", "SETTINGS", "WINDOW_UPDATE", "PRIORITY", "UNKNOWN"})
  void whatAsksForNothingDoesNotKeepAConnection(String kind) {
    byte[] frame =
        switch (kind) {
          case "PING" -> frame(H2cConnection.PING, 0, 0, new byte[8]);
          case "SETTINGS" -> settings();
          case "WINDOW_UPDATE" -> numbers(H2cConnection.WINDOW_UPDATE, 0, 1);
          case "PRIORITY" -> frame(H2cConnection.PRIORITY, 0, 1, new byte[5]);
          default -> frame(99, 0, 0, new byte[5]);
        };
    rig.get(1);
    rig.application(0).answer(OK_WITH_LENGTH + "hello");
    for (int i = 0; i < 9; i++) {
      rig.pass(Http2FrontRig.IDLE.dividedBy(10));
      rig.send(frame);
    }
    assertThat(rig.ended).isEmpty();

    rig.pass(Http2FrontRig.IDLE.dividedBy(10));

    assertThat(rig.ended).containsExactly(CloseReason.IDLE_TIMEOUT);
    assertThat(rig.channel.isOpen()).isFalse();
  }

  @Test
  void framesThatAskForNothingAndAlwaysBeginAnotherOneDoNotKeepAConnection() {
    byte[] ping = frame(H2cConnection.PING, 0, 0, new byte[8]);
    rig.send(Arrays.copyOf(ping, 5));
    Duration passed = Duration.ZERO;
    Duration most = Http2FrontRig.IDLE.plus(Http2FrontRig.HEADER);
    while (rig.channel.isOpen() && passed.compareTo(most) < 0) {
      rig.send(Arrays.copyOfRange(ping, 5, ping.length), Arrays.copyOf(ping, 5));
      rig.pass(Duration.ofSeconds(5));
      passed = passed.plusSeconds(5);
    }

    assertThat(rig.channel.isOpen()).isFalse();
  }

  @Test
  void aRequestThatIsAnsweredAtOnceKeepsItsConnectionToo() {
    rig.refusal = Refusal.DENIED;
    rig.pass(Http2FrontRig.IDLE.minusSeconds(1));
    rig.get(1);
    rig.pass(Http2FrontRig.IDLE.minusSeconds(1));
    assertThat(rig.ended).isEmpty();

    rig.pass(Duration.ofSeconds(1));

    assertThat(rig.ended).containsExactly(CloseReason.IDLE_TIMEOUT);
  }

  @Test
  void aPrefaceThatDoesNotComeWholeIsNotWaitedFor() {
    reopen(new Http2FrontRig());
    rig.send(Http2FrontRig.PREFACE.substring(0, 10).getBytes(US_ASCII));
    rig.pass(Http2FrontRig.HEADER);

    assertThat(rig.ended).containsExactly(CloseReason.HEADER_TIMEOUT);
    assertThat(rig.channel.isOpen()).isFalse();
  }

  @Test
  void whoIsIdleAndToldToGoIsClosedWhenItHasHeard() {
    rig.leave();
    rig.leave();
    assertThat(rig.written()).containsExactly("GOAWAY " + Integer.MAX_VALUE + " 0", "PING");
    assertThat(rig.channel.isOpen()).isTrue();

    rig.send(frame(H2cConnection.PING, H2cConnection.ACK, 0, new byte[8]));

    assertThat(rig.written()).containsExactly("GOAWAY 0 0");
    assertThat(rig.channel.isOpen()).isFalse();
    assertThat(rig.ended).containsExactly(CloseReason.LEAVING);
  }

  @Test
  void whatIsWrittenForAPeerThatTakesNothingIsBounded() {
    rig.idle = Duration.ZERO;
    rig.stick();
    int seconds = 0;
    byte[][] pings = new byte[20][];
    Arrays.fill(pings, frame(H2cConnection.PING, 0, 0, new byte[8]));
    while (rig.ended.isEmpty() && seconds < 10_000) {
      rig.pass(Duration.ofSeconds(1));
      rig.send(pings);
      seconds++;
    }

    assertThat(rig.ended).contains(CloseReason.HTTP2_FLOOD);
    assertThat(rig.reached).containsExactly(HttpLimit.UNREAD);
    assertThat(rig.channel.unsafe().outboundBuffer().totalPendingWriteBytes())
        .isLessThan(5 * 1024 * 1024);
    rig.pass(Http2FrontRig.CLOSE);
    assertThat(rig.channel.isOpen()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"content-length", "transfer-encoding", "trailer", "host", ":path", "A"})
  void aTrailerThatIsNoneEndsItsStreamAlone(String name) {
    rig.post(1);
    rig.send(data(1, "x"), lastHead(1, name, "1"));

    assertThat(rig.written()).containsExactly("RST_STREAM 1 1");
    assertThat(rig.application(0).isOpen()).isFalse();
    assertThat(rig.answered).hasSize(1);
    assertThat(rig.channel.isOpen()).isTrue();
  }

  @Test
  void framesThatComeFastEnoughAreNotTakenForOneThatDoesNotEnd() {
    byte[] ping = frame(H2cConnection.PING, 0, 0, new byte[8]);
    rig.send(Arrays.copyOf(ping, 5));
    for (int second = 0; second < 15; second++) {
      rig.pass(Duration.ofSeconds(1));
      rig.send(Arrays.copyOfRange(ping, 5, ping.length), Arrays.copyOf(ping, 5));
    }
    assertThat(rig.ended).isEmpty();

    rig.pass(Http2FrontRig.HEADER);

    assertThat(rig.ended).containsExactly(CloseReason.HEADER_TIMEOUT);
  }

  @Test
  void theTimeForAFrameBeginsWithItsFirstByte() {
    byte[] head = lastHead(1, Http2FrontRig.head("GET"));
    rig.send(Arrays.copyOf(head, 8));
    rig.pass(Http2FrontRig.HEADER.minusSeconds(1));
    rig.send(Arrays.copyOfRange(head, 8, head.length - 1));
    rig.pass(Duration.ofSeconds(1));

    assertThat(rig.ended).containsExactly(CloseReason.HEADER_TIMEOUT);
  }

  @Test
  void aSmallPieceOfABodyDoesNotKeepAllThatWasReadWithIt() {
    rig.post(1);
    ByteBuf read = Unpooled.wrappedBuffer(data(1, "x"));
    rig.channel.writeInbound(read);

    assertThat(read.refCnt()).isZero();
    assertThat(rig.application(0).body()).isEqualTo("1\r\nx\r\n");
  }
}

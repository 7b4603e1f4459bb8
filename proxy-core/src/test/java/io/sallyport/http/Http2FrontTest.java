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

import io.sallyport.relay.CloseReason;
import io.sallyport.rig.H2cConnection;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a client of HTTP/2 may send, and what becomes of its requests and its connection. */
final class Http2FrontTest {

  private static final String OK_WITH_LENGTH = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
  private static final String SWITCHING =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

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
    rig.application(0).answer(SWITCHING);
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

  @Test
  void trailersThatAreFarTooLargeEndTheRequestTheyBelongTo() {
    rig.post(1);
    rig.send(data(1, "x"));
    rig.send(lastHead(1, "t", "x".repeat(3200)));

    assertThat(rig.written()).contains("HEADERS 1 431");
    assertThat(rig.application(0).isOpen()).isFalse();
    assertThat(rig.answered).hasSize(1);
    assertThat(rig.answered.get(0).method()).isEqualTo("POST");
  }

  @Test
  void aHeadThatIsFarTooLargeIsAnswered() {
    rig.get(1);
    rig.send(head(3, Http2FrontRig.head("POST", "a", "x".repeat(3200))));

    assertThat(rig.written()).contains("HEADERS 3 431");
    assertThat(rig.applications).hasSize(1);
    assertThat(rig.channel.isOpen()).isTrue();
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

    rig.fullWhile(() -> rig.application(0).answer(SWITCHING));
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
}

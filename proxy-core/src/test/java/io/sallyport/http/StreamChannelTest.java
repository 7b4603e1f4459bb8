package io.sallyport.http;

import static io.sallyport.http.Http2ClientRig.data;
import static io.sallyport.http.Http2ClientRig.head;
import static io.sallyport.http.Http2ClientRig.lastData;
import static io.sallyport.http.Http2ClientRig.lastHead;
import static io.sallyport.http.Http2ClientRig.numbers;
import static io.sallyport.http.Http2ClientRig.settings;
import static io.sallyport.rig.H2cConnection.RST_STREAM;
import static io.sallyport.rig.H2cConnection.WINDOW_UPDATE;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelFuture;
import io.sallyport.http.Http2ClientRig.Asking;
import io.sallyport.rig.Http2Frame;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When a WebSocket is asked for over HTTP/2 (RFC 8441), and what then comes and goes. */
final class StreamChannelTest {

  private static final int FIRST = 3;
  private static final int WINDOW = 65_535;
  private static final byte[] AGREED = head(FIRST, ":status", "200", "content-length", "7");
  private static final byte[] TAKES_THEM = settings(Http2Frame.ENABLE_CONNECT_PROTOCOL, 1);

  private final Http2ClientRig rig = new Http2ClientRig();

  @AfterEach
  void close() {
    assertThat(rig.faults).isEmpty();
    rig.close();
  }

  // When it is asked for.

  @Test
  void itIsAskedForWhenTheServerHasSaidThatItTakesThem() {
    rig.written();
    Asking asking = rig.askForWebSocket();
    assertThat(rig.written()).isEmpty();

    rig.sendEachByte(TAKES_THEM);
    assertThat(rig.written()).containsExactly("SETTINGS ack", "HEADERS 3");

    rig.sendEachByte(AGREED, data(FIRST, "hi"), lastData(FIRST, "!"));
    assertThat(asking.seen)
        .containsExactly(
            "101 upgrade=websocket connection=upgrade"
                + " sec-websocket-accept=s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            "switched",
            "hi",
            "!",
            "FINISHED");
  }

  @Test
  void itIsRefusedWhenTheServerHasSaidNothingOfThem() {
    rig.written();
    Asking asking = rig.askForWebSocket();
    rig.send(settings());

    assertThat(asking.seen)
        .containsExactly("refused websocket_unavailable, no SETTINGS_ENABLE_CONNECT_PROTOCOL");
    assertThat(rig.written()).containsExactly("SETTINGS ack");
    assertThat(asking.diallings).isZero();
    assertThat(rig.client.isUnused()).isTrue();

    rig.send(TAKES_THEM); // it may say so at any time
    rig.askForWebSocket();
    assertThat(rig.written()).containsExactly("SETTINGS ack", "HEADERS 3");
  }

  @Test
  void nobodyIsAskedForWhoHasGoneBeforeTheServerSpoke() {
    rig.written();
    rig.askForWebSocket().exchange.abandon();
    assertThat(rig.client.isUnused()).isTrue();

    rig.send(TAKES_THEM);

    assertThat(rig.written()).contains("SETTINGS ack").doesNotContain("HEADERS 3");
  }

  @Test
  void aServerThatDoesNotEvenSpeakGetsNoMoreRequests() {
    rig.askForWebSocket().exchange.abandon();
    rig.pass(5);

    assertThat(rig.gone).isEqualTo(1);
  }

  @Test
  void aConnectionThatEndsBeforeTheServerSpokeIsNoAnswer() {
    Asking asking = rig.askForWebSocket();
    rig.hangUp();

    assertThat(asking.seen)
        .containsExactly("refused connection_terminated, the server closed the connection");
  }

  @Test
  void whatIsNotAgreedToLeavesNoStreamOpen() {
    Asking asking = rig.askForWebSocket();
    rig.send(TAKES_THEM);
    rig.written();
    rig.send(lastHead(FIRST, ":status", "403"));

    assertThat(asking.seen).containsExactly("403", "end", "over");
    assertThat(rig.written()).containsExactly("DATA 3 0 ends");
    assertThat(rig.client.isUnused()).isTrue();
  }

  // What goes out.

  @Test
  void whatTheWindowHoldsBackIsNotWritten() {
    Asking asking = rig.tunnel();
    ChannelFuture first = asking.write(WINDOW);
    assertThat(first.isSuccess()).isTrue();
    assertThat(asking.tunnel().isWritable()).isTrue();
    rig.written();
    ChannelFuture second = asking.write(WINDOW);

    assertThat(rig.written()).isEmpty();
    assertThat(second.isDone()).isFalse();
    assertThat(asking.tunnel().isWritable()).isFalse();

    rig.send(numbers(WINDOW_UPDATE, 0, WINDOW), numbers(WINDOW_UPDATE, FIRST, WINDOW));

    assertThat(rig.written())
        .containsExactly("DATA 3 16384", "DATA 3 16384", "DATA 3 16384", "DATA 3 16383");
    assertThat(second.isSuccess()).isTrue();
    assertThat(asking.tunnel().isWritable()).isTrue();
  }

  @Test
  void theEndFollowsAllThatWasWritten() {
    Asking asking = rig.tunnel();
    asking.write(WINDOW + 1);
    asking.finish();
    assertThat(rig.written()).noneMatch(frame -> frame.endsWith("ends"));

    rig.send(numbers(WINDOW_UPDATE, FIRST, 1), numbers(WINDOW_UPDATE, 0, 1));
    assertThat(rig.written()).containsExactly("DATA 3 1", "DATA 3 0 ends");

    rig.send(data(FIRST, "still"), lastData(FIRST, "here"));
    assertThat(asking.seen).containsExactly("still", "here", "FINISHED");
    asking.close();
    assertThat(rig.written()).isEmpty();
    assertThat(rig.client.isUnused()).isTrue();
  }

  // What comes.

  @Test
  void whatNobodyReadsIsHeldWithinTheWindowAndItsEndWithIt() {
    Asking asking = rig.tunnel();
    asking.read(false);
    String half = "x".repeat(32_000);
    rig.send(data(FIRST, half.substring(16_000)), data(FIRST, half.substring(16_000)));
    rig.send(data(FIRST, "y"), lastData(FIRST, ""));
    assertThat(asking.seen).isEmpty();
    assertThat(rig.written()).isEmpty();

    asking.read(true);

    assertThat(asking.seen).containsExactly(half + "y", "FINISHED");
  }

  @Test
  void theWindowIsGivenBackWhenItIsRead() {
    Asking asking = rig.tunnel();
    asking.read(false);
    for (int i = 0; i < 4; i++) {
      rig.send(data(FIRST, "x".repeat(10_000)));
    }
    assertThat(rig.written()).isEmpty();

    asking.read(true);

    assertThat(rig.written()).containsExactly("WINDOW_UPDATE 3 40000");
  }

  // How it ends.

  @Test
  void aProperCloseAfterTheServersEndIsOurs() {
    Asking asking = rig.tunnel();
    rig.send(lastData(FIRST, ""));
    asking.close();

    assertThat(rig.written()).containsExactly("DATA 3 0 ends");
    assertThat(asking.seen).containsExactly("FINISHED", "closed");
    assertThat(rig.client.isUnused()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aResetIsACancelThoughTheServerHasFinished(boolean finished) {
    Asking asking = rig.tunnel();
    if (finished) {
      rig.send(lastData(FIRST, ""));
    }
    asking.reset();

    assertThat(rig.written()).containsExactly("RST_STREAM 3 8");
    assertThat(rig.client.isUnused()).isTrue();
  }

  @Test
  void aCloseBeforeTheServersEndIsACancelToo() {
    Asking asking = rig.tunnel();
    asking.finish();
    asking.close();

    assertThat(rig.written()).containsExactly("DATA 3 0 ends", "RST_STREAM 3 8");
  }

  @Test
  void aCloseThatLeavesSomethingUnwrittenIsACancel() {
    Asking asking = rig.tunnel();
    rig.send(lastData(FIRST, ""));
    ChannelFuture written = asking.write(WINDOW + 1);
    rig.written();
    asking.close();

    assertThat(rig.written()).containsExactly("RST_STREAM 3 8");
    assertThat(written.isSuccess()).isFalse();
  }

  @Test
  void aResetOfTheServerIsOne() {
    Asking asking = rig.tunnel();
    asking.write(WINDOW + 1);
    rig.written();
    rig.send(numbers(RST_STREAM, FIRST, 0));

    assertThat(asking.seen).containsExactly("RESET", "closed");
    assertThat(rig.written()).isEmpty();
    assertThat(rig.client.isUnused()).isTrue();
  }

  @Test
  void aServerThatHasSaidAllAndNeedsNoMoreIsHeardOut() {
    Asking asking = rig.tunnel();
    asking.read(false);
    rig.send(lastData(FIRST, "all"), numbers(RST_STREAM, FIRST, 0));

    assertThat(asking.seen).containsExactly("all", "FINISHED", "CLOSED", "closed");
  }

  @Test
  void aConnectionThatEndsIsAReset() {
    Asking asking = rig.tunnel();
    asking.read(false);
    rig.send(data(FIRST, "lost"));
    rig.hangUp();

    assertThat(asking.seen).isEqualTo(List.of("RESET", "closed"));
  }

  /** RFC 9113 §8.5. */
  @Test
  void fieldsWithinATunnelBreakIt() {
    Asking asking = rig.tunnel();
    rig.send(lastHead(FIRST, "x", "y"));

    assertThat(asking.seen).containsExactly("RESET", "closed");
    assertThat(rig.written()).containsExactly("RST_STREAM 3 1");
  }

  @Test
  void whatStillComesForOneThatWasResetIsDropped() {
    Asking asking = rig.tunnel();
    asking.reset();
    rig.send(data(FIRST, "late"));

    assertThat(asking.seen).containsExactly("closed");
    assertThat(rig.channel.isOpen()).isTrue();
  }
}

package io.sallyport.envelope;

import static io.sallyport.envelope.Envelopes.primary;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.sallyport.envelope.FrameConnection.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two sides with the handlers of a framed connection, and a wire between them that is a test's. */
final class FrameHandlersTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final Object STREAM_ENDED = "the stream has ended";

  /** One side: what it says to the other is read from here, and what it hears goes there. */
  private static final class End {
    final EmbeddedChannel toOther;
    final EmbeddedChannel toApplication;

    End(Role role) throws EnvelopeFailed {
      FrameHandlers handlers =
          new FrameHandlers(
              role,
              primary(KeyUse.FRAMES),
              TIMEOUT,
              StreamHandler.INPUT_SHUT_DOWN,
              STREAM_ENDED,
              EnvelopeEvents.NONE);
      toApplication = new EmbeddedChannel(handlers.sealing());
      toOther = new EmbeddedChannel();
      toOther.freezeTime();
      toOther.pipeline().addLast(handlers.opening());
    }

    void applicationSays(String text) {
      toApplication.writeInbound(Unpooled.copiedBuffer(text, US_ASCII));
    }

    void applicationEnds() {
      toApplication.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }

    /** What goes out next: the preamble, or a frame; null when there is nothing. */
    ByteBuf sent() {
      toApplication.runPendingTasks();
      ByteBuf preamble = toOther.readOutbound();
      return preamble != null ? preamble : toApplication.readInbound();
    }

    void hears(ByteBuf data) {
      toOther.writeInbound(data);
    }

    String heard() {
      StringBuilder heard = new StringBuilder();
      for (ByteBuf m = toOther.readInbound(); m != null; m = toOther.readInbound()) {
        heard.append(m.toString(US_ASCII));
        m.release();
      }
      return heard.toString();
    }

    void close() {
      toOther.close();
      toApplication.close();
      toOther.releaseInbound();
      toOther.releaseOutbound();
      toApplication.releaseInbound();
    }
  }

  private final End one = new End(Role.INITIATOR);
  private final End other = new End(Role.RESPONDER);

  FrameHandlersTest() throws EnvelopeFailed {}

  @AfterEach
  void close() {
    one.close();
    other.close();
  }

  private void introduce() {
    other.hears(one.sent());
    one.hears(other.sent());
  }

  @Test
  void bothTalkAsTheyLike() {
    introduce();

    other.applicationSays("220 ready");
    one.hears(other.sent());
    one.applicationSays("HELO");
    other.hears(one.sent());

    assertThat(one.heard()).isEqualTo("220 ready");
    assertThat(other.heard()).isEqualTo("HELO");
  }

  @Test
  void whatIsSaidBeforeTheOtherIsKnownIsHeld() {
    one.applicationSays("HELO");
    one.applicationEnds();
    ByteBuf preamble = one.sent();
    assertThat(one.sent()).isNull();

    one.hears(other.sent());
    other.hears(preamble);
    for (ByteBuf frame = one.sent(); frame != null; frame = one.sent()) {
      other.hears(frame);
    }
    other.toOther.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);

    assertThat(other.heard()).isEqualTo("HELO");
    other.toOther.checkException();
  }

  @Test
  void anEndWithoutTheFrameThatIsTheEndIsTruncation() {
    introduce();
    one.applicationSays("HELO");
    other.hears(one.sent());

    other.toOther.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);

    assertThatThrownBy(other.toOther::checkException)
        .isInstanceOfSatisfying(
            EnvelopeFailed.class,
            e -> assertThat(e.failure()).isEqualTo(EnvelopeFailure.TRUNCATED));
  }

  @Test
  void aSideThatNeverIntroducesItselfIsGivenUp() {
    one.sent().release();

    one.toOther.advanceTimeBy(TIMEOUT.toMillis() + 1, TimeUnit.MILLISECONDS);
    one.toOther.runScheduledPendingTasks();

    assertThatThrownBy(one.toOther::checkException)
        .isInstanceOf(EnvelopeFailed.class)
        .hasFieldOrPropertyWithValue("failure", EnvelopeFailure.TRUNCATED);
  }

  @Test
  void aSideThatHasIntroducedItselfMayBeSilentForLong() {
    introduce();

    one.toOther.advanceTimeBy(1, TimeUnit.DAYS);
    one.toOther.runScheduledPendingTasks();

    one.toOther.checkException();
  }

  @Test
  void whoWaitsForASideThatHasGoneIsToldSo() {
    one.sent().release();
    one.applicationSays("HELO");

    one.toOther.close();
    one.toApplication.runPendingTasks();

    assertThatThrownBy(one.toApplication::checkException)
        .isInstanceOfSatisfying(
            EnvelopeFailed.class,
            e -> assertThat(e.failure()).isEqualTo(EnvelopeFailure.TRUNCATED));
  }

  @Test
  void itsOwnPreambleSentBackIsRefused() {
    ByteBuf own = one.sent();

    assertThatThrownBy(() -> one.hears(own)).isInstanceOf(EnvelopeFailed.class);
  }

  @Test
  void framesMayComeOneByteAtATime() {
    introduce();
    one.applicationSays("HELO");
    ByteBuf frame = one.sent();

    while (frame.isReadable()) {
      other.hears(Unpooled.buffer(1).writeByte(frame.readByte()));
    }
    frame.release();

    assertThat(other.heard()).isEqualTo("HELO");
  }

  private static List<Object> events(End end) {
    List<Object> events = new ArrayList<>();
    end.toOther
        .pipeline()
        .addLast(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                events.add(event);
              }
            });
    return events;
  }

  @Test
  void theFrameThatIsTheEndEndsItsWayAloneWhileTheChannelStaysOpen() {
    List<Object> told = events(other);
    introduce();
    one.applicationEnds();

    other.hears(one.sent());
    assertThat(told).containsExactly(STREAM_ENDED);

    other.applicationSays("still here");
    one.hears(other.sent());
    assertThat(one.heard()).isEqualTo("still here");
    other.toOther.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    assertThat(told).containsExactly(STREAM_ENDED, ChannelInputShutdownEvent.INSTANCE);
  }

  @Test
  void bytesBehindTheFrameThatIsTheEndAreNoEnd() {
    List<Object> told = events(other);
    introduce();
    one.applicationEnds();
    ByteBuf more = Unpooled.wrappedBuffer(one.sent(), Unpooled.buffer().writeByte(0));

    assertThatThrownBy(() -> other.hears(more))
        .isInstanceOf(EnvelopeFailed.class)
        .hasFieldOrPropertyWithValue("failure", EnvelopeFailure.TRAILING_DATA);
    other.toOther.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);

    assertThat(told).isEmpty();
  }
}

package io.sallyport.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sallyport.relay.ConnectionEvents.Direction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class RelayTest {

  private static final RelayTimeouts LONG =
      new RelayTimeouts(
          Duration.ZERO, Duration.ofSeconds(60), Duration.ofSeconds(5), Duration.ZERO);

  private final Recorder events = new Recorder();
  private final FakeEnd peerEnd = new FakeEnd();
  private final FakeEnd applicationEnd = new FakeEnd();
  private EmbeddedChannel peer = new EmbeddedChannel();
  private EmbeddedChannel application = new EmbeddedChannel();

  @AfterEach
  void release() {
    peer.finishAndReleaseAll();
    application.finishAndReleaseAll();
  }

  private Relay attached(boolean peerMayFinishFirst, RelayTimeouts timeouts) {
    Relay relay = new Relay(peerMayFinishFirst, timeouts, events);
    peer = new EmbeddedChannel(peerEnd, relay.peerSide(peerEnd));
    application = new EmbeddedChannel(applicationEnd, relay.applicationSide(applicationEnd));
    return relay;
  }

  private Relay open(boolean peerMayFinishFirst, RelayTimeouts timeouts) {
    Relay relay = attached(peerMayFinishFirst, timeouts);
    relay.open();
    return relay;
  }

  @Test
  void passesBytesBothWaysAndCountsThem() {
    open(false, LONG);
    peer.writeInbound(text("question"));
    application.writeInbound(text("the answer"));

    assertThat(read(application)).isEqualTo("question");
    assertThat(read(peer)).isEqualTo("the answer");
    assertThat(events.bytes).containsEntry(Direction.TO_APPLICATION, 8L);
    assertThat(events.bytes).containsEntry(Direction.TO_PEER, 10L);
  }

  @Test
  void holdsWhatComesBeforeItOpensAndPassesItOnInOrder() {
    Relay relay = attached(false, LONG);
    peer.writeInbound(text("one "), text("two "));
    assertThat(application.<Object>readOutbound()).isNull();

    relay.open();
    peer.writeInbound(text("three"));

    assertThat(read(application) + read(application) + read(application))
        .isEqualTo("one two three");
  }

  @Test
  void stopsReadingWhenItHoldsEnoughAndGoesOnWhenItOpens() {
    Relay relay = attached(false, LONG);
    peer.writeInbound(text("a little"));
    assertThat(peer.config().isAutoRead()).isTrue();

    peer.writeInbound(Unpooled.wrappedBuffer(new byte[64 * 1024]));
    assertThat(peer.config().isAutoRead()).isFalse();

    relay.open();
    assertThat(peer.config().isAutoRead()).isTrue();
  }

  @Test
  void isNotIdleWhileSomethingBeforeItHoldsWhatComes() {
    Duration idle = Duration.ofSeconds(10);
    Relay relay =
        attached(
            false, new RelayTimeouts(idle, Duration.ZERO, Duration.ofSeconds(5), Duration.ZERO));
    peer.freezeTime();
    relay.open();

    for (int n = 0; n < 3; n++) {
      pass(9);
      relay.alive();
    }
    assertThat(peer.isOpen()).isTrue();
    pass(10);

    assertThat(peer.isOpen()).isFalse();
    assertThat(events.reasons).containsExactly(CloseReason.IDLE_TIMEOUT);
  }

  @Test
  void holdsAnEndThatComesBeforeItOpens() {
    Relay relay = attached(true, LONG);
    application.writeInbound(text("all I have to say"));
    application.pipeline().fireUserEventTriggered(StreamEnd.FINISHED);
    assertThat(peerEnd.finished).isFalse();

    relay.open();

    assertThat(read(peer)).isEqualTo("all I have to say");
    assertThat(peerEnd.finished).isTrue();
    assertThat(peer.isOpen()).isTrue();
  }

  @Test
  void readsAnApplicationToItsEndWhosePeerHadFinishedBeforeItOpened() {
    Relay relay = attached(false, LONG);
    application.writeInbound(text("a greeting that comes too late"));
    peer.writeInbound(text("goodbye"));
    peer.pipeline().fireUserEventTriggered(StreamEnd.FINISHED);

    relay.open();

    assertThat(read(application)).isEqualTo("goodbye");
    assertThat(applicationEnd.finished).isTrue();
    assertThat(peer.isOpen()).isFalse();
    assertThat(application.config().isAutoRead()).as("goes on reading").isTrue();

    application.writeInbound(text("and an answer"));
    application.pipeline().fireUserEventTriggered(StreamEnd.FINISHED);
    application.runPendingTasks();

    assertThat(application.isOpen()).isFalse();
    assertThat(events.bytes).containsOnlyKeys(Direction.TO_APPLICATION);
  }

  @Test
  void releasesWhatItHoldsWhenTheConnectionEndsBeforeItOpens() {
    attached(false, LONG);
    ByteBuf data = text("never passed on");
    peer.writeInbound(data);

    peer.close();

    assertThat(data.refCnt()).isZero();
    assertThat(events.reasons).containsExactly(CloseReason.PEER_RESET);
  }

  @Test
  void resetsAChannelThatIsBroughtAfterTheEnd() {
    Relay relay = new Relay(false, LONG, events);
    peer = new EmbeddedChannel(relay.peerSide(peerEnd));
    peer.close();

    application = new EmbeddedChannel(applicationEnd, relay.applicationSide(applicationEnd));
    relay.open();

    assertThat(application.isOpen()).isFalse();
  }

  @Test
  void stopsReadingOneSideWhileTheOtherCannotBeWrittenTo() {
    open(false, LONG);

    writable(application, false);
    assertThat(peer.config().isAutoRead()).isFalse();

    writable(application, true);
    assertThat(peer.config().isAutoRead()).isTrue();
  }

  @Test
  void opensWithoutReadingWhenTheOtherSideCannotBeWrittenTo() {
    Relay relay = attached(false, LONG);
    writable(application, false);

    relay.open();

    assertThat(peer.config().isAutoRead()).isFalse();
    assertThat(application.config().isAutoRead()).isTrue();
  }

  @Test
  void letsThePeerGoOnAfterTheApplicationHasFinished() {
    open(false, LONG);
    application.pipeline().fireUserEventTriggered(StreamEnd.FINISHED);
    assertThat(peerEnd.finished).isTrue();

    peer.writeInbound(text("still here"));
    assertThat(read(application)).isEqualTo("still here");

    peer.pipeline().fireUserEventTriggered(StreamEnd.FINISHED);
    assertThat(peer.isOpen()).isFalse();
    assertThat(application.isOpen()).isFalse();
    assertThat(events.reasons).first().isEqualTo(CloseReason.APPLICATION_CLOSED);
  }

  @Test
  void letsTheApplicationGoOnAfterThePeerHasFinishedWhereTheEngineCan() {
    open(true, LONG);
    peer.pipeline().fireUserEventTriggered(StreamEnd.FINISHED);
    assertThat(applicationEnd.finished).isTrue();

    application.writeInbound(text("the rest"));

    assertThat(read(peer)).isEqualTo("the rest");
    assertThat(events.reasons).first().isEqualTo(CloseReason.PEER_CLOSED);
  }

  @Test
  void endsBothAfterThePeerHasFinishedWhereTheEngineCannotGoOn() {
    open(false, LONG);
    peer.writeInbound(text("last words"));
    peer.pipeline().fireUserEventTriggered(StreamEnd.FINISHED);

    assertThat(read(application)).isEqualTo("last words");
    assertThat(applicationEnd.finished).isTrue();
    assertThat(peer.isOpen()).isFalse();

    application.pipeline().fireUserEventTriggered(StreamEnd.FINISHED);
    assertThat(application.isOpen()).isFalse();
    assertThat(events.reasons).first().isEqualTo(CloseReason.PEER_CLOSED);
  }

  @Test
  void discardsWhatTheApplicationSaysToAPeerThatCannotBeAnswered() {
    open(false, LONG);
    peer.pipeline().fireUserEventTriggered(StreamEnd.FINISHED);
    ByteBuf late = text("too late");

    application.writeInbound(late);

    assertThat(late.refCnt()).isZero();
    assertThat(application.isOpen()).isTrue();
    assertThat(application.config().isAutoRead()).isTrue();
    assertThat(events.bytes).doesNotContainKey(Direction.TO_PEER);
  }

  @Test
  void givesADismissedApplicationItsTimeAndNoMore() {
    Relay relay = new Relay(false, LONG, events);
    // Closed, an EmbeddedChannel would take the timer with it.
    peer = new EmbeddedChannel(new Stuck(), peerEnd, relay.peerSide(peerEnd));
    application = new EmbeddedChannel(applicationEnd, relay.applicationSide(applicationEnd));
    relay.open();
    peer.pipeline().fireUserEventTriggered(StreamEnd.FINISHED);
    pass(4);
    application.writeInbound(text("still talking"));
    assertThat(application.isOpen()).isTrue();

    pass(6);

    assertThat(application.isOpen()).isFalse();
    assertThat(events.reasons).containsExactly(CloseReason.PEER_CLOSED, CloseReason.CLOSE_TIMEOUT);
  }

  @Test
  void cutsTheApplicationWhenThePeersStreamIsTruncated() {
    open(false, LONG);
    peer.pipeline().fireUserEventTriggered(StreamEnd.TRUNCATED);

    assertThat(application.isOpen()).isFalse();
    assertThat(peer.isOpen()).isFalse();
    assertThat(applicationEnd.finished).isFalse();
    assertThat(events.reasons).first().isEqualTo(CloseReason.TRUNCATED);
  }

  @Test
  void passesAResetOnEachWay() {
    open(false, LONG);
    application.pipeline().fireUserEventTriggered(StreamEnd.RESET);

    assertThat(peer.isOpen()).isFalse();
    assertThat(events.reasons).first().isEqualTo(CloseReason.APPLICATION_RESET);
  }

  @Test
  void takesAChannelThatClosesWithoutAnEndForAReset() {
    open(false, LONG);
    peer.close();

    assertThat(application.isOpen()).isFalse();
    assertThat(events.reasons).first().isEqualTo(CloseReason.PEER_RESET);
  }

  @Test
  void tellsAFaultOfOursAndEndsBoth() {
    open(false, LONG);
    IllegalStateException fault = new IllegalStateException("a bug");
    peer.pipeline().fireExceptionCaught(fault);

    assertThat(events.faults).containsExactly(fault);
    assertThat(events.reasons).first().isEqualTo(CloseReason.INTERNAL_ERROR);
    assertThat(application.isOpen()).isFalse();
    assertThat(peer.isOpen()).isFalse();
  }

  @Test
  void endsAHalfClosedConnectionSixtySecondsAfterItsLastByte() {
    open(false, LONG);
    application.pipeline().fireUserEventTriggered(StreamEnd.FINISHED);
    pass(50);
    peer.writeInbound(text("a byte"));
    pass(50);
    assertThat(peer.isOpen()).isTrue();

    pass(11);

    assertThat(peer.isOpen()).isFalse();
    assertThat(application.isOpen()).isFalse();
    assertThat(read(application)).isEqualTo("a byte");
  }

  @Test
  void endsAnIdleConnectionAndOnlyAnIdleOne() {
    open(
        false,
        new RelayTimeouts(
            Duration.ofSeconds(10), Duration.ZERO, Duration.ofSeconds(5), Duration.ZERO));
    pass(9);
    application.writeInbound(text("x"));
    pass(9);
    assertThat(peer.isOpen()).isTrue();

    pass(2);

    assertThat(peer.isOpen()).isFalse();
    assertThat(events.reasons).first().isEqualTo(CloseReason.IDLE_TIMEOUT);
    assertThat(read(peer)).isEqualTo("x");
  }

  @Test
  void endsABusyConnectionAtTheEndOfItsLife() {
    open(
        false,
        new RelayTimeouts(
            Duration.ofSeconds(10), Duration.ZERO, Duration.ofSeconds(5), Duration.ofSeconds(15)));
    pass(8);
    peer.writeInbound(text("busy"));
    pass(8);

    assertThat(events.reasons).first().isEqualTo(CloseReason.MAX_LIFETIME);
    assertThat(application.isOpen()).isFalse();
    assertThat(read(application)).isEqualTo("busy");
  }

  @Test
  void leavesNoTimerBehind() {
    open(
        false,
        new RelayTimeouts(
            Duration.ofHours(1), Duration.ofHours(1), Duration.ofHours(1), Duration.ofHours(1)));
    peer.pipeline().fireUserEventTriggered(StreamEnd.FINISHED);
    application.pipeline().fireUserEventTriggered(StreamEnd.FINISHED);

    assertThat(peer.runScheduledPendingTasks()).isEqualTo(-1);
  }

  private void pass(int seconds) {
    peer.advanceTimeBy(seconds, TimeUnit.SECONDS);
    peer.runScheduledPendingTasks();
  }

  private static void writable(EmbeddedChannel channel, boolean writable) {
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, writable);
    channel.runPendingTasks();
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }

  private static String read(EmbeddedChannel channel) {
    ByteBuf data = channel.readOutbound();
    assertThat(data).isNotNull();
    String text = data.toString(StandardCharsets.US_ASCII);
    data.release();
    return text.isEmpty() ? read(channel) : text;
  }

  /** As a channel whose last bytes do not leave. */
  private static final class Stuck extends ChannelOutboundHandlerAdapter {
    @Override
    public void flush(ChannelHandlerContext ctx) {}
  }

  private static final class FakeEnd extends ChannelHandlerAdapter implements EndOfStream {
    boolean finished;

    @Override
    public void finishOutput() {
      finished = true;
    }
  }

  private static final class Recorder implements RelayEvents {
    final Map<Direction, Long> bytes = new EnumMap<>(Direction.class);
    final List<CloseReason> reasons = new ArrayList<>();
    final List<Throwable> faults = new ArrayList<>();

    @Override
    public void relayed(Direction direction, int count) {
      bytes.merge(direction, (long) count, Long::sum);
    }

    @Override
    public void ending(CloseReason reason) {
      reasons.add(reason);
    }

    @Override
    public void fault(Throwable cause) {
      faults.add(cause);
    }
  }
}

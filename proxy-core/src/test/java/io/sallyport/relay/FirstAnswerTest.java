package io.sallyport.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.sallyport.relay.ConnectionEvents.Direction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an application says first waits for a turn of the loop: it may be all, and end. */
final class FirstAnswerTest {

  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());
  private final Wire toPeer = new Wire();
  private final Wire toApplication = new Wire();
  private final Relay relay =
      new Relay(
          false,
          new RelayTimeouts(
              Duration.ZERO, Duration.ofSeconds(60), Duration.ofSeconds(5), Duration.ZERO),
          new Unheard());
  private final Channel peer = channel(toPeer, relay.peerSide(toPeer));
  private final Channel application = channel(toApplication, relay.applicationSide(toApplication));

  private Channel channel(Wire wire, ChannelHandler side) {
    LocalChannel channel = new LocalChannel();
    channel.pipeline().addLast(wire, side);
    loop.register(channel).syncUninterruptibly();
    return channel;
  }

  @AfterEach
  void release() {
    peer.close().syncUninterruptibly();
    application.close().syncUninterruptibly();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Test
  void leavesWithTheEndThatIsBehindIt() {
    inOneTurn(
        () -> {
          relay.open();
          says(application, "answer");
          application.pipeline().fireChannelReadComplete(); // as Netty does at a FIN
          application.pipeline().fireUserEventTriggered(StreamEnd.FINISHED);
        });

    assertThat(toPeer.did).startsWith("write answer", "finish");
  }

  @Test
  void leavesByItselfWhenNoEndComes() throws InterruptedException {
    inOneTurn(
        () -> {
          relay.open();
          says(application, "answer");
          assertThat(toPeer.did).containsExactly("write answer");
        });

    assertThat(toPeer.flushed.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(toPeer.did).containsExactly("write answer", "flush");
  }

  @Test
  void leavesWithMoreOfIt() {
    inOneTurn(
        () -> {
          relay.open();
          says(application, "one");
          says(application, "two");
        });

    assertThat(toPeer.did).containsExactly("write one", "write two", "flush");
  }

  @Test
  void leavesBeforeACut() {
    inOneTurn(
        () -> {
          relay.open();
          says(application, "answer");
          application.pipeline().fireUserEventTriggered(StreamEnd.RESET);
        });

    assertThat(toPeer.did).startsWith("write answer", "flush");
  }

  @Test
  void keepsNothingThatComesLaterWaiting() {
    inOneTurn(
        () -> {
          relay.open();
          says(application, "first");
        });
    inOneTurn(() -> {}); // a turn later at the earliest
    inOneTurn(
        () -> {
          toPeer.did.clear();
          says(application, "second");
          assertThat(toPeer.did).containsExactly("write second", "flush");
        });
  }

  @Test
  void isNoAnswerThatThePeerSays() {
    inOneTurn(
        () -> {
          relay.open();
          says(peer, "question");
          assertThat(toApplication.did).containsExactly("write question", "flush");
        });
  }

  private void inOneTurn(Runnable steps) {
    loop.submit(steps).syncUninterruptibly();
  }

  private static void says(Channel channel, String text) {
    channel
        .pipeline()
        .fireChannelRead(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII))
        .fireChannelReadComplete();
  }

  /** What is done to a channel, in order; nothing of it is. */
  private static final class Wire extends ChannelOutboundHandlerAdapter implements EndOfStream {

    private final List<String> did = new ArrayList<>();
    private final CountDownLatch flushed = new CountDownLatch(1);

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      ByteBuf bytes = (ByteBuf) message;
      did.add("write " + bytes.toString(StandardCharsets.US_ASCII));
      bytes.release();
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
      did.add("flush");
      flushed.countDown();
    }

    @Override
    public void finishOutput() {
      did.add("finish");
    }
  }

  private static final class Unheard implements RelayEvents {

    @Override
    public void relayed(Direction direction, int count) {}

    @Override
    public void ending(CloseReason reason) {}

    @Override
    public void fault(Throwable cause) {
      throw new AssertionError(cause);
    }
  }
}

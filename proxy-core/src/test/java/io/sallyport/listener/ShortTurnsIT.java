package io.sallyport.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.sallyport.config.TransportKind;
import io.sallyport.transport.Transport;
import io.sallyport.transport.TransportUnavailable;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Many tasks for loops that have others to serve. */
final class ShortTurnsIT {

  private static final long SECONDS = 20;
  private static final int MANY = 100;

  private final Transport transport = Transport.of(TransportKind.AUTO);
  private final EventLoopGroup loops = transport.newLoops(2, "turns");
  private final ShortTurns turns = new ShortTurns();

  ShortTurnsIT() throws TransportUnavailable {}

  @AfterEach
  void stop() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /** Longer than a turn. */
  private static void beBusy() {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(2);
    while (System.nanoTime() - end < 0) {
      Thread.onSpinWait();
    }
  }

  @Test
  void tasksOfALoopRunOnItInTheOrderGiven() {
    EventLoop loop = loops.next();
    List<Integer> ran = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      int number = i;
      turns.run(
          loop,
          () -> {
            assertThat(loop.inEventLoop()).isTrue();
            ran.add(number);
          });
    }

    assertThat(turns.await(SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(ran).containsExactlyElementsOf(IntStream.range(0, MANY).boxed().toList());
  }

  @Test
  void socketsAreServedBeforeAllTasksHaveRun() throws Exception {
    EventLoop loop = loops.next();
    CompletableFuture<Void> read = new CompletableFuture<>();
    CompletableFuture<Boolean> readBeforeTheLast = new CompletableFuture<>();
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Channel channel =
          new Bootstrap()
              .group(loop)
              .channelFactory(transport.clients(server.getLocalSocketAddress()))
              .handler(
                  new SimpleChannelInboundHandler<ByteBuf>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
                      read.complete(null);
                    }
                  })
              .connect(server.getLocalSocketAddress())
              .sync()
              .channel();
      try (Socket peer = server.accept()) {
        CountDownLatch written = new CountDownLatch(1);
        turns.run(loop, () -> awaitQuietly(written));
        for (int i = 0; i < MANY; i++) {
          turns.run(loop, ShortTurnsIT::beBusy);
        }
        turns.run(loop, () -> readBeforeTheLast.complete(read.isDone()));
        peer.getOutputStream().write('x');
        written.countDown();

        assertThat(readBeforeTheLast.get(SECONDS, TimeUnit.SECONDS)).isTrue();
      } finally {
        channel.close().sync();
      }
    }
  }

  @Test
  void aTaskThatThrowsKeepsNoneOfTheOthersFromRunning() {
    EventLoop loop = loops.next();
    List<String> ran = new ArrayList<>();
    turns.run(
        loop,
        () -> {
          throw new AssertionError("thrown by a test");
        });
    turns.run(loop, () -> ran.add("next"));

    assertThat(turns.await(SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(ran).containsExactly("next");
  }

  @Test
  void oneLoopDoesNotWaitForAnother() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    CompletableFuture<Void> ran = new CompletableFuture<>();
    turns.run(loops.next(), () -> awaitQuietly(held));
    turns.run(loops.next(), () -> ran.complete(null));

    ran.get(SECONDS, TimeUnit.SECONDS);
    assertThat(turns.await(1, TimeUnit.MILLISECONDS)).isFalse();
    held.countDown();
    assertThat(turns.await(SECONDS, TimeUnit.SECONDS)).isTrue();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await(SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

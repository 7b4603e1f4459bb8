package io.sallyport.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.sallyport.rig.Transports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Event loops that end, and when they look at their sockets. */
final class LoopsTest {

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void endOnlyWhenEveryChannelIsClosedAndItsHandlersHaveLetGo(String kind) throws Exception {
    Transport transport = Transports.transport(kind);
    EventLoopGroup loops = transport.newLoops(1, "test");
    Witness witness = new Witness();
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    Channel listening =
        new ServerBootstrap()
            .group(loops)
            .channelFactory(transport.servers(anyPort))
            .childHandler(witness)
            .bind(anyPort)
            .sync()
            .channel();
    int port = ((InetSocketAddress) listening.localAddress()).getPort();
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
      assertThat(witness.added.await(20, TimeUnit.SECONDS)).isTrue();

      // From within, a loop learns of it between its look at the sockets and its end.
      loops.execute(() -> loops.shutdownGracefully(0, 20, TimeUnit.SECONDS));
      assertThat(loops.terminationFuture().await(20, TimeUnit.SECONDS)).isTrue();

      assertThat(witness.removed.getCount()).as("still in its pipeline").isZero();
      assertThat(listening.isOpen()).isFalse();
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  /** An answer is in one buffer of the kernel when this loop looks; its reader is to have it. */
  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio"})
  void lookAtTheirSocketsOnceMoreBeforeTheyDoWhatIsToComeAfterThat(String kind) throws Exception {
    Transport transport = Transports.transport(kind);
    EventLoopGroup loops = transport.newLoops(1, "test");
    BlockingQueue<String> happened = new LinkedBlockingQueue<>();
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    Channel listening =
        new ServerBootstrap()
            .group(loops)
            .channelFactory(transport.servers(anyPort))
            .childHandler(new Reader(happened))
            .bind(anyPort)
            .sync()
            .channel();
    int port = ((InetSocketAddress) listening.localAddress()).getPort();
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
      client.getOutputStream().write('a');
      assertThat(happened.poll(20, TimeUnit.SECONDS)).isEqualTo("read a");

      EventLoop loop = loops.next();
      loop.execute(
          () -> {
            Transport.afterNextLook(loop, () -> happened.add("done"));
            try {
              client.getOutputStream().write('b'); // is there when this returns: loopback
            } catch (IOException e) {
              happened.add(e.toString());
            }
          });

      assertThat(happened.poll(20, TimeUnit.SECONDS)).isEqualTo("read b");
      assertThat(happened.poll(20, TimeUnit.SECONDS)).isEqualTo("done");
    } finally {
      loops.shutdownGracefully(0, 20, TimeUnit.SECONDS).sync();
    }
  }

  private static final class Reader extends SimpleChannelInboundHandler<ByteBuf> {
    private final Queue<String> happened;

    Reader(Queue<String> happened) {
      this.happened = happened;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
      happened.add("read " + bytes.toString(StandardCharsets.US_ASCII));
    }
  }

  private static final class Witness extends ChannelInboundHandlerAdapter {
    private final CountDownLatch added = new CountDownLatch(1);
    private final CountDownLatch removed = new CountDownLatch(1);

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      added.countDown();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
      removed.countDown();
    }
  }
}

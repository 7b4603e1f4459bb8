package io.sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.sallyport.http.FrontDeadlines.Outflow;
import io.sallyport.rig.Eventually;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Whether a peer that takes what it is sent, or some, or nothing, is seen as what it is. */
final class UntakenBytesIT {

  private final UntakenBytes untaken = new UntakenBytes();

  private Outflow look(Channel channel) {
    return channel.eventLoop().submit(() -> untaken.look(channel)).syncUninterruptibly().getNow();
  }

  @Test
  void whatIsTakenFlowsAndWhatIsNotStands() throws Exception {
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Channel channel =
          new Bootstrap()
              .group(loop)
              .channel(NioSocketChannel.class)
              .option(ChannelOption.SO_SNDBUF, 64 * 1024)
              .handler(new ChannelInboundHandlerAdapter())
              .connect(listening.getLocalSocketAddress())
              .syncUninterruptibly()
              .channel();
      try (Socket peer = listening.accept()) {
        assertThat(look(channel)).isEqualTo(Outflow.DONE);
        for (int i = 0; i < 64; i++) {
          channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[256 * 1024]));
        }
        Eventually.holds("it stands", () -> look(channel) == Outflow.STANDS);
        channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
        Eventually.holds("it stands all the same", () -> look(channel) == Outflow.STANDS);

        peer.getInputStream().readNBytes(1024 * 1024);
        Eventually.holds("it flows", () -> look(channel) == Outflow.FLOWS);
        peer.getInputStream().readNBytes(15 * 1024 * 1024 + 1);

        Eventually.holds("all is taken", () -> look(channel) == Outflow.DONE);
      } finally {
        channel.close().syncUninterruptibly();
        channel.eventLoop().submit(untaken::release).syncUninterruptibly();
      }
    } finally {
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }
}

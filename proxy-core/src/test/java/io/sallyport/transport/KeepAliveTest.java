package io.sallyport.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.uring.IoUringChannelOption;
import io.sallyport.rig.Transports;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel holds of TCP keepalive, as getsockopt tells it. */
final class KeepAliveTest {

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void isOnForWhatIsAcceptedAndForWhatLeavesThisMachineAlone(String kind) throws Exception {
    Transport transport = Transports.transport(kind);
    EventLoopGroup loops = transport.newLoops(1, "test");
    CompletableFuture<Channel> accepted = new CompletableFuture<>();
    try {
      InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      ServerBootstrap server = new ServerBootstrap();
      transport.keepAlive(server);
      Channel listening =
          server
              .group(loops)
              .channelFactory(transport.servers(anyPort))
              .childHandler(new Telling(accepted))
              .bind(anyPort)
              .sync()
              .channel();
      SocketChannel client =
          (SocketChannel)
              new Bootstrap()
                  .group(loops)
                  .channelFactory(transport.clients(listening.localAddress()))
                  .handler(new ChannelInboundHandlerAdapter())
                  .connect(listening.localAddress())
                  .sync()
                  .channel();

      assertThat(keepAlive(accepted.get(20, TimeUnit.SECONDS))).isEqualTo(List.of(true, 60, 10, 6));
      transport.keepAlive(client);
      assertThat(keepAlive(client).get(0)).isEqualTo(false);
      transport.switchOnKeepAlive(client);
      assertThat(keepAlive(client)).isEqualTo(List.of(true, 60, 10, 6));
    } finally {
      loops.shutdownGracefully(0, 20, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  private static List<Object> keepAlive(Channel channel) {
    List<ChannelOption<Integer>> details =
        switch (channel.getClass().getSimpleName()) {
          case "EpollSocketChannel" ->
              List.of(
                  EpollChannelOption.TCP_KEEPIDLE,
                  EpollChannelOption.TCP_KEEPINTVL,
                  EpollChannelOption.TCP_KEEPCNT);
          case "IoUringSocketChannel" ->
              List.of(
                  IoUringChannelOption.TCP_KEEPIDLE,
                  IoUringChannelOption.TCP_KEEPINTVL,
                  IoUringChannelOption.TCP_KEEPCNT);
          default ->
              List.of(
                  NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE),
                  NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL),
                  NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT));
        };
    return List.of(
        channel.config().getOption(ChannelOption.SO_KEEPALIVE),
        channel.config().getOption(details.get(0)),
        channel.config().getOption(details.get(1)),
        channel.config().getOption(details.get(2)));
  }

  private static final class Telling extends ChannelInboundHandlerAdapter {
    private final CompletableFuture<Channel> accepted;

    Telling(CompletableFuture<Channel> accepted) {
      this.accepted = accepted;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      accepted.complete(ctx.channel());
    }
  }
}

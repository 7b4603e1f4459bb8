package io.sallyport.listener;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.sallyport.rig.Transports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A server that answers the first bytes with an alert and closes. */
final class LingeringCloseIT {

  private static final String ALERT = "alert";
  private static final int READ_BYTES = 4096;
  private static final long MOST_DISCARDED = 64 * 1024;

  private final EventLoopGroup loops = Transports.nioLoop();
  private final CompletableFuture<Channel> accepted = new CompletableFuture<>();
  private final AtomicLong readAfterTheFirst = new AtomicLong();
  private final LingeringClose lingering = new LingeringClose();
  private final Channel server =
      new ServerBootstrap()
          .group(loops)
          .channel(NioServerSocketChannel.class)
          .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
          .childHandler(
              new ChannelInitializer<Channel>() {
                @Override
                protected void initChannel(Channel channel) {
                  channel
                      .config()
                      .setRecvByteBufAllocator(new FixedRecvByteBufAllocator(READ_BYTES));
                  channel.pipeline().addLast(new Counting(), lingering, new Refusal());
                  accepted.complete(channel);
                }
              })
          .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
          .syncUninterruptibly()
          .channel();

  /** What the kernel hands over, before anybody discards it. */
  private final class Counting extends ChannelInboundHandlerAdapter {
    private boolean first = true;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (!first) {
        readAfterTheFirst.addAndGet(((ByteBuf) message).readableBytes());
      }
      first = false;
      ctx.fireChannelRead(message);
    }
  }

  private static final class Refusal extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ReferenceCountUtil.release(message);
      ctx.writeAndFlush(Unpooled.copiedBuffer(ALERT, US_ASCII));
      ctx.close();
    }
  }

  @AfterEach
  void stop() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private Socket connect() throws IOException {
    Socket socket =
        new Socket(
            InetAddress.getLoopbackAddress(),
            ((InetSocketAddress) server.localAddress()).getPort());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private void awaitClosed() throws Exception {
    assertThat(accepted.get(20, TimeUnit.SECONDS).closeFuture().await(20, TimeUnit.SECONDS))
        .isTrue();
  }

  @Test
  void anAlertArrivesThoughThePeerIsStillSending() throws Exception {
    try (Socket peer = connect()) {
      for (int i = 0; i < 8; i++) {
        peer.getOutputStream().write(new byte[4096]);
      }
      assertThat(peer.getInputStream().readAllBytes()).asString(US_ASCII).isEqualTo(ALERT);
      assertThat(accepted.get(20, TimeUnit.SECONDS).isOpen()).isTrue();
    }
    awaitClosed();
  }

  /** In the second that a silent peer is given, loopback would carry a thousand times as much. */
  @Test
  void aPeerWhoGoesOnSendingIsCutOffAfterSixtyFourKibibytes() throws Exception {
    try (Socket peer = connect()) {
      peer.getOutputStream().write('x');
      assertThat(peer.getInputStream().readAllBytes()).hasSize(ALERT.length());
      CompletableFuture<Void> flood =
          CompletableFuture.runAsync(
              () -> {
                try {
                  while (true) {
                    peer.getOutputStream().write(new byte[64 * 1024]);
                  }
                } catch (IOException e) {
                  // cut off
                }
              });
      awaitClosed();
      flood.get(20, TimeUnit.SECONDS);
      assertThat(readAfterTheFirst.get()).isLessThan(MOST_DISCARDED + READ_BYTES);
    }
  }

  @Test
  void aPeerWhoSaysNothingMoreIsNotWaitedForLong() throws Exception {
    try (Socket peer = connect()) {
      peer.getOutputStream().write('x');
      awaitClosed();
      assertThat(peer.isClosed()).isFalse();
    }
  }

  @Test
  void afterAHandshakeACloseIsAClose() throws Exception {
    try (Socket peer = connect()) {
      Channel channel = accepted.get(20, TimeUnit.SECONDS);
      channel.eventLoop().submit(lingering::closeAtOnce).sync();
      peer.getOutputStream().write('x');
      assertThat(peer.getInputStream().readAllBytes()).hasSize(ALERT.length());
      awaitClosed();
    }
  }

  @Test
  void aPeerWhoNeverSentAByteIsClosedAtOnce() throws Exception {
    try (Socket peer = connect()) {
      Channel channel = accepted.get(20, TimeUnit.SECONDS);
      channel.eventLoop().submit(() -> channel.close()).sync();
      assertThat(channel.isOpen()).isFalse();
      assertThat(peer.getInputStream().read()).isEqualTo(-1);
    }
  }
}

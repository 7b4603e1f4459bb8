package io.sallyport.identity;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.sallyport.rig.Transports;
import io.sallyport.tls.Settled;
import io.sallyport.tls.TlsHandler;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The least client that shakes hands with a generation; one connection at a time. */
final class PeerClient implements AutoCloseable {
  private final EventLoopGroup group = Transports.nioLoop();
  private final IdentityGeneration generation;
  private @Nullable Channel channel;

  /** A {@link Settled} handshake, or a {@link FailedHandshake}. */
  final BlockingQueue<Object> ended = new LinkedBlockingQueue<>();

  final BlockingQueue<Throwable> caught = new LinkedBlockingQueue<>();

  /** What the server said, the first bytes of it. */
  final BlockingQueue<Object> said = new LinkedBlockingQueue<>();

  PeerClient(IdentityGeneration generation) {
    this.generation = generation;
  }

  /** Connects to a port of this machine, meaning to reach {@code host}. */
  Object shakeHands(String host, int port) throws InterruptedException {
    channel =
        new Bootstrap()
            .group(group)
            .channel(NioSocketChannel.class)
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel fresh) {
                    TlsHandler tls =
                        TlsHandlers.client(generation, host, port, Duration.ofSeconds(10));
                    fresh.pipeline().addLast(tls, new Witness(tls));
                  }
                })
            .connect("127.0.0.1", port)
            .sync()
            .channel();
    Object end = ended.poll(20, TimeUnit.SECONDS);
    if (end == null) {
      throw new AssertionError("the handshake did not end");
    }
    return end;
  }

  void hangUp() {
    if (channel != null) {
      channel.close().syncUninterruptibly();
    }
  }

  @Override
  public void close() {
    hangUp();
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    generation.release();
  }

  private final class Witness extends ChannelInboundHandlerAdapter {
    private final TlsHandler tls;

    Witness(TlsHandler tls) {
      this.tls = tls;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof SslHandshakeCompletionEvent handshake) {
        ended.add(
            handshake.isSuccess() ? tls.settled() : FailedHandshake.of(handshake.cause(), tls));
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ReferenceCountUtil.release(message);
      said.add(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      caught.add(cause);
    }
  }
}

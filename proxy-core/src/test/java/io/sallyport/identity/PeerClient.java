package io.sallyport.identity;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.sallyport.rig.Transports;
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

  /** An {@link SslHandler} that is done, or a {@link FailedHandshake}. */
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
                    WireWatch watch =
                        TlsHandlers.client(
                            generation, fresh.alloc(), host, port, Duration.ofSeconds(10));
                    SslHandler tls = watch.tls();
                    fresh.pipeline().addLast(watch, tls, new Witness(watch, tls));
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
    ReferenceCountUtil.release(generation.sslContext());
  }

  private final class Witness extends ChannelInboundHandlerAdapter {
    private final WireWatch watch;
    private final SslHandler tls;

    Witness(WireWatch watch, SslHandler tls) {
      this.watch = watch;
      this.tls = tls;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof SslHandshakeCompletionEvent handshake) {
        ended.add(handshake.isSuccess() ? tls : watch.failed(handshake.cause()));
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

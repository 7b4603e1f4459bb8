package io.sallyport.identity;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.sallyport.rig.Transports;
import io.sallyport.tls.Settled;
import io.sallyport.tls.TlsHandler;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The least server that shakes hands with a generation: says {@code hello}, echoes the rest. */
final class PeerServer implements AutoCloseable {
  private final EventLoopGroup group = Transports.nioLoop();
  private final IdentityGeneration generation;
  private final Channel channel;
  private final Duration handshakeTimeout;

  final BlockingQueue<FailedHandshake> failed = new LinkedBlockingQueue<>();
  final BlockingQueue<Settled> completed = new LinkedBlockingQueue<>();
  final BlockingQueue<Throwable> caught = new LinkedBlockingQueue<>();
  final BlockingQueue<Channel> closed = new LinkedBlockingQueue<>();

  PeerServer(IdentityGeneration generation) throws InterruptedException {
    this(generation, Duration.ofSeconds(10));
  }

  PeerServer(IdentityGeneration generation, Duration handshakeTimeout) throws InterruptedException {
    this.generation = generation;
    this.handshakeTimeout = handshakeTimeout;
    channel =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel child) {
                    TlsHandler tls =
                        TlsHandlers.server(generation, PeerServer.this.handshakeTimeout);
                    child.pipeline().addLast(tls, new Witness(tls));
                  }
                })
            .bind("127.0.0.1", 0)
            .sync()
            .channel();
  }

  int port() {
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  FailedHandshake nextFailure() throws InterruptedException {
    FailedHandshake next = failed.poll(20, TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("no handshake failed");
    }
    return next;
  }

  @Override
  public void close() {
    channel.close().syncUninterruptibly();
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
        if (handshake.isSuccess()) {
          completed.add(tls.settled());
          write(ctx, Unpooled.wrappedBuffer("hello\n".getBytes(StandardCharsets.US_ASCII)));
        } else {
          failed.add(FailedHandshake.of(handshake.cause(), tls));
        }
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      write(ctx, (ByteBuf) message);
    }

    private static void write(ChannelHandlerContext ctx, ByteBuf bytes) {
      ctx.writeAndFlush(bytes).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      closed.add(ctx.channel());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      caught.add(cause);
    }
  }
}

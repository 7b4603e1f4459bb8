package io.sallyport.relay;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.sallyport.transport.Transport;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The end of a plaintext stream over TCP or a Unix socket: FIN is the end, RST is a cut. */
public final class PlainEnd extends ChannelInboundHandlerAdapter implements EndOfStream {

  // Netty does not let a flush be followed by a FIN: shutdownOutput drops what is still queued.
  private static final ChannelFutureListener SHUT_DOWN_OUTPUT =
      future -> {
        if (future.isSuccess()) {
          ((DuplexChannel) future.channel()).shutdownOutput();
        }
      };

  private @Nullable Channel channel;

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    channel = ctx.channel();
  }

  @Override
  public void finishOutput() {
    if (channel != null) {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(SHUT_DOWN_OUTPUT);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    ctx.fireUserEventTriggered(
        event instanceof ChannelInputShutdownEvent ? StreamEnd.FINISHED : event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (!Transport.halfCloses(ctx.channel())) {
      ctx.fireUserEventTriggered(StreamEnd.CLOSED); // a cut would have been an exception before
    }
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof IOException) {
      ctx.fireUserEventTriggered(StreamEnd.RESET);
    } else {
      ctx.fireExceptionCaught(cause);
    }
  }
}

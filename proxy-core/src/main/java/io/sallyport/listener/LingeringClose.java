package io.sallyport.listener;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lets a fatal alert arrive. A close with unread bytes in the kernel becomes an RST, which makes
 * the peer's kernel throw away the alert just sent; so after a failure this handler sends FIN,
 * discards what still comes for at most a second or 64 KiB, and only then closes.
 *
 * <p>First in the pipeline, below TLS. It lingers until {@link #closeAtOnce()} says that the
 * handshake went well, and again from {@link #lingerOnClose()} on.
 */
public final class LingeringClose extends ChannelDuplexHandler {

  private static final int MOST_BYTES = 64 * 1024;
  private static final long MOST_MILLIS = 1000;

  private boolean linger = true;
  private boolean sawBytes;
  private int discarded;
  private @Nullable ChannelPromise closing;

  /** The handshake is done: a close needs no more care than TLS itself takes. */
  public void closeAtOnce() {
    linger = false;
  }

  /** A fatal alert is on its way out. */
  public void lingerOnClose() {
    linger = true;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (closing == null) {
      sawBytes = true;
      ctx.fireChannelRead(message);
      return;
    }
    discarded += ((ByteBuf) message).readableBytes();
    ReferenceCountUtil.release(message);
    if (discarded >= MOST_BYTES) {
      ctx.close();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (closing != null
        && (event instanceof ChannelInputShutdownEvent
            || event instanceof ChannelInputShutdownReadComplete)) {
      ctx.close();
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (closing != null) {
      ctx.close();
    } else {
      ctx.fireExceptionCaught(cause);
    }
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    boolean peerMayStillSend =
        ctx.channel() instanceof DuplexChannel duplex
            && duplex.isActive()
            && !duplex.isInputShutdown();
    if (!linger || !sawBytes || !peerMayStillSend) {
      ctx.close(promise);
      return;
    }
    if (closing != null) {
      closing.addListener(done -> promise.setSuccess());
      return;
    }
    closing = promise;
    ctx.channel().closeFuture().addListener(closed -> promise.trySuccess());
    ctx.channel().config().setAutoRead(true);
    ctx.writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(flushed -> ((DuplexChannel) ctx.channel()).shutdownOutput());
    var deadline = ctx.executor().schedule(() -> ctx.close(), MOST_MILLIS, TimeUnit.MILLISECONDS);
    ctx.channel().closeFuture().addListener(closed -> deadline.cancel(false));
  }
}

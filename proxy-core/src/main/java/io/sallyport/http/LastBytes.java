package io.sallyport.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.sallyport.transport.Resets;

/**
 * The close of a connection on which all has been written. Progress counts, so that a slow reader
 * has all of the last response; who takes nothing for a time is reset. Belongs to the event loop.
 */
final class LastBytes {

  private final FrontDeadlines deadlines;
  private long pending;

  LastBytes(FrontDeadlines deadlines) {
    this.deadlines = deadlines;
  }

  /** What the peer has not taken yet. */
  static long pending(Channel channel) {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }

  /** Lets what has been written arrive, and closes. */
  void close(ChannelHandlerContext ctx) {
    pending = pending(ctx.channel());
    deadlines.closing();
    ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  /** {@link FrontDeadlines.Overdue#CLOSE}. */
  void overdue(Channel channel) {
    long left = pending(channel);
    if (left < pending) {
      pending = left;
      deadlines.closing();
    } else {
      Resets.reset(channel);
    }
  }
}

package io.sallyport.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.sallyport.relay.StreamEnd;

/**
 * Tells the codec behind it how the stream ended. A response may have no length and end with its
 * connection (RFC 9112 §6.3), which anybody on the way can bring about: so only an end that nobody
 * can forge becomes an end of the input, and every other one is told before the channel becomes
 * inactive, which the codec would take for an end as well (RFC 9112 §9.8).
 */
final class ProperEnd extends ChannelInboundHandlerAdapter {

  private boolean told;

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (!(event instanceof StreamEnd end)) {
      ctx.fireUserEventTriggered(event);
    } else if (!told) {
      told = true;
      ctx.fireUserEventTriggered(
          end == StreamEnd.FINISHED || end == StreamEnd.CLOSED
              ? ChannelInputShutdownEvent.INSTANCE
              : end);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (!told) {
      told = true;
      ctx.fireUserEventTriggered(StreamEnd.TRUNCATED);
    }
    ctx.fireChannelInactive();
  }
}

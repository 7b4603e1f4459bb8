package io.sallyport.listener;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.EncoderException;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.transport.Resets;

/**
 * Ends a connection whose envelope failed: with a reset on both sides, so that nobody takes what
 * came before for the whole, and with the reason in the log alone.
 */
final class EnvelopeEnd extends ChannelInboundHandlerAdapter {

  private final Connection connection;

  EnvelopeEnd(Connection connection) {
    this.connection = connection;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Throwable failed = cause instanceof EncoderException ? cause.getCause() : cause;
    if (failed instanceof EnvelopeFailed envelope) {
      connection.envelopeFailed(envelope);
      Resets.reset(ctx.channel());
    } else {
      ctx.fireExceptionCaught(cause);
    }
  }
}

package io.sallyport.listener;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.sallyport.identity.FailedHandshake;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.EndOfStream;
import io.sallyport.relay.StreamEnd;
import java.io.IOException;
import javax.net.ssl.SSLException;

/**
 * The end of a TLS stream: close_notify is the end, and a FIN without one is a truncation (RFC 8446
 * §6.1). Stands after the {@code SslHandler}.
 */
public final class TlsEnd extends ChannelInboundHandlerAdapter implements EndOfStream {

  private final SslHandler tls;
  private final LingeringClose lingering;
  private final Connection connection;
  private boolean closeNotifySeen;

  public TlsEnd(SslHandler tls, LingeringClose lingering, Connection connection) {
    this.tls = tls;
    this.lingering = lingering;
    this.connection = connection;
  }

  @Override
  public void finishOutput() {
    // RFC 8446 §6.1 closes one direction only; what was written before has been flushed through.
    tls.closeOutbound();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslCloseCompletionEvent closed) {
      if (closed.isSuccess()) {
        closeNotifySeen = true;
        ctx.fireUserEventTriggered(StreamEnd.FINISHED);
      }
    } else if (event instanceof ChannelInputShutdownEvent) {
      if (!closeNotifySeen) {
        ctx.fireUserEventTriggered(StreamEnd.TRUNCATED);
      }
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof SSLException
        || (cause instanceof DecoderException && cause.getCause() instanceof SSLException)) {
      lingering.lingerOnClose();
      if (tls.handshakeFuture().isSuccess()) {
        tellWhy(cause);
      } // else it was told, and an outbound connection may still find another peer
      ctx.fireUserEventTriggered(StreamEnd.BROKEN);
    } else if (cause instanceof IOException) {
      ctx.fireUserEventTriggered(StreamEnd.RESET);
    } else {
      ctx.fireExceptionCaught(cause);
    }
  }

  private void tellWhy(Throwable cause) {
    FailedHandshake why = FailedHandshake.of(cause);
    connection.ending(CloseReason.TLS_ERROR, why.failure().label(), why.detail());
  }
}

package io.sallyport.listener;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.sallyport.identity.FailedHandshake;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.EndOfStream;
import io.sallyport.relay.StreamEnd;
import io.sallyport.tls.TlsHandler;
import java.io.IOException;
import javax.net.ssl.SSLException;

/**
 * The end of a TLS stream: close_notify is the end, and a FIN without one is a truncation (RFC 8446
 * §6.1). Stands after the {@link TlsHandler}.
 *
 * <p>Where the streams within end themselves, close_notify is not sent for one of them, and comes
 * as the end of both.
 */
public final class TlsEnd extends ChannelInboundHandlerAdapter implements EndOfStream {

  private final TlsHandler tls;
  private final LingeringClose lingering;
  private final OpenConnection connection;
  private final boolean streamsEndThemselves;
  private boolean closeNotifySeen;

  /**
   * @param streamsEndThemselves see {@link EnvelopeSides#endThemselves}
   */
  public TlsEnd(
      TlsHandler tls,
      LingeringClose lingering,
      OpenConnection connection,
      boolean streamsEndThemselves) {
    this.tls = tls;
    this.lingering = lingering;
    this.connection = connection;
    this.streamsEndThemselves = streamsEndThemselves;
  }

  @Override
  public void finishOutput() {
    if (!streamsEndThemselves) {
      tls.finishOutput();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == SslCloseCompletionEvent.SUCCESS) {
      closeNotifySeen = true;
      ctx.fireUserEventTriggered(streamsEndThemselves ? StreamEnd.CLOSED : StreamEnd.FINISHED);
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
        // so does the ServerNameGuard's reach us
        || (cause instanceof DecoderException && cause.getCause() instanceof SSLException)) {
      lingering.lingerOnClose();
      if (tls.isEstablished()) {
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
    connection.ending(CloseReason.TLS_ERROR, why.failure().label(), connection.told(why));
  }
}

package io.sallyport.listener;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.sallyport.identity.FailedHandshake;
import io.sallyport.identity.WireWatch;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.EndOfStream;
import io.sallyport.relay.StreamEnd;
import java.io.IOException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The end of a TLS stream: close_notify is the end, and a FIN without one is a truncation (RFC 8446
 * §6.1). Stands after the {@code SslHandler}.
 *
 * <p>Where the streams within end themselves, close_notify is not sent for one of them, and comes
 * as the end of both.
 */
public final class TlsEnd extends ChannelInboundHandlerAdapter implements EndOfStream {

  private final WireWatch wire;
  private final SslHandler tls;
  private final LingeringClose lingering;
  private final OpenConnection connection;
  private final boolean streamsEndThemselves;
  private @Nullable ChannelHandlerContext context;
  private boolean outputFinished;
  private boolean closeNotifySeen;

  /**
   * @param streamsEndThemselves see {@link EnvelopeSides#endThemselves}
   */
  public TlsEnd(
      WireWatch wire,
      LingeringClose lingering,
      OpenConnection connection,
      boolean streamsEndThemselves) {
    this.wire = wire;
    this.tls = wire.tls();
    this.lingering = lingering;
    this.connection = connection;
    this.streamsEndThemselves = streamsEndThemselves;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void finishOutput() {
    if (context != null && !streamsEndThemselves) {
      ChannelHandlerContext ctx = context;
      wire.together(
          () -> {
            ctx.flush(); // what is not encrypted when the engine closes is lost
            outputFinished = true;
            // RFC 8446 §6.1 closes one direction only.
            tls.closeOutbound();
          });
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslCloseCompletionEvent closed) {
      if (closed.isSuccess()) {
        lookForCloseNotify(ctx);
      }
    } else if (event instanceof ChannelInputShutdownEvent) {
      lookForCloseNotify(ctx);
      if (!closeNotifySeen) {
        ctx.fireUserEventTriggered(StreamEnd.TRUNCATED);
      }
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (outputFinished) {
      lookForCloseNotify(ctx);
    }
    ctx.fireChannelReadComplete();
  }

  /**
   * Netty tells once that TLS has closed, and when we have finished first it does so on the next
   * record, whatever that holds. The engine knows whether it was the peer's close_notify.
   */
  private void lookForCloseNotify(ChannelHandlerContext ctx) {
    if (!closeNotifySeen && tls.engine().isInboundDone()) {
      closeNotifySeen = true;
      ctx.fireUserEventTriggered(streamsEndThemselves ? StreamEnd.CLOSED : StreamEnd.FINISHED);
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
    connection.ending(CloseReason.TLS_ERROR, why.failure().label(), connection.told(why));
  }
}

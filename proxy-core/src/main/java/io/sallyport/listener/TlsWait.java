package io.sallyport.listener;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.sallyport.identity.ChainRefused;
import io.sallyport.identity.FailedHandshake;
import io.sallyport.identity.HandshakeEvents;
import io.sallyport.identity.Resumption;
import io.sallyport.identity.TrustBundle;
import io.sallyport.identity.WireWatch;
import io.sallyport.relay.StreamEnd;
import io.sallyport.transport.Resets;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * Waits for the end of a handshake, tells the events of it, and then leaves the pipeline. Until
 * then every end of the stream is the end of the handshake, and only that is told.
 */
public abstract class TlsWait extends ChannelInboundHandlerAdapter {

  private final TrustBundle trust;
  private final WireWatch wire;
  private final LingeringClose lingering;
  private final HandshakeEvents events;
  private final long startedAt = System.nanoTime();
  private boolean failed;

  /**
   * @param trust of the generation that the handshake is made with
   */
  protected TlsWait(
      TrustBundle trust, WireWatch wire, LingeringClose lingering, HandshakeEvents events) {
    this.trust = trust;
    this.wire = wire;
    this.lingering = lingering;
    this.events = events;
  }

  /** The handshake is done; the peer has not been judged. This handler leaves the pipeline next. */
  protected abstract void done(ChannelHandlerContext ctx, TlsSession session);

  /**
   * It failed, or went on with a session whose peer has lost its right since. The channel is being
   * closed, an alert going out first where there is one.
   */
  protected abstract void failed(ChannelHandlerContext ctx, FailedHandshake failed);

  @Override
  public final void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent completion) {
      if (completion.isSuccess()) {
        succeeded(ctx);
      } else {
        failOnce(ctx, completion.cause());
      }
    } else if (event instanceof StreamEnd) {
      // SslHandler would tell only when the channel has been closed, and its end been told.
      failOnce(ctx, new ClosedChannelException());
      ctx.close();
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  private void failOnce(ChannelHandlerContext ctx, Throwable cause) {
    if (!failed) {
      failed = true;
      failed(ctx, wire.failed(cause));
    }
  }

  private void succeeded(ChannelHandlerContext ctx) {
    lingering.closeAtOnce();
    SslHandler tls = wire.tls();
    TlsSession session = TlsSession.of(tls);
    if (session.leaf() != null) {
      try {
        Resumption.proveAgain(tls, trust);
      } catch (ChainRefused | SSLPeerUnverifiedException e) {
        failOnce(ctx, e);
        Resets.reset(ctx.channel()); // it is too late for an alert
        return;
      }
    }
    events.handshakeCompleted(
        session.version(),
        session.cipher(),
        Resumption.isResumed(tls),
        System.nanoTime() - startedAt);
    done(ctx, session);
    ctx.pipeline().remove(this);
  }
}

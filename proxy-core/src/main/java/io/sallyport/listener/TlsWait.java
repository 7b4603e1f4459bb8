package io.sallyport.listener;

import static io.sallyport.identity.PeerRole.CLIENT;
import static io.sallyport.identity.PeerRole.SERVER;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.sallyport.identity.ChainRefused;
import io.sallyport.identity.FailedHandshake;
import io.sallyport.identity.HandshakeEvents;
import io.sallyport.identity.Resumption;
import io.sallyport.identity.WireWatch;
import io.sallyport.policy.Verdict;
import io.sallyport.relay.StreamEnd;
import io.sallyport.transport.Resets;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the end of a handshake, tells the events of it, and then leaves the pipeline. Until
 * then every end of the stream is the end of the handshake, and only that is told.
 */
public abstract class TlsWait extends ChannelInboundHandlerAdapter {

  private final Connection connection;
  private final LiveTerms<?> live;
  private final @Nullable String host;
  private final WireWatch wire;
  private final LingeringClose lingering;
  private final HandshakeEvents events;
  private final long startedAt = System.nanoTime();
  private boolean failed;

  /**
   * @param connection the one that the handshake belongs to
   * @param host whom we mean to reach; null where the peer came to us
   */
  protected TlsWait(
      Connection connection,
      LiveTerms<?> live,
      @Nullable String host,
      WireWatch wire,
      LingeringClose lingering,
      HandshakeEvents events) {
    this.connection = connection;
    this.live = live;
    this.host = host;
    this.wire = wire;
    this.lingering = lingering;
    this.events = events;
  }

  /**
   * The handshake is done and its peer, if it has to be anyone, is proven. This handler leaves the
   * pipeline next.
   *
   * @param verdict by the rules of now, whatever was judged within the handshake
   */
  protected abstract void done(ChannelHandlerContext ctx, TlsSession session, Verdict verdict);

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
    Standing standing =
        Standing.of(session, tls.engine().getUseClientMode() ? SERVER : CLIENT, host);
    // First known, then judged: whoever changes the terms in between finds it and judges it.
    connection.stands(standing);
    Terms<?> terms = live.current();
    try {
      // The handshake may have asked nobody (resumption), or the trust of terms that have gone.
      standing = standing.proven(terms);
    } catch (ChainRefused e) {
      failOnce(ctx, e);
      Resets.reset(ctx.channel()); // it is too late for an alert
      return;
    }
    connection.stands(standing);
    events.handshakeCompleted(
        session.version(),
        session.cipher(),
        Resumption.isResumed(tls),
        standing.anchorName(),
        System.nanoTime() - startedAt);
    TlsSession counted = session.as(terms.rules().counted(session.peer()));
    done(ctx, counted, terms.rules().judge(counted.peer(), host));
    ctx.pipeline().remove(this);
  }
}

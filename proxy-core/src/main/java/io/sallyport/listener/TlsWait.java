package io.sallyport.listener;

import static io.sallyport.identity.PeerRole.CLIENT;
import static io.sallyport.identity.PeerRole.SERVER;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.sallyport.identity.ChainRefused;
import io.sallyport.identity.FailedHandshake;
import io.sallyport.identity.HandshakeEvents;
import io.sallyport.policy.Verdict;
import io.sallyport.relay.StreamEnd;
import io.sallyport.tls.TlsHandler;
import io.sallyport.transport.Resets;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the end of a handshake, tells the events of it, and then leaves the pipeline. Until
 * then every end of the stream is the end of the handshake, and only that is told.
 */
public abstract class TlsWait extends ChannelInboundHandlerAdapter {

  private final OpenConnection connection;
  private final LiveTerms<?> live;
  private final @Nullable String host;
  private final TlsHandler tls;
  private final LingeringClose lingering;
  private final HandshakeEvents events;
  private final long startedAt = System.nanoTime();

  /** While the peer is being proven. */
  private final HeldInput input = new HeldInput();

  private boolean failed;

  /**
   * @param connection the one that the handshake belongs to
   * @param host whom we mean to reach; null where the peer came to us
   */
  protected TlsWait(
      OpenConnection connection,
      LiveTerms<?> live,
      @Nullable String host,
      TlsHandler tls,
      LingeringClose lingering,
      HandshakeEvents events) {
    this.connection = connection;
    this.live = live;
    this.host = host;
    this.tls = tls;
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
    } else if (!(event instanceof StreamEnd)) {
      ctx.fireUserEventTriggered(event);
    } else if (!isAfterData(event) || !input.hold(event)) {
      failOnce(ctx, new ClosedChannelException());
      ctx.close();
    }
  }

  /** What came before such an end is still worth having. */
  private static boolean isAfterData(Object end) {
    return end == StreamEnd.FINISHED || end == StreamEnd.TRUNCATED;
  }

  @Override
  public final void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!input.hold(message)) {
      ctx.fireChannelRead(message);
    }
  }

  @Override
  public final void handlerRemoved(ChannelHandlerContext ctx) {
    input.release();
  }

  private void failOnce(ChannelHandlerContext ctx, Throwable cause) {
    if (!failed) {
      failed = true;
      failed(ctx, FailedHandshake.of(cause, tls));
    }
  }

  private void succeeded(ChannelHandlerContext ctx) {
    lingering.closeAtOnce();
    TlsSession session = TlsSession.of(tls.settled());
    Standing standing = Standing.of(session, tls.isServer() ? CLIENT : SERVER, host);
    // First known, then judged: whoever changes the terms in between finds it and judges it.
    connection.stands(standing);
    prove(ctx, session, standing);
  }

  /** The handshake may have asked nobody (resumption), or the trust of terms that have gone. */
  private void prove(ChannelHandlerContext ctx, TlsSession session, Standing shown) {
    Terms<?> terms = live.current();
    Executor prover = terms.identity().trust().prover();
    if (prover == null || session.chain().isEmpty()) {
      conclude(ctx, session, Judgement.of(shown, terms));
      return;
    }
    // It may take long, and who comes behind us may not be there yet.
    input.begin(ctx);
    CompletableFuture.supplyAsync(() -> Judgement.of(shown, terms), prover)
        .thenAcceptAsync(
            judgement -> concludeIfOpen(ctx, session, shown, judgement), ctx.executor())
        .exceptionally(
            fault -> {
              if (!ctx.executor().isShuttingDown()) {
                ctx.pipeline().fireExceptionCaught(fault);
              }
              return null;
            });
  }

  private void concludeIfOpen(
      ChannelHandlerContext ctx, TlsSession session, Standing shown, Judgement judgement) {
    if (failed || ctx.isRemoved() || !ctx.channel().isActive()) {
      return; // it has ended, and that has been told
    }
    if (judgement.terms().equals(live.current())) {
      conclude(ctx, session, judgement);
    } else {
      prove(ctx, session, shown);
    }
  }

  private void conclude(ChannelHandlerContext ctx, TlsSession session, Judgement judgement) {
    input.end(ctx, () -> judge(ctx, session, judgement));
  }

  private void judge(ChannelHandlerContext ctx, TlsSession session, Judgement judgement) {
    if (judgement.refusal() != null) {
      failOnce(ctx, judgement.refusal());
      Resets.reset(ctx.channel()); // it is too late for an alert
      return;
    }
    connection.stands(judgement.standing());
    events.handshakeCompleted(
        session.version(),
        session.cipher(),
        session.resumed(),
        judgement.standing().anchorName(),
        System.nanoTime() - startedAt);
    TlsSession counted = session.as(judgement.terms().rules().counted(session.peer()));
    done(ctx, counted, judgement.terms().rules().judge(counted.peer(), host));
    ctx.pipeline().remove(this);
  }

  /**
   * @param refusal null where the terms vouch for what was shown
   */
  private record Judgement(Terms<?> terms, Standing standing, @Nullable ChainRefused refusal) {

    static Judgement of(Standing shown, Terms<?> terms) {
      try {
        return new Judgement(terms, shown.proven(terms), null);
      } catch (ChainRefused e) {
        return new Judgement(terms, shown, e);
      }
    }
  }
}

package io.sallyport.outbound;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.sallyport.identity.FailedHandshake;
import io.sallyport.identity.HandshakeFailure;
import io.sallyport.listener.LingeringClose;
import io.sallyport.listener.OpenConnection;
import io.sallyport.listener.Refused;
import io.sallyport.listener.TlsEnd;
import io.sallyport.listener.TlsSession;
import io.sallyport.listener.TlsWait;
import io.sallyport.policy.Peer;
import io.sallyport.policy.Verdict;
import io.sallyport.tls.TlsHandler;
import org.jspecify.annotations.Nullable;

/**
 * Judges the peer that an endpoint turned out to be. A resumed session is judged like a full
 * handshake, by the certificate it began with.
 */
final class OutboundGate extends TlsWait {

  private final OutboundListener listener;
  private final OpenConnection connection;
  private final @Nullable String host;
  private final TlsEnd peerEnd;
  private final Seeker seeker;

  /** Who looks for a peer, and is told what an endpoint turned out to be. */
  interface Seeker {

    /**
     * @param refused a proven peer, within the handshake; null where it was not proven
     * @param who null where nobody has shown a certificate
     */
    void handshakeFailed(FailedHandshake failed, @Nullable Refused refused, @Nullable String who);

    /** Proven, and not allowed. */
    void denied(Channel channel, Refused refused);

    /**
     * A peer that is proven and allowed. The gate leaves the pipeline next.
     *
     * @param end how its stream ends
     */
    void found(Channel channel, TlsEnd end, TlsSession session);

    /** The channel has been closed; perhaps nothing else has been told. */
    void closed(Channel channel);

    /** A fault of ours. */
    void fault(Throwable cause);
  }

  OutboundGate(
      OutboundListener listener,
      OpenConnection connection,
      TlsHandler tls,
      LingeringClose lingering,
      @Nullable String host,
      TlsEnd peerEnd,
      Seeker seeker) {
    super(connection, listener.live(), host, tls, lingering, listener.events());
    this.listener = listener;
    this.connection = connection;
    this.host = host;
    this.peerEnd = peerEnd;
    this.seeker = seeker;
  }

  @Override
  protected void failed(ChannelHandlerContext ctx, FailedHandshake failed) {
    Peer peer = failed.leaf() == null ? null : Peer.of(failed.leaf());
    seeker.handshakeFailed(
        new FailedHandshake(failed.failure(), connection.told(failed), failed.leaf()),
        failed.failure() == HandshakeFailure.NOT_ALLOWED ? refused(ctx, peer) : null,
        peer == null ? null : peer.displayName());
  }

  /** The rules refused it within the handshake, where there is room for no more than a no. */
  private @Nullable Refused refused(ChannelHandlerContext ctx, @Nullable Peer peer) {
    return listener.live().current().rules().judge(peer, host) instanceof Verdict.Denied denied
        ? refused(ctx, denied, peer)
        : null;
  }

  private Refused refused(ChannelHandlerContext ctx, Verdict.Denied denied, @Nullable Peer peer) {
    return new Refused(
        denied.reason(),
        peer == null ? null : peer.displayName(),
        Refused.text(ctx.channel().remoteAddress()),
        null,
        () -> listener.live().current().rules().nearest(peer, null));
  }

  @Override
  protected void done(ChannelHandlerContext ctx, TlsSession session, Verdict verdict) {
    if (verdict instanceof Verdict.Denied denied) {
      seeker.denied(ctx.channel(), refused(ctx, denied, session.peer()));
    } else {
      seeker.found(ctx.channel(), peerEnd, session);
    }
  }

  /** It may have been cut while its peer was being proven, which is no end of a handshake. */
  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ctx.fireChannelInactive();
    seeker.closed(ctx.channel());
  }

  /** There is nobody behind us yet who would hear of it. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    seeker.fault(cause);
  }
}

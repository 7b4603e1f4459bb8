package io.sallyport.outbound;

import io.netty.channel.ChannelHandlerContext;
import io.sallyport.identity.FailedHandshake;
import io.sallyport.identity.HandshakeFailure;
import io.sallyport.identity.WireWatch;
import io.sallyport.listener.Connection;
import io.sallyport.listener.LingeringClose;
import io.sallyport.listener.TlsEnd;
import io.sallyport.listener.TlsSession;
import io.sallyport.listener.TlsWait;
import io.sallyport.policy.Denial;
import io.sallyport.policy.Peer;
import io.sallyport.policy.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * Judges the peer that an endpoint turned out to be. A resumed session is judged like a full
 * handshake, by the certificate it began with.
 */
final class OutboundGate extends TlsWait {

  private final OutboundListener listener;
  private final @Nullable String host;
  private final TlsEnd peerEnd;
  private final PeerSearch search;

  OutboundGate(
      OutboundListener listener,
      Connection connection,
      WireWatch wire,
      LingeringClose lingering,
      @Nullable String host,
      TlsEnd peerEnd,
      PeerSearch search) {
    super(connection, listener.live(), host, wire, lingering, listener.events());
    this.listener = listener;
    this.host = host;
    this.peerEnd = peerEnd;
    this.search = search;
  }

  @Override
  protected void failed(ChannelHandlerContext ctx, FailedHandshake failed) {
    Peer peer = failed.leaf() == null ? null : Peer.of(failed.leaf());
    search.handshakeFailed(
        failed,
        failed.failure() == HandshakeFailure.NOT_ALLOWED ? denial(peer) : null,
        peer == null ? null : peer.displayName());
  }

  /** The rules refused it within the handshake, where there is room for no more than a no. */
  private @Nullable Denial denial(@Nullable Peer peer) {
    return listener.live().current().rules().judge(peer, host) instanceof Verdict.Denied denied
        ? denied.reason()
        : null;
  }

  @Override
  protected void done(ChannelHandlerContext ctx, TlsSession session, Verdict verdict) {
    String who = session.peer() == null ? null : session.peer().displayName();
    if (verdict instanceof Verdict.Denied denied) {
      search.denied(ctx.channel(), denied.reason(), who);
    } else {
      search.found(ctx.channel(), peerEnd, who);
    }
  }

  /** There is no relay behind us yet that would hear of it. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    search.fault(cause);
  }
}

package io.sallyport.inbound;

import io.netty.channel.ChannelHandlerContext;
import io.sallyport.identity.FailedHandshake;
import io.sallyport.listener.Connection;
import io.sallyport.listener.LingeringClose;
import io.sallyport.listener.TlsSession;
import io.sallyport.listener.TlsWait;
import io.sallyport.policy.NearestRule;
import io.sallyport.policy.Peer;
import io.sallyport.policy.Verdict;
import io.sallyport.relay.CloseReason;
import io.sallyport.tls.TlsHandler;
import io.sallyport.transport.Resets;
import org.jspecify.annotations.Nullable;

/**
 * Opens when the handshake is done and the peer is allowed: strangers open nothing behind us. A
 * resumed handshake is judged like a full one, and a peer that has to have a certificate must have
 * one in its session, whoever put the session there.
 */
final class InboundGate extends TlsWait {

  private final InboundListener listener;
  private final Connection connection;
  private final Entry entry;

  /** What becomes of a peer that is let in. */
  interface Entry {
    /**
     * @param ctx of the gate, which leaves the pipeline next
     */
    void enter(ChannelHandlerContext ctx, TlsSession settled);
  }

  InboundGate(
      InboundListener listener,
      Connection connection,
      TlsHandler tls,
      LingeringClose lingering,
      Entry entry) {
    super(connection, listener.live(), null, tls, lingering, listener.events());
    this.listener = listener;
    this.connection = connection;
    this.entry = entry;
  }

  @Override
  protected void failed(ChannelHandlerContext ctx, FailedHandshake failed) {
    Peer peer = failed.leaf() == null ? null : Peer.of(failed.leaf());
    connection.handshakeFailed(
        failed, peer == null ? null : peer.displayName(), () -> nearestRule(peer));
  }

  private @Nullable NearestRule nearestRule(@Nullable Peer peer) {
    return listener.live().current().rules().nearest(peer, null);
  }

  @Override
  protected void done(ChannelHandlerContext ctx, TlsSession settled, Verdict verdict) {
    if (settled.peer() != null) {
      connection.peerIs(settled.peer().displayName());
    }
    if (verdict instanceof Verdict.Denied denied) {
      connection.deny(denied.reason(), () -> nearestRule(settled.peer()));
      return;
    }
    if (!connection.isCarriedAs(listener.live().current())) {
      connection.ending(CloseReason.NO_LONGER_ALLOWED); // changed during the handshake
      Resets.reset(ctx.channel());
      return;
    }
    if (verdict instanceof Verdict.Audited audited) {
      connection.audited(audited.reason());
    }
    connection.established();
    entry.enter(ctx, settled);
  }
}

package io.sallyport.outbound;

import io.netty.channel.EventLoopGroup;
import io.sallyport.config.OutboundConfig;
import io.sallyport.identity.LiveIdentity;
import io.sallyport.listener.Acceptor;
import io.sallyport.listener.ListenerEvents;
import io.sallyport.policy.AllowRules;
import io.sallyport.transport.Transport;
import io.sallyport.upstream.Dialer;
import io.sallyport.upstream.Endpoints;

/**
 * The application comes in plaintext and is taken over TLS to a peer that is proven and allowed.
 *
 * @param rules whom we may reach
 * @param endpoints where the peer may be had
 */
public record OutboundListener(
    OutboundConfig config,
    LiveIdentity identity,
    AllowRules rules,
    Endpoints endpoints,
    Dialer dialer,
    ListenerEvents events) {

  /** The listener, not bound yet. */
  public Acceptor acceptor(Transport transport, EventLoopGroup loops) {
    return new Acceptor(
        config,
        transport,
        loops,
        events,
        (connection, channel) -> OutboundPipeline.fillApplication(this, connection, channel));
  }
}

package io.sallyport.inbound;

import io.netty.channel.EventLoopGroup;
import io.sallyport.config.InboundConfig;
import io.sallyport.identity.LiveIdentity;
import io.sallyport.listener.Acceptor;
import io.sallyport.listener.ListenerEvents;
import io.sallyport.policy.AllowRules;
import io.sallyport.transport.Transport;
import io.sallyport.upstream.Dialer;

/**
 * Peers come in over TLS; whoever is allowed is handed to the application.
 *
 * @param rules who may come in
 * @param dialer reaches the application
 */
public record InboundListener(
    InboundConfig config,
    LiveIdentity identity,
    AllowRules rules,
    Dialer dialer,
    ListenerEvents events) {

  /** The listener, not bound yet. */
  public Acceptor acceptor(Transport transport, EventLoopGroup loops) {
    return new Acceptor(
        config,
        transport,
        loops,
        events,
        (connection, channel) -> InboundPipeline.fill(this, connection, channel));
  }
}

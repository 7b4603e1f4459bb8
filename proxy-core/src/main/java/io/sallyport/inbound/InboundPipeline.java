package io.sallyport.inbound;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.Limits;
import io.sallyport.config.ListenerConfig.HalfClose;
import io.sallyport.identity.ServerNameGuard;
import io.sallyport.identity.TlsHandlers;
import io.sallyport.listener.Connection;
import io.sallyport.listener.EnvelopeSides;
import io.sallyport.listener.LingeringClose;
import io.sallyport.listener.RelayDeadlines;
import io.sallyport.listener.Terms;
import io.sallyport.listener.TlsEnd;
import io.sallyport.relay.Relay;
import io.sallyport.tls.TlsHandler;

/**
 * The order of an inbound pipeline, in one place, top to bottom as the peer's bytes go. Admission
 * stood before it, on the listening channel.
 */
final class InboundPipeline {

  private InboundPipeline() {}

  static void fill(InboundListener listener, Connection connection, Channel channel) {
    Terms<InboundConfig> terms = listener.live().current();
    Limits limits = terms.config().limits();
    TlsHandler tls = TlsHandlers.server(terms.identity(), limits.handshakeTimeout());
    connection.identifiedBy(tls::id);
    LingeringClose lingering = new LingeringClose();
    boolean endThemselves = EnvelopeSides.endThemselves(terms.config());
    TlsEnd peerEnd = new TlsEnd(tls, lingering, connection, endThemselves);
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.addLast(lingering); // lets our alerts arrive
    if (terms.identity().names().required()) {
      pipeline.addLast(
          new ServerNameGuard(terms.identity().names(), tls)); // leaves when it is ours
    }
    pipeline
        .addLast(tls) // with the deadline of its handshake
        .addLast(peerEnd); // knows how TLS ends
    if (terms.config().http() != null) {
      HttpEntry entry = new HttpEntry(listener, connection, terms, lingering, peerEnd);
      pipeline
          .addLast(new InboundGate(listener, connection, tls, lingering, entry))
          .addLast(entry.front()); // has the codec before it once the gate is open
    } else {
      boolean peerMayFinishFirst =
          endThemselves || terms.config().tls().halfClose() == HalfClose.FULL;
      Relay relay = new Relay(peerMayFinishFirst, RelayDeadlines.of(limits), connection);
      StreamEntry entry = new StreamEntry(listener, connection, terms, relay);
      pipeline
          .addLast(new InboundGate(listener, connection, tls, lingering, entry))
          .addLast(relay.peerSide(peerEnd)); // holds until the gate opens, then relays
    }
  }
}

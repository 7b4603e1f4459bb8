package io.sallyport.outbound;

import io.netty.channel.Channel;
import io.sallyport.config.Address;
import io.sallyport.config.ListenerConfig.HalfClose;
import io.sallyport.config.OutboundConfig;
import io.sallyport.config.OutboundHttpConfig;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.envelope.FrameConnection.Role;
import io.sallyport.identity.TlsHandlers;
import io.sallyport.listener.Connection;
import io.sallyport.listener.EnvelopeSides;
import io.sallyport.listener.LingeringClose;
import io.sallyport.listener.OpenConnection;
import io.sallyport.listener.RelayDeadlines;
import io.sallyport.listener.Terms;
import io.sallyport.listener.TlsEnd;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.PlainEnd;
import io.sallyport.relay.Relay;
import io.sallyport.tls.TlsHandler;
import io.sallyport.transport.Resets;
import org.jspecify.annotations.Nullable;

/** The order of the two outbound pipelines, in one place, top to bottom as the bytes come in. */
final class OutboundPipeline {

  private OutboundPipeline() {}

  /** The application's side. */
  static void fillApplication(OutboundListener listener, Connection connection, Channel channel) {
    Terms<OutboundConfig> terms = listener.live().current();
    Address.Tcp destination = connection.destination();
    if (!connection.isCapturedAs(terms)) {
      connection.ending(CloseReason.NO_LONGER_ALLOWED); // changed while it was accepted
      Resets.reset(channel);
    } else if (destination != null && terms.config().passesThrough(destination)) {
      fillWithPassthrough(listener, connection, terms.config(), destination, channel);
    } else if (terms.config().http() != null) {
      fillWithHttp(listener, connection, terms.config().http(), channel);
    } else {
      fillWithRelay(listener, connection, terms, channel);
    }
  }

  /** Nobody is dialled before a request comes. */
  private static void fillWithHttp(
      OutboundListener listener,
      Connection connection,
      OutboundHttpConfig config,
      Channel channel) {
    LingeringClose lingering = new LingeringClose();
    PlainEnd applicationEnd = new PlainEnd();
    HttpExit exit = new HttpExit(listener, connection, config, lingering, applicationEnd);
    channel
        .pipeline()
        .addLast(lingering) // lets our last answer arrive
        .addLast(applicationEnd) // knows how plaintext ends
        .addLast(exit.front()); // has the codec before it
    exit.open();
  }

  /** Dialling starts at once, so that a server that speaks first can. */
  private static void fillWithRelay(
      OutboundListener listener,
      Connection connection,
      Terms<OutboundConfig> terms,
      Channel channel) {
    OutboundConfig config = terms.config();
    EnvelopeSides envelope;
    try {
      envelope = EnvelopeSides.of(terms, Role.INITIATOR, connection, listener.events());
    } catch (EnvelopeFailed e) {
      connection.envelopeFailed(e);
      Resets.reset(channel);
      return;
    }
    PlainEnd applicationEnd = new PlainEnd();
    Relay relay =
        new Relay(
            EnvelopeSides.endThemselves(config) || config.tls().halfClose() == HalfClose.FULL,
            RelayDeadlines.of(config.limits()),
            connection);
    channel
        .pipeline()
        .addLast(applicationEnd) // knows how plaintext ends
        .addLast(relay.applicationSide(applicationEnd)); // holds until a peer is there, then relays
    envelope.addToApplication(channel.pipeline().context(applicationEnd), relay);
    new PeerSearch(listener, config, connection, relay, envelope).start();
  }

  /** Either may finish first: there is no TLS that could not carry it. */
  private static void fillWithPassthrough(
      OutboundListener listener,
      Connection connection,
      OutboundConfig config,
      Address.Tcp destination,
      Channel channel) {
    PlainEnd applicationEnd = new PlainEnd();
    Relay relay = new Relay(true, RelayDeadlines.of(config.limits()), connection);
    channel
        .pipeline()
        .addLast(applicationEnd) // knows how plaintext ends
        .addLast(relay.applicationSide(applicationEnd)); // holds until the destination is there
    new Passthrough(listener, config, connection, destination, relay).start();
  }

  /** The peer's side, with a handshake under way; who seeks it goes on when the gate opens. */
  static void fillPeer(
      OutboundListener listener,
      OpenConnection connection,
      Terms<OutboundConfig> terms,
      Address endpoint,
      Channel channel,
      boolean streamsEndThemselves,
      OutboundGate.Seeker seeker) {
    Address.@Nullable Tcp tcp = endpoint instanceof Address.Tcp t ? t : null;
    String host = terms.config().host(endpoint);
    TlsHandler tls =
        TlsHandlers.client(
            terms.identity(),
            host,
            tcp == null ? -1 : tcp.port(),
            terms.config().limits().handshakeTimeout());
    connection.identifiedBy(tls::id);
    connection.goesTo(endpoint.toString(), terms::ourName);
    LingeringClose lingering = new LingeringClose();
    TlsEnd peerEnd = new TlsEnd(tls, lingering, connection, streamsEndThemselves);
    channel
        .pipeline()
        .addLast(lingering) // lets our alerts arrive
        .addLast(tls) // with the deadline of its handshake
        .addLast(peerEnd) // knows how TLS ends
        .addLast(new OutboundGate(listener, connection, tls, lingering, host, peerEnd, seeker));
  }
}

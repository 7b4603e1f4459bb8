package io.sallyport.inbound;

import io.sallyport.config.InboundConfig;
import io.sallyport.http.AppConnections;
import io.sallyport.listener.Acceptor;
import io.sallyport.listener.Captures;
import io.sallyport.listener.ListenerEvents;
import io.sallyport.listener.LiveTerms;
import io.sallyport.transport.Transport;
import io.sallyport.upstream.Dialer;

/**
 * Peers come in over TLS; whoever is allowed is handed to the application.
 *
 * @param live what it serves by; each decision goes by what it is then
 * @param dialer reaches the application
 * @param applications its connections that carry HTTP
 */
public record InboundListener(
    LiveTerms<InboundConfig> live,
    Dialer dialer,
    ListenerEvents events,
    AppConnections applications) {

  public InboundListener(LiveTerms<InboundConfig> live, Dialer dialer, ListenerEvents events) {
    this(live, dialer, events, new AppConnections(live.current().config().name(), dialer, events));
  }

  /** The listener, which accepts nowhere yet. */
  public Acceptor acceptor(Transport transport, Captures captures) {
    return new Acceptor(
        live,
        transport,
        captures,
        events,
        (connection, channel) -> InboundPipeline.fill(this, connection, channel));
  }
}

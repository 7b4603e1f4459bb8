package io.sallyport.outbound;

import io.sallyport.config.OutboundConfig;
import io.sallyport.listener.Acceptor;
import io.sallyport.listener.Captures;
import io.sallyport.listener.ListenerEvents;
import io.sallyport.listener.LiveTerms;
import io.sallyport.transport.Transport;
import io.sallyport.upstream.Dialer;
import io.sallyport.upstream.Endpoints;
import io.sallyport.upstream.RetryBudget;

/**
 * The application comes in plaintext and is taken over TLS to a peer that is proven and allowed.
 */
public final class OutboundListener {

  private final LiveTerms<OutboundConfig> live;
  private final Dialer dialer;
  private final ListenerEvents events;
  private final HttpPeers httpPeers = new HttpPeers(this);
  private final RetryBudget retryBudget = new RetryBudget();
  private volatile Endpoints endpoints;

  /**
   * @param live what it serves by; each decision goes by what it is then
   */
  public OutboundListener(LiveTerms<OutboundConfig> live, Dialer dialer, ListenerEvents events) {
    this.live = live;
    this.dialer = dialer;
    this.events = events;
    this.endpoints = new Endpoints(live.current().config().connect());
  }

  /** The listener, which accepts nowhere yet. */
  public Acceptor acceptor(Transport transport, Captures captures) {
    return new Acceptor(
        live,
        transport,
        captures,
        events,
        (connection, channel) -> OutboundPipeline.fillApplication(this, connection, channel));
  }

  LiveTerms<OutboundConfig> live() {
    return live;
  }

  Dialer dialer() {
    return dialer;
  }

  ListenerEvents events() {
    return events;
  }

  /** Its connections to peers that carry HTTP. */
  HttpPeers httpPeers() {
    return httpPeers;
  }

  RetryBudget retryBudget() {
    return retryBudget;
  }

  /**
   * Where the peer may be had, with what is remembered of each while the setting stays the same.
   */
  Endpoints endpoints(OutboundConfig config) {
    Endpoints known = endpoints;
    if (!known.areAt(config.connect())) {
      known = new Endpoints(config.connect());
      endpoints = known;
    }
    return known;
  }
}

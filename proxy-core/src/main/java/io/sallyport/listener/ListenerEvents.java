package io.sallyport.listener;

import io.sallyport.envelope.EnvelopeEvents;
import io.sallyport.http.HttpEvents;
import io.sallyport.identity.HandshakeEvents;
import io.sallyport.policy.Denial;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.ConnectionEvents;
import io.sallyport.upstream.DialEvents;
import io.sallyport.upstream.RequestEvents;

/** Everything that one listener tells; telemetry implements it. */
public interface ListenerEvents
    extends ConnectionEvents,
        HandshakeEvents,
        DialEvents,
        RequestEvents,
        EnvelopeEvents,
        HttpEvents {

  /** A proven peer, a local user or a request was refused by policy. */
  void denied(Refused refused);

  /** A peer was let in that policy would refuse, were it enforced. */
  void audited(Denial denial);

  /** A captured connection goes on as it is, without TLS. */
  void passedThrough();

  /** A connection to a peer that carries requests is proven and allowed. */
  void peerConnectionOpened();

  /** Once for each {@link #peerConnectionOpened()}. */
  void peerConnectionClosed(CloseReason reason);

  /** {@code max-connections} was reached and accepting paused. */
  void connectionLimitReached();
}

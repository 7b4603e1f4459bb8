package io.sallyport.outbound;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.sallyport.config.Address;
import io.sallyport.config.OutboundConfig;
import io.sallyport.identity.FailedHandshake;
import io.sallyport.listener.Connection;
import io.sallyport.listener.EnvelopeSides;
import io.sallyport.listener.Refused;
import io.sallyport.listener.TlsEnd;
import io.sallyport.listener.TlsSession;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.Relay;
import io.sallyport.transport.Resets;
import io.sallyport.upstream.DialFailure;
import io.sallyport.upstream.Dialer;
import io.sallyport.upstream.Dialer.Dialling;
import io.sallyport.upstream.Endpoints;
import io.sallyport.upstream.Endpoints.Endpoint;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for an endpoint that connects, shakes hands and is allowed, one after the other, while the
 * application's first bytes are held. Ends when one is found, when none is left, or when the
 * application has gone. On the event loop of the connection.
 */
final class PeerSearch implements Dialer.Outcome, OutboundGate.Seeker {

  private static final Logger log = LoggerFactory.getLogger(PeerSearch.class);

  private final OutboundListener listener;
  private final OutboundConfig config;
  private final Connection connection;
  private final Relay relay;
  private final EnvelopeSides envelope;
  private final Iterator<Endpoint> candidates;

  private @Nullable Endpoint current;
  private @Nullable Dialling dialling;
  private @Nullable Channel attempt;
  private @Nullable String lastFailure;
  private @Nullable String lastWords;

  PeerSearch(
      OutboundListener listener,
      OutboundConfig config,
      Connection connection,
      Relay relay,
      EnvelopeSides envelope) {
    this.listener = listener;
    this.config = config;
    this.connection = connection;
    this.relay = relay;
    this.envelope = envelope;
    Address captured = connection.destination();
    this.candidates =
        (captured == null ? listener.endpoints(config) : new Endpoints(List.of(captured)))
            .inOrder()
            .iterator();
  }

  void start() {
    connection.accepted().closeFuture().addListener(gone -> abandon());
    next();
  }

  /** The application has gone: what is under way is for nobody. */
  private void abandon() {
    if (dialling != null) {
      dialling.abandon();
    }
    if (attempt != null) {
      attempt.close();
    }
  }

  private boolean applicationGone() {
    return relay.isOver() || !connection.accepted().isOpen();
  }

  private void next() {
    if (applicationGone()) {
      return;
    }
    if (!candidates.hasNext()) {
      connection.ending(CloseReason.UPSTREAM_UNREACHABLE, lastFailure, lastWords);
      Resets.reset(connection.accepted());
      return;
    }
    Endpoint endpoint = candidates.next();
    current = endpoint;
    dialling =
        listener
            .dialer()
            .dial(
                connection.accepted().eventLoop(),
                endpoint.address(),
                config.limits().connectTimeout(),
                listener.events(),
                this);
  }

  @Override
  public void connected(Channel channel) {
    attempt = channel;
    try {
      OutboundPipeline.fillPeer(
          listener,
          connection,
          listener.live().current(),
          requireNonNull(current).address(),
          channel,
          EnvelopeSides.endThemselves(config),
          this);
      channel.config().setAutoRead(true);
    } catch (RuntimeException e) {
      fault(e);
    }
  }

  @Override
  public void failed(DialFailure failure, Throwable cause) {
    tryAnother(failure.label(), String.valueOf(cause.getMessage()), null, null);
  }

  @Override
  public void handshakeFailed(
      FailedHandshake failed, @Nullable Refused refused, @Nullable String who) {
    if (applicationGone()) {
      return; // it was given up, which is not the endpoint's fault
    }
    listener.events().handshakeFailed(failed.failure());
    if (refused != null) {
      listener.events().denied(refused);
    }
    tryAnother(
        failed.failure().label(),
        refused == null
            ? failed.detail()
            : "the peer is proven but not allowed: " + refused.reason().label(),
        failed.failure().advice(),
        who);
  }

  /**
   * A peer that resets at once may have ended the handshake while the pipeline was being filled,
   * before there was a gate that would have heard of it.
   */
  @Override
  public void closed(Channel channel) {
    if (channel.equals(attempt) && !applicationGone()) {
      tryAnother("closed", "it was closed before its peer was judged", null, null);
    }
  }

  /** The relay tells it and ends the connection, and with it the search. */
  @Override
  public void fault(Throwable cause) {
    connection.accepted().pipeline().fireExceptionCaught(cause);
  }

  @Override
  public void denied(Channel channel, Refused refused) {
    listener.events().denied(refused);
    Resets.reset(channel);
    tryAnother(
        refused.reason().label(), "the peer is proven but not allowed", null, refused.peer());
  }

  /** The relay takes over. */
  @Override
  public void found(Channel channel, TlsEnd peerEnd, TlsSession session) {
    if (relay.isOver()) {
      channel.close();
      return;
    }
    requireNonNull(current).worked();
    if (session.peer() != null) {
      connection.peerIs(session.peer().displayName());
    }
    attempt = null; // it is the relay's now
    connection.track(channel);
    connection.established();
    channel.config().setAutoRead(false);
    channel.pipeline().addLast(relay.peerSide(peerEnd));
    envelope.addToPeer(channel.pipeline().context(OutboundGate.class), relay);
    relay.open();
  }

  private void tryAnother(
      String word, String words, @Nullable String advice, @Nullable String who) {
    Endpoint endpoint = requireNonNull(current);
    attempt = null;
    endpoint.failed();
    connection.standsNoMore();
    connection.advise(advice);
    lastFailure = word;
    lastWords = endpoint + ": " + words;
    if (who != null) {
      connection.peerIs(who);
    }
    if (candidates.hasNext()) {
      log.atWarn()
          .addKeyValue("listener", config.name())
          .addKeyValue("endpoint", endpoint)
          .addKeyValue("cause", word)
          .addKeyValue("detail", words)
          .log("endpoint cannot be had; trying the next one");
    }
    next();
  }
}

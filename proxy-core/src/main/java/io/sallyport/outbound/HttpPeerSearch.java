package io.sallyport.outbound;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.sallyport.config.ListenerConfig.Tls;
import io.sallyport.config.OutboundConfig;
import io.sallyport.http.Answerer;
import io.sallyport.http.Answerers.Taker;
import io.sallyport.http.Refusal;
import io.sallyport.identity.FailedHandshake;
import io.sallyport.listener.PeerConnection;
import io.sallyport.listener.Refused;
import io.sallyport.listener.Terms;
import io.sallyport.listener.TlsEnd;
import io.sallyport.listener.TlsSession;
import io.sallyport.transport.Resets;
import io.sallyport.upstream.DialFailure;
import io.sallyport.upstream.Dialer;
import io.sallyport.upstream.Dialer.Dialling;
import io.sallyport.upstream.Endpoints.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for a new connection for one request: dials, shakes hands and has the peer judged, at one
 * endpoint after the other. Ends when one is found, when none is left, or when nobody waits for it
 * any more. On the request's event loop.
 */
final class HttpPeerSearch implements Dialling, Dialer.Outcome, OutboundGate.Seeker {

  private static final Logger log = LoggerFactory.getLogger(HttpPeerSearch.class);

  private final OutboundListener listener;
  private final HttpExit exit;
  private final PeerChoice choice;
  private final EventLoop loop;
  private final Taker taker;

  private @Nullable Endpoint endpoint;
  private @Nullable Dialling dialling;
  private @Nullable PeerConnection connection;
  private @Nullable Channel attempt;
  private @Nullable Terms<OutboundConfig> terms;
  private boolean over;

  /** Those who wait for what this one finds. */
  private final List<PeerChoice.Joined> joined = new ArrayList<>(0);

  HttpPeerSearch(
      OutboundListener listener, HttpExit exit, PeerChoice choice, EventLoop loop, Taker taker) {
    this.listener = listener;
    this.exit = exit;
    this.choice = choice;
    this.loop = loop;
    this.taker = taker;
  }

  /** The request counts as one that is there already. */
  void lookAt(Endpoint next) {
    endpoint = next;
    listener.httpPeers().searching(loop, next, this);
    dialling =
        listener
            .dialer()
            .dial(
                loop,
                next.address(),
                listener.live().current().config().limits().connectTimeout(),
                listener.events(),
                this);
  }

  /** Told when this one has ended at the endpoint that it looks at now. */
  PeerChoice.Joined join(PeerChoice.Joined waiting) {
    joined.add(waiting);
    return waiting;
  }

  /**
   * It looks at this endpoint no more, and those who wait are told so. Not within the call that
   * ends it, for others begin then; and one by one, so that no fault of one keeps it from others.
   */
  private void ended(Consumer<PeerChoice.Joined> told) {
    listener.httpPeers().searched(loop, endpoint(), this);
    for (PeerChoice.Joined each : joined) {
      loop.execute(() -> told.accept(each));
    }
    joined.clear();
  }

  @Override
  public void abandon() {
    if (over) {
      return;
    }
    over = true;
    ended(PeerChoice.Joined::goOn);
    choice.end(endpoint());
    if (dialling != null) {
      dialling.abandon();
    }
    if (attempt != null) {
      attempt.close();
    }
  }

  private Endpoint endpoint() {
    return requireNonNull(endpoint);
  }

  @Override
  public void failed(DialFailure failure, Throwable cause) {
    tryAnother(Refusal.of(failure), failure.label(), String.valueOf(cause.getMessage()));
  }

  @Override
  public void connected(Channel channel) {
    Terms<OutboundConfig> now = listener.live().current();
    PeerConnection made = exit.connection().goOut(channel, now, endpoint().toString());
    if (now.config().http() == null) {
      Resets.reset(channel); // whose requests, and in whose name, nothing says any more
      stop(Refusal.UPSTREAM_UNAVAILABLE, "the listener carries no HTTP any more");
      return;
    }
    attempt = channel;
    connection = made;
    terms = now;
    try {
      OutboundPipeline.fillPeer(listener, made, now, endpoint().address(), channel, false, this);
      channel.config().setAutoRead(true);
    } catch (RuntimeException e) {
      fault(e);
    }
  }

  @Override
  public void handshakeFailed(
      FailedHandshake failed, @Nullable Refused refused, @Nullable String who) {
    if (over) {
      return; // it was given up, which is not the endpoint's fault
    }
    listener.events().handshakeFailed(failed.failure());
    if (refused != null) {
      listener.events().denied(refused);
    }
    choice.goesTo(who, requireNonNull(connection));
    tryAnother(
        Refusal.of(failed.failure()),
        failed.failure().label(),
        refused == null
            ? failed.detail()
            : "the peer is proven but not allowed: " + refused.reason().label());
  }

  @Override
  public void denied(Channel channel, Refused refused) {
    listener.events().denied(refused);
    choice.goesTo(refused.peer(), requireNonNull(connection));
    tryAnother(
        Refusal.PEER_NOT_ALLOWED, refused.reason().label(), "the peer is proven but not allowed");
    Resets.reset(channel);
  }

  @Override
  public void closed(Channel channel) {
    if (!over && channel.equals(attempt)) {
      tryAnother(
          Refusal.CONNECTION_TERMINATED, "closed", "it was closed before its peer was judged");
    }
  }

  @Override
  public void fault(Throwable cause) {
    requireNonNull(connection).fault(cause);
    Channel broken = attempt;
    attempt = null;
    if (!over) {
      stop(Refusal.INTERNAL_ERROR, "a fault of the proxy");
    }
    if (broken != null) {
      Resets.reset(broken);
    }
  }

  @Override
  public void found(Channel channel, TlsEnd end, TlsSession session) {
    if (over) {
      channel.close();
      return;
    }
    if (session.alpn() == null
        && !requireNonNull(terms).config().tls().alpn().contains(Tls.HTTP_1_1)) {
      tryAnother(Refusal.TLS_PROTOCOL_ERROR, "no_alpn", "it agreed to speak none of alpn");
      Resets.reset(channel);
      return;
    }
    endpoint().worked();
    PeerConnection found = requireNonNull(connection);
    if (session.peer() != null) {
      found.peerIs(session.peer().displayName());
    }
    found.established();
    Answerer first =
        listener
            .httpPeers()
            .first(requireNonNull(terms), endpoint(), found, channel, end, session.alpn());
    over = true;
    ended(PeerChoice.Joined::goOn);
    choice.goesTo(found.peer(), found);
    taker.taken(first, false);
  }

  private void tryAnother(Refusal refusal, String word, String words) {
    Endpoint failed = endpoint();
    failed.failed();
    attempt = null;
    ended(each -> each.failed(refusal, failed + ": " + words));
    Endpoint next = choice.after(failed);
    log.atWarn()
        .addKeyValue("listener", listener.live().current().config().name())
        .addKeyValue("endpoint", failed)
        .addKeyValue("cause", word)
        .addKeyValue("detail", words)
        .log(next == null ? "endpoint cannot be had" : "endpoint cannot be had; trying another");
    if (next == null) {
      stop(refusal, failed + ": " + words);
    } else {
      choice.end(failed);
      choice.begin(next);
      lookAt(next);
    }
  }

  private void stop(Refusal refusal, String detail) {
    over = true;
    ended(PeerChoice.Joined::goOn);
    choice.end(endpoint());
    taker.failed(refusal, detail);
  }
}

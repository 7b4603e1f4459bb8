package io.sallyport.outbound;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoop;
import io.sallyport.config.OutboundConfig;
import io.sallyport.config.OutboundHttpConfig;
import io.sallyport.http.Answerer;
import io.sallyport.http.Answerers;
import io.sallyport.listener.PeerConnection;
import io.sallyport.upstream.Dialer.Dialling;
import io.sallyport.upstream.Endpoints.Endpoint;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which endpoint answers one request: of two at random the one that has less to do. Where that one
 * fails before anything was sent, another one, and so on to the last, as far as the retry budget
 * allows. Dialling the next one counts as a retry too: where all endpoints are down, each request
 * would else be as many attempts as there are endpoints.
 *
 * <p>On the request's event loop.
 */
final class PeerChoice implements Answerers {

  private final OutboundListener listener;
  private final HttpExit exit;

  /** Where a new connection was looked for, or a kept one was closed under the request. */
  private final List<Endpoint> tried = new ArrayList<>(0);

  private @Nullable Endpoint last;

  PeerChoice(OutboundListener listener, HttpExit exit) {
    this.listener = listener;
    this.exit = exit;
  }

  @Override
  public @Nullable Dialling take(EventLoop loop, Taker taker) {
    listener.retryBudget().requested();
    Endpoint first = requireNonNull(other());
    Answerer kept = listener.httpPeers().take(loop, first);
    if (kept != null) {
      serve(kept, first, taker);
      return null;
    }
    HttpPeerSearch underWay = listener.httpPeers().underWay(loop, first);
    return underWay == null
        ? search(loop, taker, first)
        : underWay.join(new Joined(loop, first, taker));
  }

  private void serve(Answerer kept, Endpoint endpoint, Taker taker) {
    begin(endpoint);
    exit.goesTo(PeerConnection.of(kept.channel()).peer());
    taker.taken(kept, true);
  }

  /** A request that waits for what another one's search finds. */
  final class Joined implements Dialling {
    private final EventLoop loop;
    private final Endpoint endpoint;
    private final Taker taker;
    private @Nullable Dialling own;
    private boolean over;

    Joined(EventLoop loop, Endpoint endpoint, Taker taker) {
      this.loop = loop;
      this.endpoint = endpoint;
      this.taker = taker;
    }

    /** The search is over, whatever it has found. */
    void goOn() {
      if (over) {
        return;
      }
      Answerer found = listener.httpPeers().take(loop, endpoint);
      if (found != null) {
        over = true;
        serve(found, endpoint, taker);
        return;
      }
      HttpPeerSearch underWay = listener.httpPeers().underWay(loop, endpoint);
      if (underWay != null) {
        underWay.join(this);
      } else {
        over = true;
        own = search(loop, taker, endpoint);
      }
    }

    @Override
    public void abandon() {
      over = true;
      if (own != null) {
        own.abandon();
      }
    }
  }

  @Override
  public boolean mayRetry() {
    OutboundHttpConfig now = config().http();
    boolean may = now != null && listener.retryBudget().mayRetry(now.retryLimit());
    if (may) {
      listener.events().retried();
    } else {
      listener.events().retryRefused();
    }
    return may;
  }

  @Override
  public Dialling dial(EventLoop loop, Taker taker) {
    Endpoint before = requireNonNull(last);
    tried.add(before);
    Endpoint other = other();
    return search(loop, taker, other == null ? before : other);
  }

  private HttpPeerSearch search(EventLoop loop, Taker taker, Endpoint first) {
    HttpPeerSearch search = new HttpPeerSearch(listener, exit, this, loop, taker);
    search.lookAt(first);
    return search;
  }

  private OutboundConfig config() {
    return listener.live().current().config();
  }

  private @Nullable Endpoint other() {
    return listener.endpoints(config()).leastOutstanding(tried);
  }

  /** The request goes there, from now until it has ended there. */
  void begin(Endpoint endpoint) {
    last = endpoint;
    endpoint.begun();
    listener.events().requestBegun();
  }

  void end(Endpoint endpoint) {
    endpoint.ended();
    listener.events().requestEnded();
  }

  /** Where to look after that one could not be had; null where nowhere. */
  @Nullable Endpoint after(Endpoint failed) {
    tried.add(failed);
    Endpoint other = other();
    return other != null && mayRetry() ? other : null;
  }
}

package io.sallyport.outbound;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoop;
import io.sallyport.config.OutboundConfig;
import io.sallyport.config.OutboundHttpConfig;
import io.sallyport.http.Answerer;
import io.sallyport.http.Answerers;
import io.sallyport.http.AskedPeer;
import io.sallyport.http.Refusal;
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
  private @Nullable String peer;
  private @Nullable PeerConnection asked;

  PeerChoice(OutboundListener listener, HttpExit exit) {
    this.listener = listener;
    this.exit = exit;
  }

  @Override
  public @Nullable Dialling take(EventLoop loop, Taker taker) {
    listener.retryBudget().requested();
    Endpoint first = requireNonNull(other());
    begin(first);
    Answerer kept = listener.httpPeers().take(loop, first);
    if (kept == null) {
      return connect(loop, first, taker);
    }
    serve(kept, taker);
    return null;
  }

  private void serve(Answerer kept, Taker taker) {
    PeerConnection over = PeerConnection.of(kept.channel());
    goesTo(over.peer(), over);
    taker.taken(kept, true);
  }

  /** By a connection that is being made already, if it may turn out to be for many. */
  private Dialling connect(EventLoop loop, Endpoint endpoint, Taker taker) {
    HttpPeerSearch underWay = listener.httpPeers().underWay(loop, endpoint);
    return underWay == null
        ? search(loop, taker, endpoint)
        : underWay.join(new Joined(loop, endpoint, taker));
  }

  /**
   * A request that waits for what another one's search finds. It counts as one that is at the
   * endpoint, or an endpoint that does not answer would seem to have the least to do.
   */
  final class Joined implements Dialling {
    private final EventLoop loop;
    private final Taker taker;
    private Endpoint endpoint;
    private @Nullable Dialling own;
    private boolean over;

    Joined(EventLoop loop, Endpoint endpoint, Taker taker) {
      this.loop = loop;
      this.endpoint = endpoint;
      this.taker = taker;
    }

    /** The search has found a connection, or is for nobody any more. */
    void goOn() {
      if (over) {
        return;
      }
      Answerer found = listener.httpPeers().take(loop, endpoint);
      HttpPeerSearch underWay =
          found == null ? listener.httpPeers().underWay(loop, endpoint) : null;
      if (underWay != null) {
        underWay.join(this);
        return;
      }
      over = true;
      if (found != null) {
        serve(found, taker);
      } else {
        own = search(loop, taker, endpoint);
      }
    }

    /**
     * The endpoint cannot be had, and would not be by one after the other of those who wait either:
     * the last of them would wait for as many timeouts as there are of them.
     */
    void failed(Refusal refusal, String detail) {
      if (over) {
        return;
      }
      Endpoint next = after(endpoint);
      end(endpoint);
      if (next == null) {
        over = true;
        taker.failed(refusal, detail);
      } else {
        begin(next);
        endpoint = next;
        goOn();
      }
    }

    @Override
    public void abandon() {
      if (own != null) {
        own.abandon();
      } else if (!over) {
        end(endpoint);
      }
      over = true;
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
    Endpoint next = other == null ? before : other;
    begin(next);
    return connect(loop, next, taker);
  }

  private HttpPeerSearch search(EventLoop loop, Taker taker, Endpoint first) {
    HttpPeerSearch search = new HttpPeerSearch(listener, exit, this, loop, taker);
    search.lookAt(first);
    return search;
  }

  /** The request is on its way to this peer, as it is logged. */
  void goesTo(@Nullable String to, PeerConnection over) {
    peer = to;
    asked = over;
  }

  @Override
  public @Nullable AskedPeer answering() {
    return asked == null ? null : new AskedPeer(peer, asked::id);
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

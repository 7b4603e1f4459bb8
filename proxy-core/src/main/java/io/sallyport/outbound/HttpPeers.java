package io.sallyport.outbound;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.sallyport.config.Address;
import io.sallyport.config.HttpLimits;
import io.sallyport.config.ListenerConfig.Tls;
import io.sallyport.config.OutboundConfig;
import io.sallyport.http.Answerer;
import io.sallyport.http.ClientConnection;
import io.sallyport.http.Http1Client;
import io.sallyport.http.Http1Limits;
import io.sallyport.http.KeptConnections;
import io.sallyport.http.SharedClient;
import io.sallyport.listener.PeerConnection;
import io.sallyport.listener.Terms;
import io.sallyport.listener.TlsEnd;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.ConnectionEvents.Direction;
import io.sallyport.upstream.Endpoints.Endpoint;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One listener's connections to peers that carry HTTP, kept for the next request: for each event
 * loop its own, so that an exchange never leaves its loop. What was made on other terms than those
 * of now serves no new request. Thread-safe.
 */
final class HttpPeers {

  private final OutboundListener listener;
  private final Map<EventLoop, OfLoop> loops = new ConcurrentHashMap<>();

  HttpPeers(OutboundListener listener) {
    this.listener = listener;
  }

  /** What answers over a connection that is there already; null where there is none. */
  @Nullable Answerer take(EventLoop loop, Endpoint endpoint) {
    Terms<OutboundConfig> now = listener.live().current();
    return on(loop).at(endpoint.address(), now).take();
  }

  /**
   * What answers first over a connection that has just been made, to a peer that is proven and
   * allowed.
   *
   * @param made the terms it was made on, which carry HTTP
   * @param alpn what the handshake agreed to speak; null for nothing, which is HTTP/1.1
   */
  Answerer first(
      Terms<OutboundConfig> made,
      Endpoint endpoint,
      PeerConnection connection,
      Channel channel,
      TlsEnd end,
      @Nullable String alpn) {
    HttpLimits limits = requireNonNull(made.config().http()).limits();
    OfLoop loop = on(channel.eventLoop());
    Kept owner = new Kept(made, limits, endpoint, connection, loop);
    Http1Limits heads = Http1Limits.of(limits);
    String authority = made.config().authority(endpoint.address());
    ClientConnection client;
    Answerer first;
    if (Tls.HTTP_2.equals(alpn)) {
      loop.multiplexed.add(endpoint.address());
      client = SharedClient.on(channel, owner, heads, authority);
      first = requireNonNull(client.next());
    } else {
      loop.multiplexed.remove(endpoint.address());
      Http1Client one = Http1Client.on(channel, owner, end, Direction.TO_PEER, heads, authority);
      client = one;
      first = one.first();
    }
    connection.onCut(client::cut);
    connection.onLeave(() -> client.leave(CloseReason.LEAVING));
    leaveInTime(client, channel, made.config().limits().maxLifetime());
    if (client.hasRoom()) {
      owner.ready(client);
    }
    return first;
  }

  /** What it is serving then goes on, for no longer than the connection that has asked for it. */
  private static void leaveInTime(ClientConnection client, Channel channel, Duration lifetime) {
    if (!lifetime.isZero()) {
      Future<?> end =
          channel
              .eventLoop()
              .schedule(
                  () -> client.leave(CloseReason.MAX_LIFETIME),
                  lifetime.toNanos(),
                  TimeUnit.NANOSECONDS);
      channel.closeFuture().addListener(closed -> end.cancel(false));
    }
  }

  /**
   * The search that a request waits for, to be served over what it finds: one that is under way for
   * an endpoint that spoke HTTP/2 last. Null where there is none.
   */
  @Nullable HttpPeerSearch underWay(EventLoop loop, Endpoint endpoint) {
    return on(loop).searches.get(endpoint.address());
  }

  void searching(EventLoop loop, Endpoint endpoint, HttpPeerSearch search) {
    OfLoop of = on(loop);
    if (of.multiplexed.contains(endpoint.address())) {
      of.searches.putIfAbsent(endpoint.address(), search);
    }
  }

  void searched(EventLoop loop, Endpoint endpoint, HttpPeerSearch search) {
    on(loop).searches.remove(endpoint.address(), search);
  }

  private OfLoop on(EventLoop loop) {
    OfLoop found = loops.get(loop);
    return found != null ? found : loops.computeIfAbsent(loop, OfLoop::new);
  }

  /** Those of one event loop, by endpoint. */
  private static final class OfLoop {
    private final EventLoop loop;
    private final Map<Address, KeptConnections> kept = new HashMap<>();
    private final Set<Address> multiplexed = new HashSet<>();
    private final Map<Address, HttpPeerSearch> searches = new HashMap<>();
    private @Nullable Terms<OutboundConfig> terms;

    OfLoop(EventLoop loop) {
      this.loop = loop;
    }

    KeptConnections at(Address address, Terms<OutboundConfig> now) {
      if (!now.equals(terms)) {
        terms = now;
        kept.values().forEach(each -> each.leave());
        kept.clear();
      }
      return kept.computeIfAbsent(address, missing -> new KeptConnections(loop));
    }

    void forget(Address address, ClientConnection connection) {
      KeptConnections there = kept.get(address);
      if (there != null) {
        there.forget(connection);
      }
    }
  }

  /** Whose one connection is. */
  private final class Kept implements ClientConnection.Owner {
    private final Terms<OutboundConfig> made;
    private final HttpLimits limits;
    private final Endpoint endpoint;
    private final PeerConnection connection;
    private final OfLoop loop;

    Kept(
        Terms<OutboundConfig> made,
        HttpLimits limits,
        Endpoint endpoint,
        PeerConnection connection,
        OfLoop loop) {
      this.made = made;
      this.limits = limits;
      this.endpoint = endpoint;
      this.connection = connection;
      this.loop = loop;
    }

    @Override
    public void ready(ClientConnection client) {
      if (!made.equals(listener.live().current()) || connection.isLeaving()) {
        client.leave(CloseReason.LEAVING);
      } else {
        loop.at(endpoint.address(), made).keep(client, limits.mostUnused(), limits.unusedTimeout());
      }
    }

    @Override
    public void served() {
      endpoint.ended();
      listener.events().requestEnded();
    }

    @Override
    public void gone(ClientConnection client) {
      loop.forget(endpoint.address(), client);
    }

    @Override
    public void ending(CloseReason reason, @Nullable String detail) {
      connection.ending(reason, null, detail);
    }

    @Override
    public void fault(Throwable thrown) {
      connection.fault(thrown);
    }
  }
}

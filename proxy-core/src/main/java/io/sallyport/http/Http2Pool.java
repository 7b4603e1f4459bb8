package io.sallyport.http;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.ConnectionEvents.Direction;
import io.sallyport.upstream.Dialer.Dialling;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's connections of HTTP/2 to one server. A request goes over the oldest that has
 * room; where none has, another connection is made, on which all may go that are waiting by then.
 * Where there may be no more of them, requests wait in the order in which they came. Belongs to its
 * event loop.
 */
final class Http2Pool implements Http2Client.Owner {

  /** With their heads, and 64 KiB of each body. */
  private static final int MOST_WAITING = 4096;

  /** How a connection comes to be, and who is told of its faults. */
  interface Source {

    /** Makes another; the pool is told on the loop, after this has returned. */
    void connect(EventLoop loop, Made made);

    /** A fault of ours that ended one. */
    void fault(Throwable thrown);
  }

  /** Told once. */
  interface Made {
    /** HTTP/2 may be spoken over it. */
    void connected(Channel channel);

    void failed(Refusal refusal, String detail);
  }

  /**
   * @param connections how many at most; zero for one that is closed as soon as nobody uses it
   * @param unused for how long one is kept that nobody uses
   * @param longestWait of a request for room
   */
  record Bounds(int connections, Duration unused, Duration longestWait) {}

  private final EventLoop loop;
  private final Source source;
  private final String scheme;
  private final Http1Limits heads;
  private final Bounds bounds;

  private final List<Http2Client> clients = new ArrayList<>(1);
  private final Set<Waiting> waiting = new LinkedHashSet<>();

  private int connecting;

  /** As the server told last. */
  private int streamsOfEach = Http2Client.MOST_STREAMS;

  private boolean retired;
  private boolean serveComes;
  private @Nullable Future<?> unusedTimer;
  private @Nullable Future<?> waitTimer;

  Http2Pool(EventLoop loop, Source source, String scheme, Http1Limits heads, Bounds bounds) {
    this.loop = loop;
    this.source = source;
    this.scheme = scheme;
    this.heads = heads;
    this.bounds = bounds;
  }

  /** As {@link Answerers#take}. */
  @Nullable Dialling take(Answerers.Taker taker) {
    for (int i = 0; i < clients.size(); i++) {
      Http2Client client = clients.get(i);
      if (client.hasRoom()) {
        taker.taken(client.next(), client.hasServed());
        return null;
      }
    }
    if (waiting.size() >= MOST_WAITING) {
      taker.failed(Refusal.APPLICATION_UNAVAILABLE, "too many requests wait for a connection");
      return null;
    }
    return await(taker);
  }

  /** As {@link Answerers#dial}; not over a new connection where there may be no more of them. */
  Dialling dial(Answerers.Taker taker) {
    Waiting begun = await(taker);
    if (connecting == 0) {
      connect();
    }
    serveSoon();
    return begun;
  }

  /** Nobody asks any more. */
  void retire() {
    retired = true;
    for (Http2Client client : List.copyOf(clients)) {
      if (client.isUnused() && waiting.isEmpty()) {
        client.leave();
      }
    }
  }

  private Waiting await(Answerers.Taker taker) {
    Waiting begun = new Waiting(taker, loop.ticker().nanoTime());
    waiting.add(begun);
    connectAsNeeded();
    armWait();
    return begun;
  }

  private void connectAsNeeded() {
    while (waiting.size() > connecting * streamsOfEach && mayConnect()) {
      connect();
    }
  }

  private boolean mayConnect() {
    return clients.size() + connecting < Math.max(1, bounds.connections());
  }

  private void connect() {
    if (!mayConnect()) {
      return;
    }
    connecting++;
    source.connect(
        loop,
        new Made() {
          @Override
          public void connected(Channel channel) {
            connecting--;
            Http2Client.Terms terms =
                new Http2Client.Terms(scheme, Direction.TO_APPLICATION, null, heads, streamsOfEach);
            Http2Client client = Http2Client.on(channel, terms, Http2Pool.this);
            clients.add(client);
            serve();
            if (client.isUnused()) {
              changed(client);
            }
            overdue();
          }

          @Override
          public void failed(Refusal refusal, String detail) {
            connecting--;
            if (connecting == 0 && clients.isEmpty()) {
              failAll(refusal, detail);
            }
            overdue();
          }
        });
  }

  private void serve() {
    for (int i = 0; i < clients.size(); i++) {
      Http2Client client = clients.get(i);
      while (!waiting.isEmpty() && client.hasRoom()) {
        Waiting first = first();
        waiting.remove(first);
        first.taker.taken(client.next(), client.hasServed());
      }
    }
    connectAsNeeded();
  }

  /** Not in the midst of what gave room: a stream can not begin while another is being closed. */
  private void serveSoon() {
    if (!serveComes) {
      serveComes = true;
      loop.execute(
          () -> {
            serveComes = false;
            try {
              serve();
            } catch (RuntimeException e) {
              fault(e);
            }
          });
    }
  }

  private Waiting first() {
    return waiting.iterator().next();
  }

  private void failAll(Refusal refusal, String detail) {
    List<Waiting> failed = List.copyOf(waiting);
    waiting.clear();
    failed.forEach(each -> each.taker.failed(refusal, detail));
  }

  // What becomes of connections.

  @Override
  public void changed(Http2Client client) {
    streamsOfEach = Math.max(1, client.mostStreams());
    if (!waiting.isEmpty()) {
      serveSoon();
    } else if (client.isUnused()) {
      if (retired || bounds.connections() == 0) {
        client.leave();
      } else {
        armUnused();
      }
    }
  }

  @Override
  public void gone(Http2Client client) {
    clients.remove(client);
    if (!waiting.isEmpty()) {
      serveSoon();
    }
  }

  @Override
  public void served() {}

  @Override
  public void ending(CloseReason reason, @Nullable String detail) {}

  @Override
  public void fault(Throwable thrown) {
    source.fault(thrown);
  }

  private void armUnused() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < clients.size(); i++) {
      if (clients.get(i).isUnused()) {
        least = Math.min(least, left(clients.get(i)));
      }
    }
    if (unusedTimer == null && least < Long.MAX_VALUE) {
      unusedTimer = loop.schedule(this::closeUnused, Math.max(1, least), TimeUnit.NANOSECONDS);
    }
  }

  private void closeUnused() {
    unusedTimer = null;
    for (Http2Client client : List.copyOf(clients)) {
      if (client.isUnused() && left(client) <= 0) {
        client.leave();
      }
    }
    armUnused();
  }

  private long left(Http2Client client) {
    return bounds.unused().toNanos() - (loop.ticker().nanoTime() - client.unusedSince());
  }

  // What becomes of those who wait.

  /** A connection that is being made will tell, one way or the other. */
  private void armWait() {
    if (waitTimer == null && connecting == 0 && !waiting.isEmpty()) {
      waitTimer =
          loop.schedule(
              () -> {
                waitTimer = null;
                overdue();
              },
              Math.max(1, left(first())),
              TimeUnit.NANOSECONDS);
    }
  }

  private void overdue() {
    while (!waiting.isEmpty() && left(first()) <= 0) {
      Waiting late = first();
      waiting.remove(late);
      late.taker.failed(
          Refusal.APPLICATION_UNAVAILABLE, "no connection had room for the request in time");
    }
    armWait();
  }

  private long left(Waiting of) {
    return bounds.longestWait().toNanos() - (loop.ticker().nanoTime() - of.since);
  }

  private final class Waiting implements Dialling {
    private final Answerers.Taker taker;
    private final long since;

    Waiting(Answerers.Taker taker, long since) {
      this.taker = taker;
      this.since = since;
    }

    @Override
    public void abandon() {
      waiting.remove(this);
    }
  }
}

package io.sallyport.listener;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.AttributeKey;
import io.sallyport.config.Limits;
import io.sallyport.relay.CloseReason;
import io.sallyport.transport.Resets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands on the listening channel and decides who gets in at all, before a handler exists for them.
 *
 * <p>A slot is taken before anything else happens. At {@code max-connections} accepting stops, so
 * that those who wait do so in the kernel's queue and not in our memory; but nio and io_uring
 * accept several at once, and who was too many of those waits here, without an event loop. Beyond
 * {@code max-handshakes} the newcomer is reset, so that peers who never finish a handshake cannot
 * keep out those who would.
 */
final class Admission extends ChannelInboundHandlerAdapter {

  private static final Logger log = LoggerFactory.getLogger(Admission.class);

  /** A peer that has renewed comes back with what it bears now. */
  private static final Duration NOTICE = Duration.ofSeconds(60);

  /** Who let an accepted channel in: another may stand here before it has come to its loop. */
  private static final AttributeKey<Admission> ADMITTED_BY =
      AttributeKey.valueOf(Admission.class, "admittedBy");

  private final String listener;
  private final Supplier<Limits> limits;
  private final ListenerEvents events;
  private final BiConsumer<Connection, Channel> accept;
  private final Set<OpenConnection> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger toPeers = new AtomicInteger();
  private final LongAdder accepted = new LongAdder();
  private final AtomicInteger handshakes = new AtomicInteger();
  private final RepeatedFailures failures;
  // These two are the listening channel's loop's.
  private final Queue<Channel> surplus = new ArrayDeque<>();
  private boolean handshakesFull;
  private final CompletableFuture<@Nullable Void> drained = new CompletableFuture<>();
  private volatile boolean stopped;
  private volatile @Nullable CloseReason cutting;
  private volatile boolean leaving;
  private volatile boolean paused;
  private volatile @Nullable ChannelHandlerContext listening;

  /**
   * @param limits as they are now
   * @param accept fills the pipeline of a connection that is let in, on its event loop
   */
  Admission(
      String listener,
      Supplier<Limits> limits,
      ListenerEvents events,
      BiConsumer<Connection, Channel> accept) {
    this.listener = listener;
    this.limits = limits;
    this.events = events;
    this.accept = accept;
    failures = new RepeatedFailures(listener, OpenConnection.LOG);
  }

  /** Those that its connections had. */
  RepeatedFailures failures() {
    return failures;
  }

  /** The one that let the channel in. */
  static Admission of(Channel accepted) {
    return Objects.requireNonNull(accepted.attr(ADMITTED_BY).get());
  }

  int connections() {
    return connections.get();
  }

  /** Those that are open, in no order. */
  void forEach(Consumer<ConnectionView> each) {
    open.forEach(connection -> each.accept(connection.view()));
  }

  long accepted() {
    return accepted.sum();
  }

  /**
   * No more will come; called when the listening channel is closed. Connections that carry messages
   * end as soon as they carry none.
   *
   * @return completes when the last connection has ended
   */
  CompletableFuture<@Nullable Void> stopped() {
    stopped = true;
    leaving = true;
    open.forEach(OpenConnection::leave);
    completeIfDrained();
    return drained;
  }

  /** Every message from now on is the last one of its connection. */
  void tellToGo() {
    leaving = true;
  }

  boolean isLeaving() {
    return leaving;
  }

  /** Ends every connection, those included that are between two event loops just now. */
  void cut(CloseReason reason) {
    cutting = reason;
    ShortTurns turns = new ShortTurns();
    open.forEach(connection -> connection.cut(reason, turns));
  }

  /**
   * Finds who may not stay. May check signatures, so not on an event loop.
   *
   * @param judge gives the reason of each who may not; null for the others
   * @param refused called with each of them as it is found, with the reason
   * @return how many
   */
  int judge(
      Function<OpenConnection, @Nullable CloseReason> judge,
      BiConsumer<OpenConnection, CloseReason> refused) {
    int count = 0;
    for (OpenConnection connection : open) {
      CloseReason reason = judge.apply(connection);
      if (reason != null) {
        refused.accept(connection, reason);
        count++;
      }
    }
    return count;
  }

  /** What comes goes out on these terms, and not over connections that were made on others. */
  void goOutOn(Terms<?> terms) {
    for (OpenConnection connection : open) {
      if (connection instanceof PeerConnection toPeer) {
        toPeer.leaveUnlessMadeOn(terms);
      }
    }
  }

  /** Has OCSP responders asked again for those who are here, where it is time to. */
  void renewProofs(Terms<?> terms) {
    open.forEach(connection -> connection.renewProof(terms));
  }

  /**
   * Ends those whose peers' right to be here has ended by itself, and the grace after it too; who
   * can end between two messages is told to a minute before that right ends. Failures that were not
   * logged are, when it is time.
   *
   * @return how many are open past that end
   */
  int endExpired(Instant now, Duration grace) {
    int past = 0;
    failures.tell(now);
    ShortTurns turns = new ShortTurns();
    for (OpenConnection connection : open) {
      if (connection.isPastGrace(now, grace)) {
        connection.cut(CloseReason.CERTIFICATE_EXPIRED, turns);
      } else if (connection.isPastExpiry(now)) {
        past++;
      }
      if (connection.isExpiredBy(now.plus(NOTICE))) {
        connection.leave();
      }
    }
    return past;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    listening = ctx;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    listening = null;
    turnAwaySurplus();
  }

  /** On the listening channel's loop: lets in from now on. */
  void begin() {
    ChannelHandlerContext ctx = Objects.requireNonNull(listening);
    ctx.channel().config().setAutoRead(true);
    admitThoseWhoFit(ctx);
  }

  /** On the listening channel's loop: another stands here from now on, and has who waits here. */
  void giveWayTo(Admission next) {
    next.surplus.addAll(surplus);
    surplus.clear();
    Objects.requireNonNull(listening).pipeline().replace(this, null, next);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    surplus.add((Channel) message);
    admitThoseWhoFit(ctx);
  }

  private void admitThoseWhoFit(ChannelHandlerContext ctx) {
    while (connections.get() < limits.get().maxConnections()) {
      Channel next = surplus.poll();
      if (next == null) {
        return;
      }
      admit(ctx, next);
    }
    pause(ctx);
  }

  private void admit(ChannelHandlerContext ctx, Channel channel) {
    accepted.increment();
    connections.incrementAndGet();
    if (handshakes.incrementAndGet() > limits.get().maxHandshakes()) {
      handshakes.decrementAndGet();
      events.opened();
      events.closed(CloseReason.HANDSHAKE_LIMIT);
      tellHandshakeLimit();
      // It is registered with no event loop yet, so there is no pipeline to close it through.
      Resets.beforeRegistration(channel);
      release();
      return;
    }
    handshakesFull = false;
    channel.attr(ADMITTED_BY).set(this);
    ctx.fireChannelRead(channel);
  }

  /** Once, until one gets in again: those who fill the slots would fill the log too. */
  private void tellHandshakeLimit() {
    if (!handshakesFull) {
      handshakesFull = true;
      log.atWarn()
          .addKeyValue("listener", listener)
          .addKeyValue("max_handshakes", limits.get().maxHandshakes())
          .log("handshake limit reached; newcomers are reset until a handshake ends");
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    turnAwaySurplus();
    ctx.fireChannelInactive();
  }

  private void turnAwaySurplus() {
    for (Channel next = surplus.poll(); next != null; next = surplus.poll()) {
      Resets.beforeRegistration(next);
    }
  }

  /** The accepted channel is on its own event loop now. */
  void admitted(Channel channel) {
    Connection connection = new Connection(listener, channel, events, this);
    open.add(connection);
    CloseReason cut = cutting;
    if (cut != null) {
      connection.cut(cut);
    } else {
      accept.accept(connection, channel);
    }
    if (stopped) {
      connection.leave();
    }
  }

  /** One of those who are here has gone out to a peer. */
  PeerConnection goneOut(Channel channel, Terms<?> made, String endpoint) {
    PeerConnection connection = new PeerConnection(listener, channel, made, endpoint, events, this);
    toPeers.incrementAndGet();
    open.add(connection);
    CloseReason cut = cutting;
    if (cut != null) {
      connection.cut(cut);
    } else if (stopped) {
      connection.leave();
    }
    return connection;
  }

  void left(PeerConnection connection) {
    open.remove(connection);
    toPeers.decrementAndGet();
    completeIfDrained();
  }

  void handshakeDone() {
    handshakes.decrementAndGet();
  }

  void closed(Connection connection) {
    open.remove(connection);
    release();
  }

  void limitsMayHaveChanged() {
    if (paused) {
      resume();
    }
  }

  private void release() {
    connections.decrementAndGet();
    limitsMayHaveChanged();
    completeIfDrained();
  }

  private void completeIfDrained() {
    if (stopped && connections.get() == 0 && toPeers.get() == 0) {
      failures.tellAll();
      drained.complete(null);
    }
  }

  private void pause(ChannelHandlerContext ctx) {
    ctx.channel().config().setAutoRead(false);
    if (!paused) {
      paused = true;
      events.connectionLimitReached();
      log.atWarn()
          .addKeyValue("listener", listener)
          .addKeyValue("max_connections", limits.get().maxConnections())
          .log("connection limit reached; accepting pauses until a slot frees");
    }
    if (connections.get() < limits.get().maxConnections()) {
      resume(); // a slot was freed between the count and the pause
    }
  }

  private void resume() {
    ChannelHandlerContext ctx = listening;
    if (ctx != null) {
      ctx.executor().execute(() -> resume(ctx));
    }
  }

  private void resume(ChannelHandlerContext ctx) {
    boolean stands = ctx.channel().isActive() && !ctx.isRemoved();
    if (paused && connections.get() < limits.get().maxConnections() && stands) {
      paused = false;
      admitThoseWhoFit(ctx);
      if (!paused) {
        ctx.channel().config().setAutoRead(true);
      }
    }
  }
}

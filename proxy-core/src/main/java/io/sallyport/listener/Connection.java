package io.sallyport.listener;

import io.netty.channel.Channel;
import io.sallyport.config.Address;
import io.sallyport.config.OutboundConfig;
import io.sallyport.envelope.EnvelopeEvents.Operation;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.identity.FailedHandshake;
import io.sallyport.identity.HandshakeFailure;
import io.sallyport.policy.Asked;
import io.sallyport.policy.Denial;
import io.sallyport.policy.NearestRule;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.ConnectionEvents.Direction;
import io.sallyport.relay.RelayEvents;
import io.sallyport.transport.Resets;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * One accepted connection from its first moment to the one log line and the one metric of its end.
 * All of it belongs to the event loop of the accepted channel, except {@link #cut}, {@link #view}
 * and what judges its peer again.
 */
public final class Connection extends OpenConnection implements RelayEvents {

  private static final int MOST_CHARS = 200;

  private static final AtomicLongFieldUpdater<Connection> TO_APPLICATION =
      AtomicLongFieldUpdater.newUpdater(Connection.class, "bytesToApplication");
  private static final AtomicLongFieldUpdater<Connection> TO_PEER =
      AtomicLongFieldUpdater.newUpdater(Connection.class, "bytesToPeer");

  private final ListenerEvents events;
  private final SocketAddress remote;
  private final List<Channel> open = new ArrayList<>(2);

  private boolean shaking = true;
  // Written by the event loop alone, so that an addition needs no more than a store.
  private volatile long bytesToApplication;
  private volatile long bytesToPeer;
  private volatile boolean carriesRequests;
  private volatile Address.@Nullable Tcp destination;
  private volatile boolean passesThrough;
  private @Nullable SocketAddress calledAt;
  private Level level = Level.INFO;

  Connection(String listener, Channel accepted, ListenerEvents events, Admission admission) {
    super(listener, accepted, admission);
    this.events = events;
    this.remote = accepted.remoteAddress();
    events.opened();
    track(accepted);
  }

  public Channel accepted() {
    return channel;
  }

  /** Address and port, for logs. */
  public String remoteText() {
    return Refused.text(remote);
  }

  /** Another channel that has to be closed before the connection has ended. */
  public void track(Channel channel) {
    open.add(channel);
    channel.closeFuture().addListener(closed -> channelClosed(channel));
  }

  /**
   * Another connection, out to a peer, that others may use after this one.
   *
   * @param made the terms it is made on
   * @param endpoint as it is logged
   */
  public PeerConnection goOut(Channel toPeer, Terms<?> made, String endpoint) {
    return admission.goneOut(toPeer, made, endpoint);
  }

  /** Each request of it is judged; it is not one stream. */
  public void carriesRequests() {
    carriesRequests = true;
  }

  /** The kernel led it here. */
  void wasGoingTo(InetSocketAddress original) {
    calledAt = original;
    destination = new Address.Tcp(original.getAddress().getHostAddress(), original.getPort());
  }

  /** Where it was going when it was captured, an IP literal; null where it came by itself. */
  public Address.@Nullable Tcp destination() {
    return destination;
  }

  /** The address that whoever came has called. */
  public SocketAddress calledAt() {
    return calledAt == null ? channel.localAddress() : calledAt;
  }

  /** It goes on as it is, to nobody who is proven, and for as long as a rule lets it. */
  public void passesThrough() {
    passesThrough = true;
    events.passedThrough();
    established();
  }

  @Override
  @Nullable CloseReason refusal(Terms<?> terms) {
    return mayPassThrough(terms) ? super.refusal(terms) : CloseReason.NO_LONGER_ALLOWED;
  }

  @Override
  @Nullable CloseReason imaginedRefusal(Terms<?> terms) {
    return mayPassThrough(terms) ? super.imaginedRefusal(terms) : CloseReason.NO_LONGER_ALLOWED;
  }

  /** Whether it may, or need not. */
  private boolean mayPassThrough(Terms<?> terms) {
    Address.Tcp to = destination;
    return !passesThrough
        || (to != null && terms.config() instanceof OutboundConfig out && out.passesThrough(to));
  }

  /** In a stream nobody would judge what is asked for; where it goes is either said or captured. */
  @Override
  public boolean isCarriedAs(Terms<?> terms) {
    return terms.config().carriesRequests() == carriesRequests && isCapturedAs(terms);
  }

  /** Whether it has a destination where these terms are for those that have one, and else none. */
  public boolean isCapturedAs(Terms<?> terms) {
    return terms.config().listen().captured() == (destination != null);
  }

  /** The peer is proven and allowed: the handshake slot is free again. */
  public void established() {
    if (shaking) {
      shaking = false;
      admission.handshakeDone();
    }
  }

  /**
   * The peer's handshake failed; the channel is being closed.
   *
   * @param nearest the rule that it came nearest to, see {@link Refused}
   */
  public void handshakeFailed(
      FailedHandshake failed, @Nullable String who, Supplier<@Nullable NearestRule> nearest) {
    if (who != null) {
      peerIs(who);
    }
    events.handshakeFailed(failed.failure());
    if (failed.failure() == HandshakeFailure.NOT_ALLOWED) {
      events.denied(refused(Denial.NO_RULE_MATCHED, null, nearest));
    }
    if (failed.failure() == HandshakeFailure.NO_BYTES) {
      level = Level.DEBUG; // a health check, most likely, and there are many
    }
    ending(CloseReason.HANDSHAKE_FAILED, failed.failure().label(), failed.detail());
    advise(failed.failure().advice());
  }

  /** Policy refused a local user: nothing passes. */
  void deny(Denial denial) {
    deny(denial, Refused.NO_RULE);
  }

  /**
   * Policy refused a peer whose handshake is done: nothing passes.
   *
   * @param nearest the rule that it came nearest to, see {@link Refused}
   */
  public void deny(Denial denial, Supplier<@Nullable NearestRule> nearest) {
    events.denied(refused(denial, null, nearest));
    ending(CloseReason.DENIED, denial.label(), null);
    Resets.reset(channel);
  }

  /**
   * Policy refused a request of a peer that may be here.
   *
   * @param target visible ASCII
   * @param nearest the rule that it came nearest to, see {@link Refused}
   */
  public void requestDenied(
      Denial denial, Asked asked, String target, Supplier<@Nullable NearestRule> nearest) {
    events.denied(refused(denial, asked, nearest));
    told(LOG.atInfo(), denial)
        .addKeyValue("method", asked.method())
        .addKeyValue("target", shortened(target))
        .log("request denied");
  }

  private Refused refused(
      Denial denial, @Nullable Asked asked, Supplier<@Nullable NearestRule> nearest) {
    return new Refused(denial, peer(), remoteText(), asked, nearest);
  }

  /** What was to be sealed or opened could not be; the channel is to be reset. */
  public void envelopeFailed(EnvelopeFailed failed) {
    ending(CloseReason.ENVELOPE_REFUSED, failed.failure().label(), failed.detail());
  }

  /**
   * The body of a request, or of its response, could not be sealed or opened.
   *
   * @param target visible ASCII
   */
  public void envelopeFailed(
      Operation operation, EnvelopeFailed failed, String method, String target) {
    asked(
            about(LOG.atWarn())
                .addKeyValue("cause", failed.failure().label())
                .addKeyValue("detail", failed.detail())
                .addKeyValue("operation", operation.label()),
            method,
            target)
        .log("envelope refused");
  }

  /**
   * A request is none that goes with an envelope.
   *
   * @param cause a closed word
   * @param target visible ASCII
   */
  public void envelopeRefused(String cause, String method, String target) {
    asked(about(LOG.atWarn()).addKeyValue("cause", cause), method, target).log("envelope refused");
  }

  private static LoggingEventBuilder asked(LoggingEventBuilder line, String method, String target) {
    return line.addKeyValue("method", method).addKeyValue("target", shortened(target));
  }

  /** Policy would have refused the peer, were it enforced. */
  public void audited(Denial denial) {
    events.audited(denial);
    told(LOG.atWarn(), denial).log("let in, since the rules are not enforced");
  }

  private LoggingEventBuilder told(LoggingEventBuilder line, Denial denial) {
    return about(line).addKeyValue("cause", denial.label());
  }

  private LoggingEventBuilder about(LoggingEventBuilder line) {
    LoggingEventBuilder about =
        line.addKeyValue("listener", listener)
            .addKeyValue("remote", remoteText())
            .addKeyValue("id", id());
    return peer() == null ? about : about.addKeyValue("peer", peer());
  }

  @Override
  public void relayed(Direction direction, int bytes) {
    if (direction == Direction.TO_APPLICATION) {
      TO_APPLICATION.lazySet(this, bytesToApplication + bytes);
    } else {
      TO_PEER.lazySet(this, bytesToPeer + bytes);
    }
    events.relayed(direction, bytes);
  }

  private static String shortened(String text) {
    return text.length() <= MOST_CHARS ? text : text.substring(0, MOST_CHARS) + "...";
  }

  @Override
  ConnectionView view() {
    return new ConnectionView(
        listener,
        id(),
        peer(),
        remoteText(),
        endpoint(),
        durationMillis(),
        bytesToApplication,
        bytesToPeer,
        peerNotAfter());
  }

  @Override
  void reset(CloseReason because) {
    List.copyOf(open).forEach(Resets::reset);
  }

  private void channelClosed(Channel closed) {
    open.remove(closed);
    if (!open.isEmpty()) {
      return;
    }
    established();
    events.closed(reason());
    admission.closed(this);
    if (LOG.isEnabledForLevel(level) && hasItsOwnLine()) {
      toldTo(
              captured(
                  LOG.atLevel(level)
                      .addKeyValue("listener", listener)
                      .addKeyValue("remote", remoteText())))
          .addKeyValue("bytes_to_application", bytesToApplication)
          .addKeyValue("bytes_to_peer", bytesToPeer)
          .addKeyValue("duration_ms", durationMillis())
          .log("connection closed");
    }
  }

  /** But for those who fail fast and often. */
  private boolean hasItsOwnLine() {
    if (!neverCameToBe() || level == Level.DEBUG) {
      return true;
    }
    String endpoint = endpoint();
    String cause = cause();
    return admission
        .failures()
        .isSingle(
            new RepeatedFailures.Way(
                cause == null ? reason().label() : cause,
                endpoint == null ? Refused.host(remote) : endpoint,
                peer()),
            Instant.now());
  }

  private LoggingEventBuilder captured(LoggingEventBuilder begun) {
    if (destination == null) {
      return begun;
    }
    LoggingEventBuilder line = begun.addKeyValue("destination", destination);
    return passesThrough ? line.addKeyValue("passthrough", true) : line;
  }
}

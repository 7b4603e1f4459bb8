package io.sallyport.listener;

import io.netty.channel.Channel;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.identity.ChainRefused;
import io.sallyport.identity.FailedHandshake;
import io.sallyport.identity.HandshakeFailure;
import io.sallyport.policy.Denial;
import io.sallyport.policy.Verdict;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.ConnectionEvents.Direction;
import io.sallyport.relay.RelayEvents;
import io.sallyport.transport.Resets;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * One accepted connection from its first moment to the one log line and the one metric of its end.
 * All of it belongs to the event loop of the accepted channel, except {@link #cut} and what judges
 * its peer again.
 */
public final class Connection implements RelayEvents {

  private static final Logger log = LoggerFactory.getLogger("io.sallyport.connection");

  private static final AtomicReferenceFieldUpdater<Connection, @Nullable Standing> STANDING =
      AtomicReferenceFieldUpdater.newUpdater(Connection.class, Standing.class, "standing");

  /** The golden ratio's fraction: neighbours come to lie far apart. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private static final int MOST_CHARS = 200;

  private final String listener;
  private final Channel accepted;
  private final ListenerEvents events;
  private final Admission admission;
  private final SocketAddress remote;
  private final long openedAt = System.nanoTime();
  private final List<Channel> open = new ArrayList<>(2);

  private boolean shaking = true;
  private long bytesToApplication;
  private long bytesToPeer;
  private volatile @Nullable Standing standing;
  private volatile boolean carriesRequests;
  private volatile boolean leaving;
  private @Nullable Runnable whenLeaving;
  private @Nullable CloseReason reason;
  private @Nullable String peer;
  private @Nullable String cause;
  private @Nullable String detail;
  private Level level = Level.INFO;

  Connection(String listener, Channel accepted, ListenerEvents events, Admission admission) {
    this.listener = listener;
    this.accepted = accepted;
    this.events = events;
    this.admission = admission;
    this.remote = accepted.remoteAddress();
    events.opened();
    track(accepted);
  }

  public Channel accepted() {
    return accepted;
  }

  /** Address and port, for logs. */
  public String remoteText() {
    String text = String.valueOf(remote);
    return text.startsWith("/") ? text.substring(1) : text.isEmpty() ? "unix" : text;
  }

  /** As it is logged; null where there is nobody proven. */
  public @Nullable String peer() {
    return peer;
  }

  /** Another channel that has to be closed before the connection has ended. */
  public void track(Channel channel) {
    open.add(channel);
    channel.closeFuture().addListener(closed -> channelClosed(channel));
  }

  /** Who is at the other end of the TLS side, once that is proven. */
  public void peerIs(String displayName) {
    peer = displayName;
  }

  /** Each request of it is judged; it is not one stream. */
  public void carriesRequests() {
    carriesRequests = true;
  }

  /**
   * Whether what it carries is what these terms are for. If not, it has to end: in a stream nobody
   * would judge what is asked for.
   */
  public boolean isCarriedAs(Terms<?> terms) {
    return terms.config().carriesRequests() == carriesRequests;
  }

  /** What the peer has shown, known to {@link #refusal} from now on. */
  void stands(Standing now) {
    standing = now;
  }

  /** The peer that was shown last is not the connection's: another one is looked for. */
  public void standsNoMore() {
    standing = null;
  }

  /**
   * Why these terms do not let the peer stay; null when they do, and while a handshake is under
   * way, which judges for itself. It stands by them from now on. May check signatures, so not on an
   * event loop.
   */
  @Nullable CloseReason refusal(Terms<?> terms) {
    return refusal(terms, true);
  }

  /** As {@link #refusal}, of terms that may never be served by: nothing of it is kept. */
  @Nullable CloseReason imaginedRefusal(Terms<?> terms) {
    return refusal(terms, false);
  }

  private @Nullable CloseReason refusal(Terms<?> terms, boolean keep) {
    Standing shown = standing;
    if (shown == null) {
      return null;
    }
    if (!isCarriedAs(terms)) {
      return CloseReason.NO_LONGER_ALLOWED;
    }
    try {
      Standing again = shown.provenAgain(terms);
      if (keep) {
        STANDING.compareAndSet(this, shown, again);
      }
      return again.judge(terms) instanceof Verdict.Denied ? CloseReason.NO_LONGER_ALLOWED : null;
    } catch (ChainRefused e) {
      return e.failure() == HandshakeFailure.CERTIFICATE_REVOKED
          ? CloseReason.CERTIFICATE_REVOKED
          : CloseReason.NO_LONGER_TRUSTED;
    } catch (RuntimeException e) {
      fault(e); // what the certificate says may have upset the rules: no reason to let it stay
      return CloseReason.INTERNAL_ERROR;
    }
  }

  /** Has OCSP responders asked again where it is time to, waiting for nothing. On any thread. */
  void renewProof(Terms<?> terms) {
    Standing shown = standing;
    if (shown != null && shown.proof() != null) {
      terms.identity().trust().renew(shown.proof());
    }
  }

  /** Whether the peer's certificate, or a CA above it, has expired. On any thread. */
  boolean isPastExpiry(Instant now) {
    Standing shown = standing;
    return shown != null && shown.isExpired(now, Duration.ZERO);
  }

  /** Whether that is so long ago that it may stay no longer. On any thread. */
  boolean isPastGrace(Instant now, Duration grace) {
    Standing shown = standing;
    return shown != null && shown.isExpired(now, grace.minusMillis(jitterMillis(grace)));
  }

  /** Up to a tenth; of those who came with one certificate, not all are to go at one moment. */
  private long jitterMillis(Duration grace) {
    long tenth = grace.toMillis() / 10;
    return tenth == 0 ? 0 : Math.floorMod(openedAt * SPREAD, tenth);
  }

  /** Whether the peer's right to be here ends before then. On any thread. */
  boolean isExpiredBy(Instant then) {
    Standing shown = standing;
    return shown != null && shown.isExpired(then, Duration.ZERO);
  }

  /**
   * Whoever carries messages and not a stream can end between two of them.
   *
   * @param leave called on the event loop, when the connection is to go as soon as it can
   */
  public void onLeave(Runnable leave) {
    whenLeaving = leave;
  }

  /** Whether the next message is to be the last one. */
  public boolean isLeaving() {
    return leaving || admission.isLeaving();
  }

  /** The next message is to be the last one, and none is waited for. On any thread. */
  void leave() {
    if (leaving) {
      return;
    }
    leaving = true;
    accepted
        .eventLoop()
        .execute(
            () -> {
              if (whenLeaving != null) {
                whenLeaving.run();
              }
            });
  }

  /** The peer is proven and allowed: the handshake slot is free again. */
  public void established() {
    if (shaking) {
      shaking = false;
      admission.handshakeDone();
    }
  }

  /** The peer's handshake failed; the channel is being closed. */
  public void handshakeFailed(FailedHandshake failed, @Nullable String who) {
    events.handshakeFailed(failed.failure());
    if (failed.failure() == HandshakeFailure.NOT_ALLOWED) {
      events.denied(Denial.NO_RULE_MATCHED);
    }
    if (failed.failure() == HandshakeFailure.NO_BYTES) {
      level = Level.DEBUG; // a health check, most likely, and there are many
    }
    if (who != null) {
      peer = who;
    }
    ending(CloseReason.HANDSHAKE_FAILED, failed.failure().label(), failed.detail());
  }

  /** Policy refused a peer whose handshake is done, or a local user: nothing passes. */
  public void deny(Denial denial) {
    events.denied(denial);
    ending(CloseReason.DENIED, denial.label(), null);
    Resets.reset(accepted);
  }

  /**
   * Policy refused a request of a peer that may be here.
   *
   * @param target visible ASCII
   */
  public void requestDenied(Denial denial, String method, String target) {
    events.denied(denial);
    told(log.atInfo(), denial)
        .addKeyValue("method", method)
        .addKeyValue("target", shortened(target))
        .log("request denied");
  }

  private static String shortened(String text) {
    return text.length() <= MOST_CHARS ? text : text.substring(0, MOST_CHARS) + "...";
  }

  /** What was to be sealed or opened could not be; the channel is to be reset. */
  public void envelopeFailed(EnvelopeFailed failed) {
    ending(CloseReason.ENVELOPE_REFUSED, failed.failure().label(), failed.detail());
  }

  /** Policy would have refused the peer, were it enforced. */
  public void audited(Denial denial) {
    events.audited(denial);
    told(log.atWarn(), denial).log("let in, since the rules are not enforced");
  }

  private LoggingEventBuilder told(LoggingEventBuilder line, Denial denial) {
    LoggingEventBuilder told =
        line.addKeyValue("listener", listener)
            .addKeyValue("remote", remoteText())
            .addKeyValue("cause", denial.label());
    return peer == null ? told : told.addKeyValue("peer", peer);
  }

  @Override
  public void relayed(Direction direction, int bytes) {
    if (direction == Direction.TO_APPLICATION) {
      bytesToApplication += bytes;
    } else {
      bytesToPeer += bytes;
    }
    events.relayed(direction, bytes);
  }

  @Override
  public void ending(CloseReason because) {
    ending(because, null, null);
  }

  /**
   * The first reason given is the one that is told, unless it was a proper end and another cut it
   * short.
   *
   * @param word a closed word that says more, such as a failure's label
   * @param words a sentence that says it to people
   */
  public void ending(CloseReason because, @Nullable String word, @Nullable String words) {
    if (reason == null || (reason.isProperEnd() && !because.isProperEnd())) {
      reason = because;
      cause = word;
      detail = words;
    }
  }

  @Override
  public void fault(Throwable thrown) {
    log.atError()
        .addKeyValue("listener", listener)
        .setCause(thrown)
        .log("a fault of the proxy ended a connection");
  }

  /** Ends it soon, with a reset of whatever is still open of it. On any thread. */
  void cut(CloseReason because) {
    accepted.eventLoop().execute(() -> end(because));
  }

  /** The same, for one of many. */
  void cut(CloseReason because, ShortTurns turns) {
    turns.run(accepted.eventLoop(), () -> end(because));
  }

  private void end(CloseReason because) {
    try {
      ending(because);
      List.copyOf(open).forEach(Resets::reset);
    } catch (RuntimeException e) {
      fault(e);
    }
  }

  private void channelClosed(Channel channel) {
    open.remove(channel);
    if (!open.isEmpty()) {
      return;
    }
    established();
    if (reason == null) {
      reason = CloseReason.INTERNAL_ERROR;
      detail = "closed without a reason";
    }
    events.closed(reason);
    admission.closed(this);
    tell(reason);
  }

  private void tell(CloseReason because) {
    if (!log.isEnabledForLevel(level)) {
      return;
    }
    LoggingEventBuilder line =
        log.atLevel(level)
            .addKeyValue("listener", listener)
            .addKeyValue("remote", remoteText())
            .addKeyValue("reason", because.label());
    if (peer != null) {
      line = line.addKeyValue("peer", peer);
    }
    if (cause != null) {
      line = line.addKeyValue("cause", cause);
    }
    if (detail != null) {
      line = line.addKeyValue("detail", detail);
    }
    line.addKeyValue("bytes_to_application", bytesToApplication)
        .addKeyValue("bytes_to_peer", bytesToPeer)
        .addKeyValue("duration_ms", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - openedAt))
        .log("connection closed");
  }
}

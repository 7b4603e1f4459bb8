package io.sallyport.listener;

import io.netty.channel.Channel;
import io.sallyport.identity.ChainRefused;
import io.sallyport.identity.FailedHandshake;
import io.sallyport.identity.HandshakeFailure;
import io.sallyport.policy.Verdict;
import io.sallyport.relay.CloseReason;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * A connection that is open: by what right its peer is at the other end, and for what reason it
 * ends. All of it belongs to the event loop of its channel, except {@link #cut}, {@link #leave},
 * {@link #view} and what judges its peer again.
 */
public abstract class OpenConnection {

  static final Logger LOG = LoggerFactory.getLogger("io.sallyport.connection");

  private static final AtomicReferenceFieldUpdater<OpenConnection, @Nullable Standing> STANDING =
      AtomicReferenceFieldUpdater.newUpdater(OpenConnection.class, Standing.class, "standing");

  /** The golden ratio's fraction: neighbours come to lie far apart. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  final String listener;
  final Channel channel;
  final Admission admission;
  private final long openedAt = System.nanoTime();

  private volatile @Nullable Standing standing;
  private volatile boolean leaving;
  private @Nullable Runnable whenLeaving;
  private @Nullable CloseReason reason;
  private volatile @Nullable String peer;
  private volatile Supplier<@Nullable String> idOfTls = () -> null;
  private volatile @Nullable String goesTo;
  private @Nullable Supplier<String> comesAs;
  private @Nullable String cause;
  private @Nullable String detail;
  private @Nullable String advice;

  OpenConnection(String listener, Channel channel, Admission admission) {
    this.listener = listener;
    this.channel = channel;
    this.admission = admission;
  }

  /** Of the TLS connection that it is, or has: how that is known at its other end too. */
  public final void identifiedBy(Supplier<@Nullable String> idOfItsTls) {
    idOfTls = idOfItsTls;
  }

  /**
   * By what it is known in logs, 16 hex digits: that of its TLS connection, as far as that has
   * come; else one that is known here alone. On any thread.
   */
  public final String id() {
    String shared = idOfTls.get();
    return shared != null
        ? shared
        : HexFormat.of().toHexDigits((openedAt + System.identityHashCode(this)) * SPREAD);
  }

  /**
   * It goes to a peer, or tries to.
   *
   * @param endpoint as it is logged
   * @param asWhom who we are to that peer, asked for when it is to be told
   */
  public final void goesTo(String endpoint, Supplier<String> asWhom) {
    goesTo = endpoint;
    comesAs = asWhom;
  }

  /** Null of one that comes from a peer. On any thread. */
  final @Nullable String endpoint() {
    return goesTo;
  }

  /** What a handshake failed of, in words: of a refusal also who we were to whom refused us. */
  public final String told(FailedHandshake failed) {
    Supplier<String> asWhom = comesAs;
    return failed.failure() == HandshakeFailure.REFUSED_BY_PEER && asWhom != null
        ? failed.detail() + "; we came as " + asWhom.get()
        : failed.detail();
  }

  /** As it is logged; null where there is nobody proven. On any thread. */
  public final @Nullable String peer() {
    return peer;
  }

  /** Who is at the other end of the TLS side, once that is proven. */
  public final void peerIs(String displayName) {
    peer = displayName;
  }

  /** Whether what it carries is what these terms are for; if not, it has to end. */
  abstract boolean isCarriedAs(Terms<?> terms);

  final @Nullable Standing standing() {
    return standing;
  }

  /** What the peer has shown, known to {@link #refusal} from now on. */
  final void stands(Standing now) {
    standing = now;
  }

  /** The peer that was shown last is not the connection's: another one is looked for. */
  public final void standsNoMore() {
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
  public final void onLeave(Runnable leave) {
    whenLeaving = leave;
  }

  /** Whether it has been told to, be it before there was anybody whom {@link #onLeave} named. */
  public final boolean isToldToLeave() {
    return leaving;
  }

  /** Whether the next message is to be the last one. */
  public final boolean isLeaving() {
    return leaving || admission.isLeaving();
  }

  /** The next message is to be the last one, and none is waited for. On any thread. */
  final void leave() {
    if (leaving) {
      return;
    }
    leaving = true;
    channel
        .eventLoop()
        .execute(
            () -> {
              if (whenLeaving != null) {
                whenLeaving.run();
              }
            });
  }

  public final void ending(CloseReason because) {
    ending(because, null, null);
  }

  /**
   * The first reason given is the one that is told, unless it was a proper end and another cut it
   * short.
   *
   * @param word a closed word that says more, such as a failure's label
   * @param words a sentence that says it to people
   */
  public final void ending(CloseReason because, @Nullable String word, @Nullable String words) {
    if (reason == null || (reason.isProperEnd() && !because.isProperEnd())) {
      reason = because;
      cause = word;
      detail = words;
    }
  }

  /** What its failed handshake needs, for the same line; null where it was no handshake. */
  public final void advise(@Nullable String what) {
    advice = what;
  }

  /** A fault of ours that ends it. */
  public void fault(Throwable thrown) {
    LOG.atError()
        .addKeyValue("listener", listener)
        .setCause(thrown)
        .log("a fault of the proxy ended a connection");
  }

  /** Ends it soon, with a reset of whatever is still open of it. On any thread. */
  final void cut(CloseReason because) {
    channel.eventLoop().execute(() -> end(because));
  }

  /** The same, for one of many. */
  final void cut(CloseReason because, ShortTurns turns) {
    turns.run(channel.eventLoop(), () -> end(because));
  }

  private void end(CloseReason because) {
    try {
      ending(because);
      reset(because);
    } catch (RuntimeException e) {
      fault(e);
    }
  }

  /** Resets whatever is still open of it; the reason has been told. */
  abstract void reset(CloseReason because);

  /** What was told of its end, for one log line. */
  final LoggingEventBuilder toldTo(LoggingEventBuilder begun) {
    LoggingEventBuilder line =
        begun.addKeyValue("id", id()).addKeyValue("reason", reason().label());
    String far = goesTo;
    if (far != null) {
      line = line.addKeyValue("endpoint", far);
    }
    String who = peer;
    if (who != null) {
      line = line.addKeyValue("peer", who);
    }
    if (cause != null) {
      line = line.addKeyValue("cause", cause);
    }
    if (detail != null) {
      line = line.addKeyValue("detail", detail);
    }
    // Another endpoint may have been better.
    return advice != null && neverCameToBe() ? line.addKeyValue("try", advice) : line;
  }

  /** Nobody proven and allowed was ever at its other end. */
  final boolean neverCameToBe() {
    CloseReason why = reason();
    return why == CloseReason.HANDSHAKE_FAILED || why == CloseReason.UPSTREAM_UNREACHABLE;
  }

  /** The closed word that says more than the reason; null where there is none. */
  final @Nullable String cause() {
    return cause;
  }

  /** Why it ends; that nobody told why is a fault. */
  final CloseReason reason() {
    if (reason == null) {
      reason = CloseReason.INTERNAL_ERROR;
      detail = "closed without a reason";
    }
    return reason;
  }

  /** On any thread. */
  final long durationMillis() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - openedAt);
  }

  /** As it is now. On any thread. */
  abstract ConnectionView view();

  /** When the peer's right to be here ends by itself; null where that is not known. */
  final @Nullable Instant peerNotAfter() {
    Standing shown = standing;
    return shown == null || shown.proof() == null ? null : shown.proof().notAfter();
  }
}

package io.sallyport.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Ticker;
import io.sallyport.config.HttpLimits;
import io.sallyport.relay.RelayTimeouts;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one timer of a connection that carries HTTP/1.1, or of one of HTTP/2 or of one of its
 * requests. It is armed for the earliest time at which something could have expired and looks again
 * then, so that a request costs some clock readings, and a rescheduling only where it has less time
 * than what was waited for before it.
 */
final class FrontDeadlines implements Runnable {

  private static final long NEVER = Long.MAX_VALUE;

  /** A body may come as slowly as it likes for so long. */
  private static final long GRACE = TimeUnit.SECONDS.toNanos(10);

  /** So often within {@code send-timeout} it is looked whether anything is taken. */
  private static final int LOOKS = 4;

  private final EventLoop loop;
  private final Ticker clock;
  private final Service service;
  private final Timed timed;

  private @Nullable Future<?> timer;
  private long armedFor;
  private long openedAt;

  /** When there was a request last. */
  private long usedAt;

  private Phase phase = Phase.FIRST;
  private long phaseAt;
  private long requestAt;

  /** Of a body that has begun and not ended, whatever else goes on meanwhile. */
  private boolean bodyUnderWay;

  private long stretchAt;
  private long bodyBytes;
  private int partBytes;
  private long bodyBytesInAll;
  private long bodyBytesSeen;
  private long quietSince;
  private boolean reading = true;
  private @Nullable LongSupplier taken;
  private long takenSeen;
  private long untakenSince;
  private boolean moved;

  /** Something has been sent that was not taken at once. */
  private boolean unsent;

  private boolean standing;
  private long standsSince;
  private boolean ofConnection;
  private boolean over;

  /** What has not come in time. */
  enum Overdue {
    /** Not a byte since the handshake. */
    NO_REQUEST,
    /** The rest of a head. */
    HEAD,
    /** The rest of a request. */
    REQUEST,
    BODY_TOO_SLOW,
    /** The head of the response, or that the other side takes anything of the request. */
    RESPONSE,
    /** The end of the response, by the deadline of the request. */
    DEADLINE,
    /** A next request. */
    IDLE,
    /** A byte of a body, on whichever side. */
    STALLED,
    /** Room for what waits for the peer. */
    SEND,
    /** The rest of a request whose response is complete. */
    REST,
    /** The close, when all has been written. */
    CLOSE,
    /** The end of the connection's time. */
    LIFETIME
  }

  private enum Phase {
    FIRST,
    HEAD,
    BODY,
    ANSWER,
    STREAMING,
    /** The same of another protocol, whose sides may take their time. */
    TUNNEL,
    REST,
    WAITING,
    /** Of a stream that carries another protocol, one side of which has finished. */
    HALF_CLOSED,
    /** Its requests have deadlines of their own. */
    BUSY,
    CLOSING
  }

  /** What became of what was sent. */
  enum Outflow {
    /** All has been taken. */
    DONE,
    /** Some waits, and some has been taken since this was asked last. */
    FLOWS,
    /** Some waits, and nothing has been taken since. */
    STANDS
  }

  /** Who has so much time. */
  interface Timed {
    /** Told once for each. */
    void overdue(Overdue what);

    /** Asked several times within {@code send-timeout} of those that serve requests. */
    default Outflow outflow() {
      return Outflow.DONE;
    }
  }

  FrontDeadlines(EventLoop loop, Service service, Timed timed) {
    this.loop = loop;
    this.clock = loop.ticker();
    this.service = service;
    this.timed = timed;
  }

  long now() {
    return clock.nanoTime();
  }

  /** The connection is there. */
  void begin() {
    ofConnection = true;
    openedAt = now();
    usedAt = openedAt;
    enter(Phase.FIRST, openedAt);
  }

  /**
   * @param bodyComes at once: who waits for a 100 (Continue) waits for the application
   * @param takenOfIt changes whenever the other side takes some of the request
   */
  void requestBegun(boolean bodyComes, LongSupplier takenOfIt) {
    requestAt = now();
    taken = takenOfIt;
    bodyUnderWay = bodyComes;
    beginStretch(requestAt);
    enter(bodyComes ? Phase.BODY : Phase.ANSWER, requestAt);
  }

  void bodyCame(int bytes) {
    partBytes = 0;
    if (bytes > 0 && !bodyUnderWay) {
      bodyBegun();
    }
    bodyBytes += bytes;
    bodyBytesInAll += bytes;
    moved |= phase == Phase.STREAMING || phase == Phase.REST;
  }

  private void bodyBegun() {
    long now = now();
    bodyUnderWay = true;
    beginStretch(now);
    if (phase == Phase.ANSWER) {
      enter(Phase.BODY, now);
    } else {
      armEarlier(now);
    }
  }

  /**
   * Of a part that is told as a whole when it is there.
   *
   * @param bytes of it so far
   */
  void bodyComes(int bytes) {
    partBytes = bytes;
  }

  /**
   * Whether the peer is listened to: where it is not, the other side is the one who is slow, and
   * may not be so for longer than it may take to answer.
   */
  void reading(boolean now) {
    boolean stops = reading && !now;
    reading = now;
    if (stops && phase == Phase.BODY) {
      untakenSince = now();
      takenSeen = taken();
      armEarlier(untakenSince);
    }
  }

  void requestDone() {
    bodyUnderWay = false;
    if (phase == Phase.BODY) {
      enter(Phase.ANSWER, now());
    }
  }

  void responseBegun() {
    enter(Phase.STREAMING, now());
  }

  /** The response is complete, and the request is not. */
  void responseDone() {
    long now = now();
    beginStretch(now);
    enter(Phase.REST, now);
  }

  /** All of the response has come, or no more will: it may take as long as it likes to arrive. */
  void answered() {
    taken = null;
  }

  /** It carries another protocol from now on. */
  void switched() {
    enter(Phase.TUNNEL, now());
  }

  /** One side of what has become another protocol has finished. */
  void halfClosed() {
    enter(Phase.HALF_CLOSED, now());
  }

  /** What was flushed was not taken at once, on a connection whose requests have their own. */
  void unsent() {
    if (!unsent) {
      unsent = true;
      armEarlier(now());
    }
  }

  /** A byte of a response has been passed on. */
  void moved() {
    moved = true;
  }

  /**
   * A frame of HTTP/2, or what goes on over several, has begun and not ended.
   *
   * @param another than the one of which this was said last; no more time for those that make a
   *     connection without requests look as if it were not idle
   * @param busy whether there are requests
   */
  void partBegun(boolean another, boolean busy) {
    long now = now();
    if (phase == Phase.WAITING
        || phase == Phase.BUSY
        || (another
            && phase == Phase.HEAD
            && (busy || !isLate(usedAt, service.timeouts().idle(), now)))) {
      enter(Phase.HEAD, now);
    }
  }

  /**
   * None has.
   *
   * @param busy whether there are requests
   */
  void partDone(boolean busy) {
    Phase next = busy ? Phase.BUSY : Phase.WAITING;
    if (phase != Phase.CLOSING && phase != next) {
      enter(next, now());
    }
  }

  /** One of the requests that have deadlines of their own. */
  void streamEnded() {
    usedAt = now();
  }

  /** For the next request. */
  void waiting() {
    usedAt = now();
    unsent = true; // perhaps
    enter(Phase.WAITING, usedAt);
  }

  /** All has been written; to be told again where it is waited for again. */
  void closing() {
    enter(Phase.CLOSING, now());
  }

  /** For good. */
  void cancel() {
    over = true;
    disarm();
  }

  private void disarm() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  private void enter(Phase next, long at) {
    phase = next;
    phaseAt = at;
    quietSince = at;
    untakenSince = at;
    moved = false;
    armEarlier(at);
  }

  private void armEarlier(long now) {
    long due = due(now);
    if (!over && due != NEVER && (timer == null || due - armedFor < 0)) {
      disarm();
      arm(due, now);
    }
  }

  private void arm(long due, long now) {
    armedFor = due;
    timer = loop.schedule(this, Math.max(1, due - now), TimeUnit.NANOSECONDS);
  }

  @Override
  public void run() {
    timer = null;
    long now = now();
    if (moved) {
      moved = false;
      phaseAt = now;
    }
    if (!reading) {
      beginStretch(now);
    }
    long takenNow = taken();
    if (takenNow != takenSeen) {
      takenSeen = takenNow;
      untakenSince = now;
    }
    if (bodyBytesInAll != bodyBytesSeen) {
      bodyBytesSeen = bodyBytesInAll;
      quietSince = now;
    }
    look(now);
    Overdue late = late(now);
    if (late == Overdue.LIFETIME) {
      ofConnection = false; // or it would be late for ever, whatever is waited for next
    }
    if (late != null) {
      timed.overdue(late);
    } else {
      long due = due(now);
      if (!over && due != NEVER && timer == null) {
        arm(due, now);
      }
    }
  }

  /** Now and then, for to watch each write would cost all who take what they asked for. */
  private void look(long now) {
    Outflow flow = looks() ? timed.outflow() : Outflow.DONE;
    unsent = flow != Outflow.DONE;
    if (flow != Outflow.STANDS) {
      standing = false;
    } else if (!standing) {
      standing = true;
      standsSince = now;
    }
  }

  /** While requests are served any of their writes may come to wait. */
  private boolean looks() {
    return !service.limits().sendTimeout().isZero()
        && switch (phase) {
          case BODY, ANSWER, STREAMING, REST -> true;
          case FIRST, HEAD, WAITING, BUSY -> unsent;
          case TUNNEL, HALF_CLOSED, CLOSING -> false;
        };
  }

  private @Nullable Overdue late(long now) {
    HttpLimits limits = service.limits();
    RelayTimeouts timeouts = service.timeouts();
    if (ofConnection && isLate(openedAt, timeouts.lifetime(), now)) {
      return Overdue.LIFETIME;
    }
    if (taken != null && isLate(requestAt, service.deadline(), now)) {
      return Overdue.DEADLINE;
    }
    if (standing && isLate(standsSince, limits.sendTimeout(), now)) {
      return Overdue.SEND;
    }
    return switch (phase) {
      case FIRST -> isLate(phaseAt, limits.headerTimeout(), now) ? Overdue.NO_REQUEST : null;
      case HEAD -> isLate(phaseAt, limits.headerTimeout(), now) ? Overdue.HEAD : null;
      case BODY -> {
        Overdue body = lateBody(limits, now);
        if (body == Overdue.REQUEST) {
          yield body;
        }
        if (isUntaken() && isLate(untakenSince, limits.responseTimeout(), now)) {
          yield Overdue.RESPONSE;
        }
        yield isLate(quietSince, timeouts.idle(), now) ? Overdue.STALLED : body;
      }
      case ANSWER -> isLate(phaseAt, limits.responseTimeout(), now) ? Overdue.RESPONSE : null;
      // At no rate: who talks with the application may wait for what it says before going on.
      case STREAMING -> {
        if (isRequestLate(limits, now)) {
          yield Overdue.REQUEST;
        }
        yield isLate(phaseAt, timeouts.idle(), now) ? Overdue.STALLED : null;
      }
      case TUNNEL -> isLate(phaseAt, timeouts.idle(), now) ? Overdue.STALLED : null;
      case REST ->
          lateBody(limits, now) != null || isLate(phaseAt, timeouts.close(), now)
              ? Overdue.REST
              : null;
      case WAITING -> isLate(usedAt, timeouts.idle(), now) ? Overdue.IDLE : null;
      case HALF_CLOSED -> isLate(phaseAt, timeouts.halfClose(), now) ? Overdue.STALLED : null;
      case BUSY -> null;
      case CLOSING -> isLate(phaseAt, timeouts.close(), now) ? Overdue.CLOSE : null;
    };
  }

  private long taken() {
    return taken == null ? 0 : taken.getAsLong();
  }

  /** There is more of the request, and the other side does not take what came before it. */
  private boolean isUntaken() {
    return phase == Phase.BODY && !reading;
  }

  private @Nullable Overdue lateBody(HttpLimits limits, long now) {
    if (isRequestLate(limits, now)) {
      return Overdue.REQUEST;
    }
    return bodyUnderWay && isTooSlow(limits.minBodyBytesPerSecond(), now)
        ? Overdue.BODY_TOO_SLOW
        : null;
  }

  private boolean isRequestLate(HttpLimits limits, long now) {
    return bodyUnderWay && isLate(requestAt, limits.requestTimeout(), now);
  }

  /** Begins the next stretch when this one was fast enough. */
  private boolean isTooSlow(int leastPerSecond, long now) {
    long passed = now - stretchAt;
    if (leastPerSecond == 0 || passed < GRACE) {
      return false;
    }
    boolean slow = bodyBytes + partBytes < leastPerSecond * TimeUnit.NANOSECONDS.toSeconds(passed);
    beginStretch(now);
    return slow;
  }

  private void beginStretch(long now) {
    stretchAt = now;
    bodyBytes = -partBytes; // which are told again with the rest of their part
  }

  private static boolean isLate(long since, Duration allowed, long now) {
    return !allowed.isZero() && now - since >= allowed.toNanos();
  }

  private long due(long now) {
    HttpLimits limits = service.limits();
    RelayTimeouts timeouts = service.timeouts();
    long lifetime = ofConnection ? end(openedAt, timeouts.lifetime()) : NEVER;
    long deadline = taken != null ? end(requestAt, service.deadline()) : NEVER;
    long ofPhase =
        switch (phase) {
          case FIRST, HEAD -> end(phaseAt, limits.headerTimeout());
          case BODY ->
              earlier(
                  earlier(bodyDue(limits), end(quietSince, timeouts.idle())),
                  isUntaken() ? end(untakenSince, limits.responseTimeout()) : NEVER);
          case ANSWER -> end(phaseAt, limits.responseTimeout());
          case HALF_CLOSED -> end(phaseAt, timeouts.halfClose());
          case BUSY -> NEVER;
          case STREAMING -> earlier(requestDue(limits), end(phaseAt, timeouts.idle()));
          case REST -> earlier(bodyDue(limits), end(phaseAt, timeouts.close()));
          case CLOSING -> end(phaseAt, timeouts.close());
          case TUNNEL -> end(phaseAt, timeouts.idle());
          case WAITING -> end(usedAt, timeouts.idle());
        };
    long look = looks() ? now + limits.sendTimeout().toNanos() / LOOKS : NEVER;
    return earlier(earlier(lifetime, deadline), earlier(ofPhase, look));
  }

  private long bodyDue(HttpLimits limits) {
    boolean timed = bodyUnderWay && limits.minBodyBytesPerSecond() != 0;
    return earlier(requestDue(limits), timed ? stretchAt + GRACE : NEVER);
  }

  private long requestDue(HttpLimits limits) {
    return bodyUnderWay ? end(requestAt, limits.requestTimeout()) : NEVER;
  }

  private static long end(long since, Duration allowed) {
    return allowed.isZero() ? NEVER : since + allowed.toNanos();
  }

  private static long earlier(long one, long other) {
    if (one == NEVER || other == NEVER) {
      return one == NEVER ? other : one;
    }
    return one - other < 0 ? one : other;
  }

  /** Sees that a request begins before its head is whole. */
  final class FirstBytes extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (phase == Phase.FIRST || phase == Phase.WAITING) {
        enter(Phase.HEAD, now());
      }
      ctx.fireChannelRead(message);
    }
  }
}

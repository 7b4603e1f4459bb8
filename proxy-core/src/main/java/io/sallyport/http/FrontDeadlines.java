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
import java.util.function.Consumer;
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

  private final EventLoop loop;
  private final Ticker clock;
  private final Service service;
  private final Consumer<Overdue> overdue;

  private @Nullable Future<?> timer;
  private long armedFor;
  private long openedAt;
  private Phase phase = Phase.FIRST;
  private long phaseAt;
  private long requestAt;
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
  private boolean unanswered;
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
    REST,
    WAITING,
    /** Of a stream that carries another protocol, one side of which has finished. */
    HALF_CLOSED,
    /** Its requests have deadlines of their own. */
    BUSY,
    CLOSING
  }

  /**
   * @param overdue told once for each
   */
  FrontDeadlines(EventLoop loop, Service service, Consumer<Overdue> overdue) {
    this.loop = loop;
    this.clock = loop.ticker();
    this.service = service;
    this.overdue = overdue;
  }

  long now() {
    return clock.nanoTime();
  }

  /** The connection is there. */
  void begin() {
    ofConnection = true;
    openedAt = now();
    enter(Phase.FIRST, openedAt);
  }

  /**
   * @param bodyComes at once: who waits for a 100 (Continue) waits for the application
   * @param takenOfIt changes whenever the other side takes some of the request
   */
  void requestBegun(boolean bodyComes, LongSupplier takenOfIt) {
    requestAt = now();
    taken = takenOfIt;
    unanswered = true;
    enter(bodyComes ? Phase.BODY : Phase.ANSWER, requestAt);
  }

  void bodyCame(int bytes) {
    partBytes = 0;
    if (bytes > 0 && phase == Phase.ANSWER) {
      enter(Phase.BODY, now());
    }
    bodyBytes += bytes;
    bodyBytesInAll += bytes;
    moved |= phase == Phase.STREAMING || phase == Phase.REST;
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
      armIfSooner(untakenSince);
    }
  }

  void requestDone() {
    if (phase == Phase.BODY) {
      enter(Phase.ANSWER, now());
    }
  }

  void responseBegun() {
    enter(Phase.STREAMING, now());
  }

  /** The response is complete, and the request is not. */
  void responseDone() {
    enter(Phase.REST, now());
  }

  /** All of the response has come, or no more will: it may take as long as it likes to arrive. */
  void answered() {
    unanswered = false;
    taken = null;
  }

  /** One side of what has become another protocol has finished. */
  void halfClosed() {
    enter(Phase.HALF_CLOSED, now());
  }

  /** A byte of a response has been passed on. */
  void moved() {
    moved = true;
  }

  /**
   * A frame of HTTP/2, or what goes on over several, has begun and not ended.
   *
   * @param another than the one of which this was said last
   */
  void partBegun(boolean another) {
    if (phase == Phase.WAITING || phase == Phase.BUSY || (another && phase == Phase.HEAD)) {
      enter(Phase.HEAD, now());
    }
  }

  /**
   * None has.
   *
   * @param busy whether there are requests
   */
  void partDone(boolean busy) {
    if (phase != Phase.CLOSING && !(busy && phase == Phase.BUSY)) {
      enter(busy ? Phase.BUSY : Phase.WAITING, now());
    }
  }

  /** For the next request. */
  void waiting() {
    enter(Phase.WAITING, now());
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
    bodyBytes = 0;
    moved = false;
    armIfSooner(at);
  }

  private void armIfSooner(long now) {
    long due = due();
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
    if (moved || isUntaken()) {
      moved = false;
      nextStretch(now);
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
    Overdue late = late(now);
    if (late == Overdue.LIFETIME) {
      ofConnection = false; // or it would be late for ever, whatever is waited for next
    }
    if (late != null) {
      overdue.accept(late);
    } else {
      long due = due();
      if (!over && due != NEVER && timer == null) {
        arm(due, now);
      }
    }
  }

  private @Nullable Overdue late(long now) {
    HttpLimits limits = service.limits();
    RelayTimeouts timeouts = service.timeouts();
    if (ofConnection && isLate(openedAt, timeouts.lifetime(), now)) {
      return Overdue.LIFETIME;
    }
    if (unanswered && isLate(requestAt, service.deadline(), now)) {
      return Overdue.DEADLINE;
    }
    return switch (phase) {
      case FIRST -> isLate(phaseAt, limits.headerTimeout(), now) ? Overdue.NO_REQUEST : null;
      case HEAD -> isLate(phaseAt, limits.headerTimeout(), now) ? Overdue.HEAD : null;
      case BODY -> {
        if (isLate(requestAt, limits.requestTimeout(), now)) {
          yield Overdue.REQUEST;
        }
        if (isUntaken() && isLate(untakenSince, limits.responseTimeout(), now)) {
          yield Overdue.RESPONSE;
        }
        if (isLate(quietSince, timeouts.idle(), now)) {
          yield Overdue.STALLED;
        }
        yield isTooSlow(limits.minBodyBytesPerSecond(), now) ? Overdue.BODY_TOO_SLOW : null;
      }
      case ANSWER -> isLate(phaseAt, limits.responseTimeout(), now) ? Overdue.RESPONSE : null;
      case STREAMING -> isLate(phaseAt, timeouts.idle(), now) ? Overdue.STALLED : null;
      case REST -> isLate(phaseAt, timeouts.close(), now) ? Overdue.REST : null;
      case WAITING -> isLate(phaseAt, timeouts.idle(), now) ? Overdue.IDLE : null;
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

  /** Begins the next stretch when this one was fast enough. */
  private boolean isTooSlow(int leastPerSecond, long now) {
    long passed = now - phaseAt;
    if (leastPerSecond == 0 || passed < GRACE) {
      return false;
    }
    boolean slow = bodyBytes + partBytes < leastPerSecond * TimeUnit.NANOSECONDS.toSeconds(passed);
    nextStretch(now);
    return slow;
  }

  private void nextStretch(long now) {
    phaseAt = now;
    bodyBytes = -partBytes; // which are told again with the rest of their part
  }

  private static boolean isLate(long since, Duration allowed, long now) {
    return !allowed.isZero() && now - since >= allowed.toNanos();
  }

  private long due() {
    HttpLimits limits = service.limits();
    RelayTimeouts timeouts = service.timeouts();
    long lifetime = ofConnection ? end(openedAt, timeouts.lifetime()) : NEVER;
    long deadline = unanswered ? end(requestAt, service.deadline()) : NEVER;
    long ofPhase =
        switch (phase) {
          case FIRST, HEAD -> end(phaseAt, limits.headerTimeout());
          case BODY ->
              earlier(
                  earlier(
                      end(requestAt, limits.requestTimeout()), end(quietSince, timeouts.idle())),
                  earlier(
                      limits.minBodyBytesPerSecond() == 0 ? NEVER : phaseAt + GRACE,
                      isUntaken() ? end(untakenSince, limits.responseTimeout()) : NEVER));
          case ANSWER -> end(phaseAt, limits.responseTimeout());
          case HALF_CLOSED -> end(phaseAt, timeouts.halfClose());
          case BUSY -> NEVER;
          case REST, CLOSING -> end(phaseAt, timeouts.close());
          case STREAMING, WAITING -> end(phaseAt, timeouts.idle());
        };
    return earlier(earlier(lifetime, deadline), ofPhase);
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

package io.sallyport.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.util.ReferenceCountUtil;
import io.sallyport.config.HttpLimits;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.ConnectionEvents.Direction;
import io.sallyport.relay.EndOfStream;
import io.sallyport.relay.Relay;
import io.sallyport.relay.StreamEnd;
import io.sallyport.transport.Resets;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP/1.1 of one accepted connection: one request after the other, however many have been sent
 * ahead. Last in the pipeline, after the codec. Belongs to its event loop.
 *
 * <p>A response that breaks off ends in a reset, so that nobody takes a part for the whole (RFC
 * 9112 §8).
 */
public final class Http1Front extends ChannelInboundHandlerAdapter {

  private final Service service;
  private final EndOfStream end;
  private final FrontDeadlines deadlines;
  private final LastBytes lastBytes;
  private final UntakenBytes untaken = new UntakenBytes();

  /** What was sent ahead of the response to what came before it: of one read, and no more. */
  private final Queue<HttpObject> ahead = new ArrayDeque<>(0);

  private @Nullable ChannelHandlerContext context;
  private @Nullable Http1Stream stream;
  private boolean mayRead = true;

  /** Why the connection ends with the response that is next; null when it does not. */
  private @Nullable CloseReason last;

  private boolean leaving;
  private boolean pumping;
  private boolean closing;

  /**
   * @param end the handler of the pipeline that knows how its stream ends
   */
  public Http1Front(Service service, EndOfStream end, EventLoop loop) {
    this.service = service;
    this.end = end;
    this.deadlines = new FrontDeadlines(loop, service, new Time());
    this.lastBytes = new LastBytes(deadlines);
  }

  /** The peer is allowed: requests may come. */
  public void open() {
    HttpLimits limits = service.limits();
    context()
        .pipeline()
        .addBefore(context().name(), null, deadlines.new FirstBytes())
        .addBefore(
            context().name(),
            null,
            new ServerCodec(
                Http1Limits.of(limits),
                limits.maxPipelined(),
                () -> service.limitReached(HttpLimit.PIPELINED)));
    deadlines.begin();
  }

  /**
   * The same, of HTTP/2 too, if that is what comes (RFC 9113 §3.3).
   *
   * @param begun told when another front has taken the place of this one
   */
  public void openToEither(Consumer<Http2Front> begun) {
    open();
    ChannelPipeline pipeline = context().pipeline();
    pipeline.addBefore(
        pipeline.context(FrontDeadlines.FirstBytes.class).name(),
        null,
        new PriorKnowledge(() -> begun.accept(giveWay())));
  }

  private Http2Front giveWay() {
    ChannelPipeline pipeline = context().pipeline();
    Http2Front next = Http2Front.of(service, context().channel().eventLoop());
    pipeline.remove(FrontDeadlines.FirstBytes.class);
    pipeline.remove(ServerCodec.class);
    pipeline.replace(this, null, next);
    return next;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    deadlines.cancel();
    untaken.release();
    releaseAhead();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (closing) {
      ReferenceCountUtil.release(message);
    } else if (ahead.isEmpty() && !isAhead()) {
      take((HttpObject) message);
    } else {
      ahead.add((HttpObject) message);
      mayRead(mayRead);
    }
  }

  /** What comes now belongs to the request after the one that is being served. */
  private boolean isAhead() {
    return stream != null && stream.requestDone();
  }

  private void take(HttpObject part) {
    if (part instanceof Http1Request request) {
      begin().begin(request);
    } else if (part instanceof BadMessage message) {
      BadRequest why = (BadRequest) message.decoderResult().cause();
      Http1Stream to = stream != null ? stream : begin();
      to.refuseOrCut(Refusal.of(why.fault()), why.fault().label() + ": " + why.detail());
    } else if (stream != null) {
      stream.body((HttpContent) part);
    }
  }

  private Http1Stream begin() {
    mayRead = true;
    Http1Stream begun = new Http1Stream(this, context(), service, deadlines);
    stream = begun;
    return begun;
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (stream != null) {
      stream.flushRequest();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    boolean writable = ctx.channel().isWritable();
    if (stream != null) {
      stream.peerTakesMore(writable);
    }
    if (writable) {
      goOn();
    }
  }

  /** Whether more of the request may come; after it, the end of the connection is looked for. */
  void mayRead(boolean more) {
    mayRead = more;
    boolean read = closing || (ahead.isEmpty() && (mayRead || isAhead()));
    deadlines.reading(read);
    context().channel().config().setAutoRead(read);
  }

  /** The response that is next, or under way, is the last. */
  void endAfterThis(CloseReason reason) {
    if (last == null) {
      last = reason;
    }
  }

  boolean endsAfterThis() {
    return last != null;
  }

  /** Tells why, where the connection ends with it. */
  void refused(Refusal refusal, @Nullable String detail) {
    if (last != null) {
      service.ending(last, refusal.label(), detail);
    }
  }

  /** The stream has come further: perhaps the next one can be served. */
  void goOn() {
    Http1Stream served = stream;
    if (served == null || !served.responseDone() || closing) {
      return;
    }
    if (last != null) {
      finish(last);
    } else if (!served.requestDone()) {
      mayRead(true);
    } else if (!context().channel().isWritable()) {
      deadlines.responseBegun(); // small ones would pile up for a peer that asks and does not read
    } else {
      stream = null;
      deadlines.waiting();
      pump();
    }
  }

  /** Serves what was sent ahead; a loop, for there may be much of it. */
  private void pump() {
    if (pumping) {
      return;
    }
    pumping = true;
    try {
      while (!closing && !ahead.isEmpty() && !isAhead()) {
        take(ahead.remove());
      }
    } catch (RuntimeException e) {
      exceptionCaught(context(), e); // not to whoever else's event this happens in
    } finally {
      pumping = false;
    }
    if (closing) {
      return;
    }
    if (stream != null) {
      stream.flushRequest();
    } else if (leaving) {
      finish(CloseReason.LEAVING);
    } else {
      mayRead(true);
    }
  }

  /** Both speak another protocol from now on: bytes are carried as they are. */
  void switched(Answerer answerer) {
    ChannelPipeline pipeline = context().pipeline();
    boolean fromPeer = service.requestsGo() == Direction.TO_APPLICATION;
    // TLS ends both ways at once, and a stream of HTTP/2 does not.
    boolean peerMayFinishFirst = !fromPeer && answerer.channel() instanceof StreamChannel;
    Relay relay = new Relay(peerMayFinishFirst, service.timeouts(), service.events());
    EndOfStream theirs = answerer.endOfStream();
    pipeline.addLast(fromPeer ? relay.peerSide(end) : relay.applicationSide(end));
    answerer
        .channel()
        .pipeline()
        .addLast(fromPeer ? relay.applicationSide(theirs) : relay.peerSide(theirs));
    stream = null;
    closing = true; // as far as HTTP goes
    pipeline.remove(FrontDeadlines.FirstBytes.class);
    pipeline.remove(this);
    pipeline.remove(ServerCodec.class); // what it has not parsed goes on as it is
    answerer.leavePipeline();
    service.track(answerer.channel());
    relay.open();
  }

  /** Ends it as soon as nothing is being served. */
  public void leave() {
    leaving = true;
    if (stream == null && !closing) {
      finish(CloseReason.LEAVING);
    }
  }

  /** Lets what has been written arrive, and closes. */
  private void finish(CloseReason reason) {
    service.ending(reason, null, null);
    closing = true;
    releaseAhead();
    if (reason == CloseReason.LEAVING || (stream != null && !stream.requestDone())) {
      service.lingerOnClose(); // the peer may be sending, and unread bytes make a reset of a close
    }
    mayRead(true);
    lastBytes.close(context());
  }

  /** Ends it in a way that nobody can take for a proper end. */
  void end(CloseReason reason, @Nullable String detail) {
    service.ending(reason, null, detail);
    abandon();
    Resets.reset(context().channel());
  }

  private void abandon() {
    closing = true;
    deadlines.cancel();
    releaseAhead();
    Http1Stream served = stream;
    stream = null;
    if (served != null) {
      served.abandon();
    }
  }

  private final class Time implements FrontDeadlines.Timed {
    @Override
    public void overdue(FrontDeadlines.Overdue what) {
      try {
        expire(what);
      } catch (RuntimeException e) {
        exceptionCaught(context(), e);
      }
    }

    @Override
    public FrontDeadlines.Outflow outflow() {
      return untaken.look(context().channel());
    }
  }

  private void expire(FrontDeadlines.Overdue what) {
    Http1Stream served = stream;
    switch (what) {
      case IDLE -> finish(CloseReason.IDLE_TIMEOUT);
      case NO_REQUEST -> finish(CloseReason.HEADER_TIMEOUT);
      case HEAD -> {
        endAfterThis(CloseReason.HEADER_TIMEOUT);
        begin().refuse(Refusal.HEADER_TIMEOUT, "the head of a request did not come in time");
      }
      case REST -> finish(CloseReason.REQUEST_REFUSED);
      case CLOSE -> lastBytes.overdue(context().channel());
      case STALLED -> end(CloseReason.IDLE_TIMEOUT, null);
      case SEND -> {
        service.limitReached(HttpLimit.SEND_TIMEOUT);
        end(CloseReason.SEND_TIMEOUT, null);
      }
      case LIFETIME -> end(CloseReason.MAX_LIFETIME, null);
      case DEADLINE -> {
        if (served != null) {
          served.deadlinePassed();
        }
      }
      case REQUEST, BODY_TOO_SLOW -> {
        if (served != null) {
          served.refuseUnlessAnswered(Refusal.BODY_TIMEOUT);
        }
      }
      case RESPONSE -> {
        if (served != null) {
          served.refuseOrCut(Refusal.RESPONSE_TIMEOUT, null);
        }
      }
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof StreamEnd ended && !closing) {
      peerEnded(
          switch (ended) {
            case FINISHED, CLOSED -> service.askerClosed();
            // Between two messages nothing can have been cut off.
            case TRUNCATED -> stream == null ? service.askerClosed() : CloseReason.TRUNCATED;
            case RESET -> service.askerReset();
            case BROKEN -> CloseReason.TLS_ERROR;
          });
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (closing) {
      abandon(); // a request that has not ended
    } else {
      peerEnded(service.askerReset());
    }
  }

  private void peerEnded(CloseReason reason) {
    service.ending(reason, null, null);
    abandon();
    context().close();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    service.events().fault(cause);
    end(CloseReason.INTERNAL_ERROR, null);
  }

  private void releaseAhead() {
    for (HttpObject part = ahead.poll(); part != null; part = ahead.poll()) {
      ReferenceCountUtil.release(part);
    }
  }

  private ChannelHandlerContext context() {
    if (context == null) {
      throw new IllegalStateException("not in a pipeline yet");
    }
    return context;
  }
}

package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.ReferenceCountUtil;
import io.sallyport.config.Http2Limits;
import io.sallyport.config.HttpLimits;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.StreamEnd;
import io.sallyport.transport.Resets;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP/2 of one accepted connection (RFC 9113): many requests at once, each a {@link
 * FrontStream}. Last in the pipeline. Belongs to its event loop.
 *
 * <p>A response that breaks off ends with its stream reset, so that nobody takes a part for the
 * whole; the others go on.
 */
public final class Http2Front extends Http2ConnectionHandler {

  /** Of the connection; those of its streams bound what waits. */
  private static final int CONNECTION_WINDOW = 1024 * 1024;

  /** What is not held back by a window and may wait for a peer that does not read. */
  private static final int MOST_UNREAD_BYTES = 4 * 1024 * 1024;

  /**
   * After the first GOAWAY, for what is on its way; where the peer answers our PING, until then.
   */
  private static final long FIRST_GOAWAY_SECONDS = 1;

  private final Service service;
  private final EventLoop loop;
  private final Http1Limits headLimits;
  private final FrontDeadlines deadlines;
  private final LastBytes lastBytes;
  private final UntakenBytes untaken = new UntakenBytes();
  private final FrameWatch watch;
  private final Http2Connection.PropertyKey key;
  private final Http2Connection.PropertyKey sent;

  private @Nullable ChannelHandlerContext context;
  private Departure departure = Departure.NONE;
  private long framesBefore;
  private boolean reading;
  private boolean flushComes;
  private boolean closing;

  /** How far a peer has been told to go. */
  private enum Departure {
    NONE,
    /** No new connections, please; requests are still taken. */
    ANNOUNCED,
    /** No new requests. */
    TOLD
  }

  private Http2Front(
      Service service,
      EventLoop loop,
      Http1Limits headLimits,
      Http2Codec codec,
      Http2Settings ours) {
    super(codec.decoder(), codec.encoder(), ours, true);
    this.service = service;
    this.loop = loop;
    this.headLimits = headLimits;
    this.deadlines = new FrontDeadlines(loop, service, new Time());
    this.lastBytes = new LastBytes(deadlines);
    this.watch = new FrameWatch(loop.ticker(), true);
    this.key = codec.connection().newKey();
    this.sent = codec.sent();
    codec.decoder().frameListener(new Frames());
    codec.connection().addListener(new Streams());
    codec
        .encoder()
        .flowController()
        .listener(stream -> changed(stream, codec.encoder().flowController().isWritable(stream)));
  }

  /** By the limits of now. */
  public static Http2Front of(Service service, EventLoop loop) {
    HttpLimits limits = service.limits();
    Http1Limits headLimits = Http1Limits.of(limits);
    Http2Codec codec = Http2Codec.of(true, headLimits, limits.http2());
    codec.connection().remote().maxActiveStreams(limits.http2().maxStreams());
    Http2Settings ours =
        new Http2Settings()
            .maxConcurrentStreams(limits.http2().maxStreams())
            .initialWindowSize(limits.http2().streamWindow())
            .headerTableSize(limits.http2().headerTableBytes())
            .maxHeaderListSize(FieldSection.mostListBytes(headLimits))
            .connectProtocolEnabled(true);
    return new Http2Front(service, loop, headLimits, codec, ours);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    context = ctx;
    super.handlerAdded(ctx);
    decoder()
        .flowController()
        .incrementWindowSize(
            connection().connectionStream(),
            CONNECTION_WINDOW - decoder().flowController().initialWindowSize());
    deadlines.begin();
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) throws Exception {
    deadlines.cancel();
    untaken.release();
    super.handlerRemoved0(ctx);
  }

  EventLoop loop() {
    return loop;
  }

  Http1Limits headLimits() {
    return headLimits;
  }

  private Http2Limits limits() {
    return service.limits().http2();
  }

  // What comes.

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    if (closing) {
      ReferenceCountUtil.release(message);
      return;
    }
    reading = true;
    HttpLimit flood = watch.read((ByteBuf) message, limits());
    if (flood != null) {
      ReferenceCountUtil.release(message);
      flooded(flood);
      return;
    }
    super.channelRead(ctx, message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    reading = false;
    super.channelReadComplete(ctx);
    if (closing) {
      return;
    }
    watchParts();
    watchBody();
    if (LastBytes.pending(ctx.channel()) > MOST_UNREAD_BYTES) {
      flooded(HttpLimit.UNREAD);
    }
  }

  private void watchParts() {
    boolean another = watch.frames() != framesBefore;
    framesBefore = watch.frames();
    boolean busy = connection().numActiveStreams() > 0;
    if (watch.isWithin()) {
      deadlines.partBegun(another, busy);
    } else {
      deadlines.partDone(busy);
    }
  }

  private void watchBody() {
    int id = watch.bodyUnderWay();
    Http2Stream stream = id == 0 ? null : connection().stream(id);
    FrontStream ours = stream == null ? null : stream.getProperty(key);
    if (ours != null) {
      ours.dataComes(watch.bytesUnderWay());
    }
  }

  private void flooded(HttpLimit flood) {
    service.limitReached(flood);
    service.ending(CloseReason.HTTP2_FLOOD, flood.label(), null);
    finish(CloseReason.HTTP2_FLOOD, Http2Error.ENHANCE_YOUR_CALM);
  }

  /**
   * Once all connections have been read that have something to read: what many of the application's
   * bring in one turn of the loop leaves as one record.
   */
  void flushSoon() {
    if (!reading && !flushComes) {
      flushComes = true;
      loop.execute(this::flushNow);
    }
  }

  private void flushNow() {
    if (flushComes) {
      flush(context());
    }
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    flushComes = false;
    super.flush(ctx);
    if (LastBytes.pending(ctx.channel()) > 0) {
      deadlines.unsent();
    }
  }

  private final class Frames extends Http2FrameAdapter {

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx,
        int streamId,
        Http2Headers headers,
        int streamDependency,
        short weight,
        boolean exclusive,
        int padding,
        boolean ends)
        throws Http2Exception {
      Http2Stream stream = connection().stream(streamId);
      FrontStream known = stream.getProperty(key);
      if (known == null) {
        if (service.isLeaving()) {
          leave(); // who asks nothing is told when the listener stops
        }
        begun(stream).begin((FieldSection) headers, ends);
      } else {
        known.trailers((FieldSection) headers);
      }
    }

    @Override
    public int onDataRead(
        ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean ends)
        throws Http2Exception {
      FrontStream stream = connection().stream(streamId).getProperty(key);
      return stream.data(data, padding, ends);
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode) {
      FrontStream stream = connection().stream(streamId).getProperty(key);
      if (stream == null) {
        return;
      }
      boolean rapid = !stream.isAnswered();
      stream.abandon();
      if (rapid && !closing && watch.hasResetTooMany(limits())) {
        flooded(HttpLimit.RESETS);
      }
    }

    @Override
    public void onPingAckRead(ChannelHandlerContext ctx, long data) {
      tellToGo();
    }
  }

  private FrontStream begun(Http2Stream stream) {
    FrontStream begun = new FrontStream(this, stream, service);
    stream.setProperty(key, begun);
    return begun;
  }

  private final class Streams extends Http2ConnectionAdapter {
    @Override
    public void onStreamClosed(Http2Stream stream) {
      FrontStream ours = stream.getProperty(key);
      if (ours != null) {
        ours.closed();
      }
      deadlines.streamEnded();
      if (!closing && !reading) {
        watchParts();
      }
      if (departure == Departure.TOLD && !closing && connection().numActiveStreams() == 0) {
        // Not within the write that ends the stream: it is to leave first.
        context().executor().execute(() -> gone(CloseReason.LEAVING));
      }
    }
  }

  private void changed(Http2Stream stream, boolean writable) {
    FrontStream ours = stream.getProperty(key);
    if (ours != null) {
      ours.peerTakesMore(writable);
    }
  }

  // What is wrong.

  @Override
  protected void onStreamError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      Http2Exception.StreamException error) {
    Http2Stream stream = connection().stream(error.streamId());
    if (outbound && stream != null && stream.state() == Http2Stream.State.CLOSED) {
      return; // what was not written yet fails; RFC 9113 §5.4.2: no reset is answered with one
    }
    super.onStreamError(ctx, outbound, cause, error);
    if (error.error() == Http2Error.REFUSED_STREAM) {
      service.limitReached(HttpLimit.STREAMS);
    } else if (error.error() == Http2Error.FLOW_CONTROL_ERROR) {
      service.limitReached(HttpLimit.STREAM_WINDOW);
    }
    if (!outbound && !closing && watch.hasResetTooMany(limits())) {
      flooded(HttpLimit.RESETS);
    }
  }

  @Override
  protected void onConnectionError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      @Nullable Http2Exception error) {
    if (closing) {
      return;
    }
    if (error == null && cause instanceof IOException) {
      // Nothing can be written any more; what the read side knows of why comes first.
      ctx.executor().execute(() -> writesFailed(ctx));
      return;
    }
    if (error == null || error.error() == Http2Error.INTERNAL_ERROR) {
      service.events().fault(cause);
      finish(CloseReason.INTERNAL_ERROR, Http2Error.INTERNAL_ERROR);
    } else if (error.error() == Http2Error.ENHANCE_YOUR_CALM) {
      flooded(HttpLimit.CONTINUATIONS); // the one thing that the codec itself counts
    } else {
      service.ending(
          CloseReason.HTTP2_ERROR,
          error.error().name().toLowerCase(Locale.ROOT),
          Excerpt.of(String.valueOf(error.getMessage())));
      finish(CloseReason.HTTP2_ERROR, error.error());
    }
  }

  private void writesFailed(ChannelHandlerContext ctx) {
    if (!closing) {
      peerEnded(service.askerReset());
      ctx.close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    onError(ctx, false, cause);
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

    /** Tunnels may take their time, as long as nobody else waits for it. */
    @Override
    public FrontDeadlines.Outflow outflow() {
      FrontDeadlines.Outflow flow = untaken.look(context().channel());
      return flow == FrontDeadlines.Outflow.STANDS && hasTunnelsAlone()
          ? FrontDeadlines.Outflow.FLOWS
          : flow;
    }
  }

  private boolean hasTunnelsAlone() {
    try {
      return connection().numActiveStreams() > 0
          && connection()
                  .forEachActiveStream(
                      stream -> {
                        FrontStream ours = stream.getProperty(key);
                        return ours != null && ours.isTunnel();
                      })
              == null;
    } catch (Http2Exception e) {
      service.events().fault(e);
      return false;
    }
  }

  /** Since it was asked last. */
  boolean hasSentDataOf(Http2Stream stream) {
    return stream.removeProperty(sent) != null;
  }

  private void expire(FrontDeadlines.Overdue what) {
    switch (what) {
      case IDLE -> finish(CloseReason.IDLE_TIMEOUT, Http2Error.NO_ERROR);
      case NO_REQUEST, HEAD -> finish(CloseReason.HEADER_TIMEOUT, Http2Error.NO_ERROR);
      case LIFETIME -> outlived();
      case CLOSE -> lastBytes.overdue(context().channel());
      case SEND -> {
        service.limitReached(HttpLimit.SEND_TIMEOUT);
        peerEnded(CloseReason.SEND_TIMEOUT);
        Resets.reset(context().channel()); // no word would be taken either
      }
      case REQUEST, BODY_TOO_SLOW, RESPONSE, DEADLINE, STALLED, REST -> {} // are of streams
    }
  }

  private void outlived() {
    if (closing) {
      Resets.reset(context().channel());
    } else {
      finish(CloseReason.MAX_LIFETIME, Http2Error.NO_ERROR);
    }
  }

  // The end.

  /**
   * Ends it as soon as nothing is being served, telling the peer first that it will be, so that no
   * request that is on its way is lost (RFC 9113 §6.8).
   */
  public void leave() {
    if (departure != Departure.NONE || closing) {
      return;
    }
    departure = Departure.ANNOUNCED;
    ChannelHandlerContext ctx = context();
    goAway(
        ctx,
        Integer.MAX_VALUE,
        Http2Error.NO_ERROR.code(),
        Unpooled.EMPTY_BUFFER,
        ctx.newPromise());
    encoder().writePing(ctx, false, 0, ctx.newPromise());
    flush(ctx);
    ctx.executor().schedule(this::tellToGo, FIRST_GOAWAY_SECONDS, TimeUnit.SECONDS);
  }

  private void tellToGo() {
    if (departure != Departure.ANNOUNCED || closing) {
      return;
    }
    departure = Departure.TOLD;
    if (connection().numActiveStreams() == 0) {
      gone(CloseReason.LEAVING);
    } else {
      sayGoAway(Http2Error.NO_ERROR);
      flush(context());
    }
  }

  private void gone(CloseReason reason) {
    if (!closing) {
      finish(reason, Http2Error.NO_ERROR);
    }
  }

  private void sayGoAway(Http2Error error) {
    ChannelHandlerContext ctx = context();
    goAway(
        ctx,
        connection().remote().lastStreamCreated(),
        error.code(),
        Unpooled.EMPTY_BUFFER,
        ctx.newPromise());
  }

  /** What is being served breaks off; what has been written arrives. */
  private void finish(CloseReason reason, Http2Error error) {
    ChannelHandlerContext ctx = context();
    service.ending(reason, null, null);
    closing = true;
    deadlines.closing(); // whatever goes wrong with what is being served
    service.lingerOnClose(); // the peer may be sending, and unread bytes make a reset of a close
    abandonAll();
    sayGoAway(error);
    flush(ctx);
    lastBytes.close(ctx);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (!(event instanceof StreamEnd ended)) {
      super.userEventTriggered(ctx, event);
    } else if (!closing) {
      peerEnded(
          switch (ended) {
            case FINISHED, CLOSED -> service.askerClosed();
            // Between two messages nothing can have been cut off.
            case TRUNCATED ->
                connection().numActiveStreams() == 0
                    ? service.askerClosed()
                    : CloseReason.TRUNCATED;
            case RESET -> service.askerReset();
            case BROKEN -> CloseReason.TLS_ERROR;
          });
      ctx.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    if (!closing) {
      peerEnded(service.askerReset());
    }
    super.channelInactive(ctx);
  }

  private void peerEnded(CloseReason reason) {
    service.ending(reason, null, null);
    closing = true;
    deadlines.cancel();
    abandonAll();
  }

  private void abandonAll() {
    try {
      connection()
          .forEachActiveStream(
              stream -> {
                FrontStream ours = stream.getProperty(key);
                if (ours != null) {
                  ours.closed();
                }
                return true;
              });
    } catch (Http2Exception e) {
      service.events().fault(e);
    }
  }

  ChannelHandlerContext context() {
    if (context == null) {
      throw new IllegalStateException("not in a pipeline yet");
    }
    return context;
  }
}

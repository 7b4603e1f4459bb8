package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Exception.HeaderListSizeException;
import io.netty.handler.codec.http2.Http2Exception.StreamException;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.ReferenceCountUtil;
import io.sallyport.config.Http2Limits;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.ConnectionEvents.Direction;
import io.sallyport.relay.StreamEnd;
import io.sallyport.transport.Resets;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2 with a server (RFC 9113): several exchanges at once, each a stream. It speaks over a
 * channel that is connected, whoever connected it and to whom. Last in the pipeline; belongs to the
 * channel's event loop.
 *
 * <ul>
 *   <li>The server may send without pause on the connection as a whole; each stream has a window of
 *       its own, which is given back as its asker takes what came. So one that takes nothing holds
 *       up no other, and holds no more than its window.
 *   <li>Where frames break the protocol of the connection, its streams end with it. Where they
 *       break that of one stream, it ends alone.
 * </ul>
 */
final class Http2Client extends Http2ConnectionHandler {

  /** One connection carries no more at once, whatever the server would take. */
  static final int MOST_STREAMS = 100;

  /** Stream identifiers end here; one that may be the last is not begun any more. */
  private static final int LAST_STREAM = Integer.MAX_VALUE - 2;

  /** Beside the fields of all streams: answers to frames of the server that it does not read. */
  private static final int MOST_UNREAD_BYTES = 1024 * 1024;

  /**
   * Servers end a connection whose streams are reset too often (CVE-2023-44487), and with it those
   * of other peers; whoever leaves in time is left alone. The least that is in use is 200, of which
   * those may be half that are still open.
   */
  private static final int MOST_RESETS = 100;

  /** Of the connection, so that it is seldom given back; those of its streams bound what waits. */
  private static final int CONNECTION_WINDOW = 1024 * 1024;

  /**
   * Of frames that mean nothing to a request there is no end. Resets need no bound: each ends a
   * request of ours.
   */
  private static final Http2Limits FRAMES =
      new Http2Limits(0, 0, Integer.MAX_VALUE, 1000, 4096, 16);

  private static final String SERVER_CLOSED = "the server closed the connection";

  private static final long MOST_SECONDS = 5;

  /** Whose connection it is; told on the event loop. */
  interface Owner {

    /** There may be room for another exchange, or it serves nothing now. */
    void changed(Http2Client client);

    /** An exchange that was taken is over, or has gone elsewhere; once for each. */
    void served();

    /** It is not to be taken any more. Once. */
    void gone(Http2Client client);

    /** Why it ends, before it does; the first reason is the one that counts. */
    void ending(CloseReason reason, @Nullable String detail);

    /** A fault of ours that ends it. */
    void fault(Throwable thrown);
  }

  private final Terms terms;
  private final Owner owner;
  private final FrameWatch watch;
  private final long mostUnreadBytes;
  private final Http2Connection.PropertyKey key;

  /** Those that are taken, begun or not. */
  private final Set<Http2ClientStream> streams = new LinkedHashSet<>();

  /** To be flushed when all has been read that there is. */
  private final List<Http2ClientStream> touched = new ArrayList<>();

  private @Nullable ChannelHandlerContext context;
  private @Nullable RequestFrames frames;
  private int mostStreams;
  private boolean served;

  /** RFC 8441 §3; null before the server has said anything of itself. */
  private @Nullable Boolean takesWebSockets;

  private boolean leaving;
  private boolean over;
  private boolean flushComes;
  private boolean doubted;
  private long reads;
  private int resets;
  private long unusedSince;

  /**
   * How it is spoken.
   *
   * @param scheme of requests: http, or https over TLS
   * @param towards who the server is
   * @param authority what requests ask for; null for what their Host says
   * @param assumedStreams how many the server is believed to take at once before it has said so
   */
  record Terms(
      String scheme,
      Direction towards,
      @Nullable String authority,
      Http1Limits heads,
      int assumedStreams) {}

  private Http2Client(
      Http2Codec codec, Http2Settings ours, EventLoop loop, Terms terms, Owner owner) {
    super(codec.decoder(), codec.encoder(), ours, false, false);
    this.terms = terms;
    this.owner = owner;
    // A head and trailers of each stream: no window holds them back.
    this.mostUnreadBytes =
        MOST_UNREAD_BYTES + 2L * MOST_STREAMS * FieldSection.mostListBytes(terms.heads());
    this.watch = new FrameWatch(loop.ticker(), false);
    this.unusedSince = loop.ticker().nanoTime();
    this.key = connection().newKey();
    this.mostStreams = Math.max(1, Math.min(MOST_STREAMS, terms.assumedStreams()));
    gracefulShutdownTimeoutMillis(TimeUnit.SECONDS.toMillis(MOST_SECONDS));
    decoder().frameListener(new Http2ClientFrames(this));
    encoder()
        .flowController()
        .listener(
            stream -> {
              Http2ClientStream of = of(stream);
              if (of != null) {
                of.writabilityChanged();
              }
            });
    connection()
        .addListener(
            new Http2ConnectionAdapter() {
              @Override
              public void onStreamClosed(Http2Stream stream) {
                closed(stream);
              }
            });
  }

  /** Speaks it over a channel that is connected. On its loop. */
  static Http2Client on(Channel channel, Terms terms, Owner owner) {
    Http2Codec codec = Http2Codec.of(false, terms.heads(), FRAMES);
    codec.connection().local().allowPushTo(false);
    codec.connection().remote().maxActiveStreams(0);
    Http2Settings ours =
        new Http2Settings()
            .pushEnabled(false)
            .maxHeaderListSize(FieldSection.mostListBytes(terms.heads()));
    Http2Client client = new Http2Client(codec, ours, channel.eventLoop(), terms, owner);
    channel.pipeline().addLast(client);
    channel.config().setAutoRead(true); // each stream has a window of its own
    return client;
  }

  // For the owner.

  boolean hasRoom() {
    return !leaving && streams.size() < mostStreams;
  }

  /** What answers one exchange more; there has to be room for it. */
  Http2ClientStream next() {
    Http2ClientStream next = new Http2ClientStream(this);
    streams.add(next);
    return next;
  }

  /** How many exchanges the server takes at once, as far as is known. */
  int mostStreams() {
    return mostStreams;
  }

  boolean isUnused() {
    return streams.isEmpty();
  }

  /** Since when it serves nothing, in the clock of its loop; of no meaning while it does. */
  long unusedSince() {
    return unusedSince;
  }

  /** Whether an exchange was begun on it before, so that it may have been closed meanwhile. */
  boolean hasServed() {
    return served;
  }

  /** Serves to its end what it is serving, and nothing more; then closes. */
  void leave() {
    if (!leaving) {
      leaving = true;
      owner.gone(this);
    }
    if (streams.isEmpty() && !over) {
      over = true;
      later(() -> channel().close()); // with a GOAWAY
    }
  }

  // For the streams.

  Channel channel() {
    return context().channel();
  }

  Http1Limits heads() {
    return terms.heads();
  }

  /** Whether extended CONNECT may be asked for; null while that is still to be told. */
  @Nullable Boolean takesWebSockets() {
    return takesWebSockets;
  }

  /** What the streams that have begun are written with. */
  RequestFrames frames() {
    if (frames == null) {
      throw new IllegalStateException("not in a pipeline yet");
    }
    return frames;
  }

  /** Null when the server takes no more of them. */
  @Nullable Http2Stream begin(Http2ClientStream stream) {
    if (!leaving) {
      try {
        int id = connection().local().incrementAndGetNextStreamId();
        Http2Stream begun = connection().local().createStream(id, false);
        begun.setProperty(key, stream);
        served = true;
        if (id >= LAST_STREAM - 2 * MOST_STREAMS) {
          leave();
        }
        return begun;
      } catch (Http2Exception e) {
        leave();
      }
    }
    free(stream);
    return null;
  }

  void giveBack(Http2Stream from, int bytes) {
    try {
      if (decoder().flowController().consumeBytes(from, bytes)) {
        flushSoon();
      }
    } catch (Http2Exception e) {
      onError(context(), true, e);
    }
  }

  /** Nobody waits for what comes. */
  void reset(Http2ClientStream stream, Http2Error why) {
    Http2Stream begun = stream.stream();
    if (begun == null) {
      free(stream);
    } else if (begun.state() != Http2Stream.State.CLOSED) {
      encoder().writeRstStream(context(), begun.id(), why.code(), context().newPromise());
      flushSoon();
      if (++resets == MOST_RESETS) {
        leave();
      }
    }
  }

  /** How often something has been read. */
  long reads() {
    return reads;
  }

  /**
   * Nothing came while somebody waited. The server may be slow, or not there any more, of which TCP
   * might tell in a quarter of an hour: what does not answer a PING gets no more requests.
   */
  void doubt() {
    if (doubted || over) {
      return;
    }
    doubted = true;
    long before = reads;
    encoder().writePing(context(), false, before, context().newPromise());
    flushSoon();
    channel()
        .eventLoop()
        .schedule(
            () -> {
              doubted = false;
              if (reads == before) {
                leave();
              }
            },
            MOST_SECONDS,
            TimeUnit.SECONDS);
  }

  /** All of the response has come; the rest of the request is sent, if the server takes it. */
  void finish(Http2ClientStream stream) {
    Http2Stream begun = stream.stream();
    if (begun == null) {
      free(stream);
    } else if (encoder().flowController().hasFlowControlled(begun)) {
      channel()
          .eventLoop()
          .schedule(() -> reset(stream, Http2Error.CANCEL), MOST_SECONDS, TimeUnit.SECONDS);
    }
  }

  /** Of requests that come in one turn of the loop, all leave at once. */
  void flushSoon() {
    if (!flushComes) {
      flushComes = true;
      later(
          () -> {
            if (flushComes) {
              flushComes = false;
              flush(context());
            }
          });
    }
  }

  void flushWhenRead(Http2ClientStream stream) {
    touched.add(stream);
  }

  void later(Runnable task) {
    channel()
        .eventLoop()
        .execute(
            () -> {
              try {
                task.run();
              } catch (RuntimeException e) {
                exceptionCaught(context(), e);
              }
            });
  }

  private void free(Http2ClientStream stream) {
    if (streams.remove(stream)) {
      if (streams.isEmpty()) {
        unusedSince = channel().eventLoop().ticker().nanoTime();
      }
      owner.served();
      if (leaving) {
        leave();
      } else {
        owner.changed(this);
      }
    }
  }

  // What comes.

  @Nullable Http2ClientStream of(@Nullable Http2Stream stream) {
    return stream == null ? null : stream.getProperty(key);
  }

  void settingsCame(@Nullable Boolean connectProtocol) {
    mostStreams = Math.min(MOST_STREAMS, connection().local().maxActiveStreams());
    boolean first = takesWebSockets == null;
    if (first || connectProtocol != null) {
      takesWebSockets = Boolean.TRUE.equals(connectProtocol);
    }
    if (first) {
      List.copyOf(streams).forEach(Http2ClientStream::settingsCame);
    }
    if (!leaving) {
      owner.changed(this);
    }
  }

  private void closed(Http2Stream stream) {
    Http2ClientStream of = of(stream);
    if (of == null) {
      return;
    }
    if (connection().goAwayReceived()
        && stream.id() > connection().local().lastStreamKnownByPeer()
        && !of.isUnderWay()) {
      of.unprocessed("the server went away");
    } else {
      of.gone(Refusal.CONNECTION_TERMINATED, CloseReason.RESPONSE_INCOMPLETE, SERVER_CLOSED);
    }
    free(of);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    context = ctx;
    frames = new RequestFrames(ctx, encoder(), terms.scheme(), terms.authority());
    super.handlerAdded(ctx);
    if (ctx.channel().isActive()) {
      decoder()
          .flowController()
          .incrementWindowSize(
              connection().connectionStream(),
              CONNECTION_WINDOW - decoder().flowController().initialWindowSize());
      flushSoon();
    } else {
      later(this::closed); // nobody will tell
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    reads++;
    if (over) {
      ReferenceCountUtil.release(message);
    } else if (watch.read((ByteBuf) message, FRAMES) != null) {
      ReferenceCountUtil.release(message);
      onError(ctx, false, tooMany("frames of no use"));
    } else {
      super.channelRead(ctx, message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    for (int i = 0; i < touched.size(); i++) {
      touched.get(i).flushResponse();
    }
    touched.clear();
    flushComes = false;
    super.channelReadComplete(ctx);
    if (!over && ctx.channel().bytesBeforeWritable() > mostUnreadBytes) {
      onError(ctx, false, tooMany("frames whose answers are not read"));
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event instanceof ChannelInputShutdownEvent) {
      closed();
      ctx.close();
    } else if (event instanceof StreamEnd end) {
      ended(end);
      ctx.close();
    } else {
      super.userEventTriggered(ctx, event);
    }
  }

  /** Over TLS. What a stream says of its own end nobody can forge, whatever the connection's is. */
  private void ended(StreamEnd end) {
    switch (end) {
      case FINISHED, CLOSED -> closed();
      case TRUNCATED ->
          endAll(Refusal.CONNECTION_TERMINATED, CloseReason.TRUNCATED, SERVER_CLOSED, false);
      case RESET -> endAll(Refusal.CONNECTION_TERMINATED, resetReason(), SERVER_CLOSED, false);
      // A server of TLS 1.3 that does not take our certificate says so after the handshake.
      case BROKEN ->
          endAll(Refusal.TLS_PROTOCOL_ERROR, CloseReason.TLS_ERROR, SERVER_CLOSED, false);
    }
  }

  /** Ends it at once, and what it serves with it, for this reason. */
  void cut(CloseReason reason) {
    endAll(Refusal.ofCut(reason), reason, null, false);
    Resets.reset(channel());
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    super.channelInactive(ctx); // closes the streams
    closed();
  }

  private void closed() {
    endAll(
        Refusal.CONNECTION_TERMINATED,
        streams.isEmpty() ? closedReason() : CloseReason.RESPONSE_INCOMPLETE,
        SERVER_CLOSED,
        false);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    onError(ctx, false, cause);
  }

  @Override
  protected void onStreamError(
      ChannelHandlerContext ctx, boolean outbound, Throwable cause, StreamException error) {
    Http2Stream stream = connection().stream(error.streamId());
    Http2ClientStream of = of(stream);
    if (connection().remote().isValidStreamId(error.streamId())) {
      // RFC 9113 §8.4: those of the server would be pushed, and it was told not to.
      onConnectionError(
          ctx,
          outbound,
          cause,
          Http2Exception.connectionError(
              Http2Error.PROTOCOL_ERROR, "a stream that the server has begun"));
    } else if (of != null && stream != null && stream.state() != Http2Stream.State.CLOSED) {
      tooLargeOrBroken(of, error, outbound);
      super.onStreamError(ctx, outbound, cause, error);
    }
    // Else it is what was on its way when the stream ended, either way (RFC 9113 §5.1).
  }

  private static void tooLargeOrBroken(
      Http2ClientStream of, StreamException error, boolean outbound) {
    boolean tooLarge = error instanceof HeaderListSizeException;
    if (outbound) {
      of.goneLater(
          tooLarge ? Refusal.FIELDS_TOO_LARGE : Refusal.CONNECTION_TERMINATED,
          CloseReason.RESPONSE_INCOMPLETE,
          error.getMessage());
    } else {
      ResponseFault fault = tooLarge ? ResponseFault.HEADERS_TOO_LARGE : ResponseFault.FRAMES;
      of.gone(
          Refusal.of(fault), CloseReason.BAD_RESPONSE, fault.label() + ": " + error.getMessage());
    }
  }

  /** Ends all that is on it, tells the server why, and closes. */
  @Override
  protected void onConnectionError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      @Nullable Http2Exception error) {
    if (over && streams.isEmpty()) {
      Resets.reset(ctx.channel());
      return;
    }
    Http2Error told = Http2Error.INTERNAL_ERROR;
    if (error != null && error.error() != Http2Error.INTERNAL_ERROR) {
      told = error.error();
      endAll(
          Refusal.of(ResponseFault.FRAMES),
          CloseReason.BAD_RESPONSE,
          ResponseFault.FRAMES.label() + ": " + error.getMessage(),
          outbound);
    } else if (isIo(cause)) {
      endAll(Refusal.CONNECTION_TERMINATED, resetReason(), cause.getMessage(), outbound);
    } else {
      owner.fault(cause);
      endAll(Refusal.INTERNAL_ERROR, CloseReason.INTERNAL_ERROR, null, outbound);
    }
    goAway(ctx, 0, told.code(), Unpooled.EMPTY_BUFFER, ctx.newPromise()); // and closes
    ctx.channel()
        .eventLoop()
        .schedule(() -> Resets.reset(ctx.channel()), MOST_SECONDS, TimeUnit.SECONDS);
  }

  static Http2Exception tooMany(String what) {
    return Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, "too many " + what);
  }

  private static boolean isIo(Throwable cause) {
    return cause instanceof IOException || cause.getCause() instanceof IOException;
  }

  /** The server, or what lies between, has broken off. */
  CloseReason resetReason() {
    return terms.towards() == Direction.TO_PEER
        ? CloseReason.PEER_RESET
        : CloseReason.APPLICATION_RESET;
  }

  private CloseReason closedReason() {
    return terms.towards() == Direction.TO_PEER
        ? CloseReason.PEER_CLOSED
        : CloseReason.APPLICATION_CLOSED;
  }

  private void endAll(
      Refusal refusal, CloseReason reason, @Nullable String detail, boolean whileWriting) {
    over = true;
    owner.ending(reason, detail);
    if (!leaving) {
      leaving = true;
      owner.gone(this);
    }
    List<Http2ClientStream> ended = List.copyOf(streams);
    streams.clear();
    for (Http2ClientStream stream : ended) {
      owner.served();
      if (whileWriting) {
        stream.goneLater(refusal, reason, detail);
      } else {
        stream.gone(refusal, reason, detail);
      }
    }
  }

  private ChannelHandlerContext context() {
    if (context == null) {
      throw new IllegalStateException("not in a pipeline yet");
    }
    return context;
  }
}

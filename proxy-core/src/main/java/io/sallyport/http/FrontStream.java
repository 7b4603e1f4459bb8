package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.sallyport.relay.CloseReason;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One request on a connection of HTTP/2: a stream of it. */
final class FrontStream extends ServedRequest {

  /**
   * Well-formed as HTTP/2 has it (RFC 9113 §8.1.1), and yet nothing to pass on: these get words.
   */
  private static final Set<RequestFault> ANSWERED =
      EnumSet.of(
          RequestFault.REQUEST_LINE_TOO_LONG,
          RequestFault.HEADERS_TOO_LARGE,
          RequestFault.TOO_MANY_HEADERS,
          RequestFault.CONNECT,
          RequestFault.HOST_INVALID,
          RequestFault.HOST_MISMATCH,
          RequestFault.USERINFO,
          RequestFault.EXPECTATION);

  private final Http2Front front;
  private final Http2Stream stream;
  private final EventLoop loop;
  private final FrontDeadlines deadlines;

  private long lengthTold = BodyLength.NOT_TOLD;
  private long received;

  /** What may not be passed on yet; many small pieces take no more room than one large one. */
  private @Nullable ByteBuf waiting;

  private @Nullable LastHttpContent waitingEnd;

  /** Of the window of the stream: what waits, and its padding. */
  private int unconsumed;

  private boolean mayPassOn = true;
  private boolean passingOn;
  private boolean closed;
  private @Nullable HttpResponse responseHead;
  private boolean responseEnded;

  FrontStream(Http2Front front, Http2Stream stream, Service service, EventLoop loop) {
    this(front, stream, service, loop, new Deadlines(loop, service));
  }

  private FrontStream(
      Http2Front front, Http2Stream stream, Service service, EventLoop loop, Deadlines overdue) {
    super(service, overdue.deadlines);
    this.front = front;
    this.stream = stream;
    this.loop = loop;
    this.deadlines = overdue.deadlines;
    overdue.of = this;
  }

  /** They tell the stream, which cannot be made without them. */
  private static final class Deadlines {
    private final FrontDeadlines deadlines;
    private @Nullable FrontStream of;

    Deadlines(EventLoop loop, Service service) {
      deadlines = new FrontDeadlines(loop, service, this::overdue);
    }

    private void overdue(FrontDeadlines.Overdue what) {
      if (of != null) {
        of.overdue(what);
      }
    }
  }

  // The request.

  void begin(FieldSection section, boolean ends) throws Http2Exception {
    Http2Request read;
    try {
      read = Http2Request.of(section, ends, front.headLimits());
    } catch (Malformed malformed) {
      refuseMalformed(malformed.asRequest());
      return;
    } catch (BadRequest bad) {
      refuseMalformed(bad);
      return;
    }
    lengthTold = read.length();
    begin(read.request(), read.head(), read.length(), null);
    if (ends) {
      body(LastHttpContent.EMPTY_LAST_CONTENT);
    }
    flushRequest();
  }

  private void refuseMalformed(BadRequest why) throws Http2Exception {
    String detail = why.fault().label() + ": " + why.detail();
    if (ANSWERED.contains(why.fault())) {
      refuseOrCut(Refusal.of(why.fault()), detail);
    } else {
      throw malformed(why.fault());
    }
  }

  /** Of which the application hears no more. */
  private Http2Exception malformed(RequestFault fault) {
    unanswerable(Refusal.of(fault));
    return Http2Exception.streamError(
        stream.id(), Http2Error.PROTOCOL_ERROR, "malformed request: %s", fault.label());
  }

  void trailers(FieldSection section) throws Http2Exception {
    HttpHeaders trailers;
    try {
      trailers = Http2Fields.readTrailers(section, front.headLimits());
    } catch (Malformed malformed) {
      throw malformed(malformed.asRequest().fault());
    }
    checkLength(true);
    pass(Unpooled.EMPTY_BUFFER, new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, trailers));
    flushRequest();
  }

  /**
   * @return how much of the windows may be given back at once
   */
  int data(ByteBuf data, int padding, boolean ends) throws Http2Exception {
    received += data.readableBytes();
    checkLength(ends);
    int taken = data.readableBytes() + padding;
    unconsumed += taken;
    passingOn = true;
    try {
      pass(data, ends ? LastHttpContent.EMPTY_LAST_CONTENT : null);
    } finally {
      passingOn = false;
    }
    flushRequest();
    if (!mayPassOn) {
      return 0;
    }
    int given = unconsumed;
    unconsumed = 0;
    return given;
  }

  private void checkLength(boolean ends) throws Http2Exception {
    if (lengthTold >= 0 && (ends ? received != lengthTold : received > lengthTold)) {
      throw malformed(RequestFault.CONTENT_LENGTH);
    }
  }

  /** Now, or when more may be passed on. */
  private void pass(ByteBuf data, @Nullable LastHttpContent end) {
    if (mayPassOn && waiting == null) {
      if (data.isReadable()) {
        body(
            end == LastHttpContent.EMPTY_LAST_CONTENT
                ? new DefaultLastHttpContent(data.retain())
                : new DefaultHttpContent(data.retain()));
      }
      if (end != null && !requestDone()) {
        body(end);
      }
      return;
    }
    if (data.isReadable()) {
      waiting = waiting == null ? front.context().alloc().buffer(data.readableBytes()) : waiting;
      waiting.writeBytes(data);
    }
    waitingEnd = end;
  }

  @Override
  public void mayRead(boolean more) {
    deadlines.reading(more);
    mayPassOn = more;
    if (more && !passingOn) {
      passOnWhatWaited();
    }
  }

  private void passOnWhatWaited() {
    ByteBuf data = waiting;
    LastHttpContent end = waitingEnd;
    waiting = null;
    waitingEnd = null;
    passingOn = true;
    try {
      if (data != null) {
        body(new DefaultHttpContent(data));
      }
      if (end != null) {
        body(end);
      }
    } finally {
      passingOn = false;
    }
    flushRequest();
    if (mayPassOn) {
      consume();
    }
  }

  private void consume() {
    int bytes = unconsumed;
    unconsumed = 0;
    if (bytes == 0 || closed) {
      return;
    }
    try {
      if (front.decoder().flowController().consumeBytes(stream, bytes)) {
        front.flushSoon();
      }
    } catch (Http2Exception e) {
      front.onError(front.context(), true, e);
    }
  }

  @Override
  void bodyDropped() {
    mayPassOn = true;
  }

  void resetByPeer() {
    abandon();
  }

  /** There is no stream any more, or is to be none. */
  void closed() {
    closed = true;
    deadlines.cancel();
    if (waiting != null) {
      waiting.release();
      waiting = null;
    }
    waitingEnd = null;
    responseHead = null;
    if (!(requestDone() && responseEnded)) { // otherwise the exchange is about to say so itself
      abandon();
    }
  }

  private void overdue(FrontDeadlines.Overdue what) {
    try {
      expire(what);
    } catch (RuntimeException e) {
      front.exceptionCaught(front.context(), e);
    }
  }

  private void expire(FrontDeadlines.Overdue what) {
    switch (what) {
      case REQUEST, BODY_TOO_SLOW -> refuseOrCut(Refusal.BODY_TIMEOUT, null);
      case RESPONSE -> refuseOrCut(Refusal.RESPONSE_TIMEOUT, null);
      case STALLED -> cut(CloseReason.IDLE_TIMEOUT, null);
      case REST -> restDidNotCome();
      case NO_REQUEST, HEAD, IDLE, CLOSE, LIFETIME -> {} // are of connections
    }
  }

  /** RFC 9113 §8.1: the response is whole, and what is left of the request is not needed for it. */
  private void restDidNotCome() {
    if (front.encoder().flowController().hasFlowControlled(stream)) {
      deadlines.responseBegun(); // as long as the peer takes of it
    } else {
      reset(Http2Error.NO_ERROR);
      front.flushSoon();
    }
  }

  // The response.

  @Override
  String version() {
    return "HTTP/2.0";
  }

  @Override
  boolean isOfHttp2() {
    return true;
  }

  @Override
  public EventLoop loop() {
    return loop;
  }

  @Override
  public void send(HttpResponse head) {
    if (isInterim(head)) {
      service().rewriting().response(head.headers());
      writeHeaders(head, false);
    } else {
      responding(head);
      responseHead = head; // with an empty body it is the end
    }
  }

  @Override
  public void send(HttpContent part) {
    passed(part);
    responseEnded = part instanceof LastHttpContent;
    HttpHeaders trailers =
        part instanceof LastHttpContent end && !end.trailingHeaders().isEmpty()
            ? end.trailingHeaders()
            : null;
    boolean ends = part instanceof LastHttpContent && trailers == null;
    ByteBuf data = part.content();
    if (ends && responseHead != null && !data.isReadable()) {
      part.release();
      writeHead(true);
      return;
    }
    writeHead(false);
    if (closed || !(data.isReadable() || ends)) {
      part.release();
    } else {
      writeData(data, ends);
    }
    if (trailers != null) {
      writeTrailers(trailers);
    }
  }

  private void writeHead(boolean ends) {
    HttpResponse head = responseHead;
    if (head != null) {
      responseHead = null;
      writeHeaders(head, ends);
    }
  }

  private void writeHeaders(HttpResponse head, boolean ends) {
    Http2Headers fields = Http2Fields.section(head.headers());
    fields.status(head.status().codeAsText());
    Http2Fields.write(head.headers(), fields);
    write(fields, ends);
  }

  private void writeTrailers(HttpHeaders trailers) {
    Http2Headers fields = Http2Fields.section(trailers);
    Http2Fields.write(trailers, fields);
    write(fields, true);
  }

  private void write(Http2Headers fields, boolean ends) {
    if (!closed) {
      ChannelHandlerContext ctx = front.context();
      front.encoder().writeHeaders(ctx, stream.id(), fields, 0, ends, ctx.newPromise());
    }
  }

  private void writeData(ByteBuf data, boolean ends) {
    ChannelHandlerContext ctx = front.context();
    front.encoder().writeData(ctx, stream.id(), data, 0, ends, ctx.newPromise());
  }

  @Override
  public void flush() {
    writeHead(false);
    front.flushSoon();
  }

  @Override
  public boolean takesMore() {
    return !closed && front.encoder().flowController().isWritable(stream);
  }

  @Override
  void answer(Refusal refusal, @Nullable String detail) {
    responseHead = null;
    if (closed) {
      return;
    }
    FullHttpResponse response = refusal.response(isToHead(), false);
    ChannelHandlerContext ctx = front.context();
    boolean more = bodyUnderWay();
    ChannelPromise written = ctx.newPromise();
    if (more) {
      // RFC 9113 §8.1: nobody shall have to send the rest.
      written.addListener(done -> reset(Http2Error.NO_ERROR));
    }
    boolean bodiless = !response.content().isReadable();
    writeHeaders(response, bodiless);
    if (bodiless) {
      response.release();
      written.setSuccess();
    } else {
      front.encoder().writeData(ctx, stream.id(), response.content(), 0, true, written);
    }
    front.flush(ctx); // at once: a reset that follows would overtake it
    deadlines.responseBegun(); // as long as the peer takes of it
    mayRead(true);
  }

  @Override
  void breakOff(CloseReason reason, @Nullable String detail) {
    reset(
        reason == CloseReason.BAD_RESPONSE || reason == CloseReason.RESPONSE_INCOMPLETE
            ? Http2Error.INTERNAL_ERROR
            : Http2Error.CANCEL);
    front.flushSoon();
  }

  private void reset(Http2Error error) {
    if (!closed) {
      ChannelHandlerContext ctx = front.context();
      front.encoder().writeRstStream(ctx, stream.id(), error.code(), ctx.newPromise());
    }
  }
}

package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Stream;
import io.sallyport.relay.CloseReason;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One request on a connection of HTTP/2: a stream of it. */
final class FrontStream extends ServedRequest {

  /** Well formed as HTTP/2 has it (RFC 9113 §8.1.1), and yet none to pass on: these get words. */
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

  /** For which a copy costs less than what it frees. */
  private static final int MOST_COPIED_BYTES = 1024;

  private final Http2Front front;
  private final Http2Stream stream;
  private final StreamWriter out;
  private final FrontDeadlines deadlines;

  private long lengthTold = BodyLength.NOT_TOLD;
  private long received;

  /** All that the peer had to say has come. */
  private boolean peerFinished;

  /** Within the window of the stream. */
  private final HeldBody held = new HeldBody();

  private boolean mayPassOn = true;
  private boolean passingOn;

  /** Of the window of the stream: what is held, and its padding. */
  private int unconsumed;

  private @Nullable HttpResponse responseHead;
  private boolean responseEnded;

  /** Another protocol has been asked for with it: its bytes wait until it is agreed on. */
  private @Nullable WebSocketKey tunnelAsked;

  /** The answer that agrees. */
  private @Nullable HttpResponse switching;

  private @Nullable Tunnel tunnel;

  FrontStream(Http2Front front, Http2Stream stream, Service service) {
    this(front, stream, service, new Deadlines(front.loop(), service));
  }

  private FrontStream(Http2Front front, Http2Stream stream, Service service, Deadlines overdue) {
    super(service, overdue.deadlines);
    ChannelHandlerContext ctx = front.context();
    this.front = front;
    this.stream = stream;
    this.out = new StreamWriter(ctx, front.encoder(), stream);
    this.deadlines = overdue.deadlines;
    overdue.of = this;
  }

  /** They tell the stream, which cannot be made without them. */
  private static final class Deadlines implements FrontDeadlines.Timed {
    private final FrontDeadlines deadlines;
    private @Nullable FrontStream of;

    Deadlines(EventLoop loop, Service service) {
      deadlines = new FrontDeadlines(loop, service, this);
    }

    @Override
    public void overdue(FrontDeadlines.Overdue what) {
      if (of != null) {
        of.overdue(what);
      }
    }

    @Override
    public FrontDeadlines.Outflow outflow() {
      return of == null ? FrontDeadlines.Outflow.DONE : of.outflow();
    }
  }

  // The request.

  void begin(FieldSection section, boolean ends) throws Http2Exception {
    peerFinished = ends;
    if (section.isTooLarge()) {
      refuseOrCut(Refusal.FIELDS_TOO_LARGE, null);
      return;
    }
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
    if (read.protocol() != null) {
      beginTunnel(read, read.protocol(), ends);
    } else {
      lengthTold = read.length();
      begin(read.request(), read.head(), read.length(), null);
      if (ends) {
        body(LastHttpContent.EMPTY_LAST_CONTENT);
      }
    }
    flushRequest();
  }

  /** RFC 8441 §5: in HTTP/1.1 it is a GET, with a key that HTTP/2 has no use for. */
  private void beginTunnel(Http2Request read, String protocol, boolean ends) {
    WebSocketKey key = WebSocketKey.random();
    tunnelAsked = key;
    mayPassOn = false;
    read.request().headers().set(HttpHeaderNames.SEC_WEBSOCKET_KEY, key.text());
    begin(read.request(), read.head(), 0, protocol);
    body(LastHttpContent.EMPTY_LAST_CONTENT);
    if (ends) {
      held.end(LastHttpContent.EMPTY_LAST_CONTENT);
    }
  }

  private void refuseMalformed(BadRequest why) throws Http2Exception {
    if (ANSWERED.contains(why.fault())) {
      refuseOrCut(Refusal.of(why.fault()), why.fault().label() + ": " + why.detail());
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
    if (section.isTooLarge()) {
      peerFinished = true;
      refuseUnlessAnswered(Refusal.FIELDS_TOO_LARGE);
      return;
    }
    HttpHeaders trailers;
    try {
      trailers = Http2Fields.readTrailers(section, front.headLimits());
    } catch (Malformed malformed) {
      throw malformed(malformed.asRequest().fault());
    }
    checkLength(true);
    peerFinished = true;
    take(Unpooled.EMPTY_BUFFER, new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, trailers));
  }

  /** So much of a frame of its body has come, and it is not all of it. */
  void dataComes(int bytes) {
    deadlines.bodyComes(bytes);
  }

  /**
   * @return how much of the window may be given back at once
   */
  int data(ByteBuf data, int padding, boolean ends) throws Http2Exception {
    received += data.readableBytes();
    checkLength(ends);
    peerFinished = ends;
    unconsumed += data.readableBytes() + padding;
    take(data, ends ? LastHttpContent.EMPTY_LAST_CONTENT : null);
    int given = mayPassOn ? unconsumed : 0;
    unconsumed -= given;
    return given;
  }

  private void checkLength(boolean ends) throws Http2Exception {
    if (lengthTold >= 0 && (ends ? received != lengthTold : received > lengthTold)) {
      throw malformed(RequestFault.CONTENT_LENGTH);
    }
  }

  /** Passes it on now, or holds it until it may be. */
  private void take(ByteBuf data, @Nullable LastHttpContent end) {
    if (mayPassOn && held.isEmpty()) {
      passOn(kept(data), end);
    } else {
      held.add(data);
      if (end != null) {
        held.end(end);
      }
    }
  }

  /** Pieces that wait count as what they are, and so must not keep all that was read with them. */
  private static ByteBuf kept(ByteBuf data) {
    int bytes = data.readableBytes();
    return bytes == 0 || bytes > MOST_COPIED_BYTES
        ? data.retain()
        : data.alloc().buffer(bytes).writeBytes(data, data.readerIndex(), bytes);
  }

  /** The data becomes whoever's it is passed to. */
  private void passOn(ByteBuf data, @Nullable LastHttpContent end) {
    passingOn = true;
    try {
      if (tunnel != null) {
        tunnel.write(data, end != null);
        tunnel.flush();
        mayPassOn = tunnel.takesMore();
      } else {
        HeldBody.parts(data, end, this::body);
      }
    } finally {
      passingOn = false;
    }
    flushRequest();
  }

  @Override
  public void mayRead(boolean more) {
    if (tunnelAsked != null && tunnel == null && !responseDone()) {
      return;
    }
    deadlines.reading(more);
    mayPassOn = more;
    if (more && !passingOn) {
      if (!held.isEmpty()) {
        passOn(held.takeData(), held.takeEnd());
      }
      if (mayPassOn) {
        consume();
      }
    }
  }

  private void consume() {
    int bytes = unconsumed;
    unconsumed = 0;
    if (bytes == 0 || out.hasEnded()) {
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

  /** There is no stream any more, or is to be none. */
  void closed() {
    out.end();
    deadlines.cancel();
    if (tunnel != null) {
      if (peerFinished && tunnel.applicationHasFinished() && !held.isEmpty()) {
        passOn(held.takeData(), held.takeEnd()); // nobody will tell that it may be
      }
      tunnel.streamEnded();
    }
    held.release();
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
      case REQUEST, BODY_TOO_SLOW -> bodyOverdue();
      case RESPONSE -> refuseOrCut(Refusal.RESPONSE_TIMEOUT, null);
      case DEADLINE -> deadlinePassed();
      case STALLED -> cutHere(CloseReason.IDLE_TIMEOUT);
      case SEND -> {
        service().limitReached(HttpLimit.SEND_TIMEOUT);
        cutHere(CloseReason.SEND_TIMEOUT);
      }
      case REST -> restDidNotCome();
      case NO_REQUEST, HEAD, IDLE, CLOSE, LIFETIME -> {} // are of connections
    }
  }

  /** Of what a window holds back: what TCP does is for the connection to see. */
  private FrontDeadlines.Outflow outflow() {
    boolean left = front.hasSentDataOf(stream);
    if (!out.isPending()) {
      return FrontDeadlines.Outflow.DONE;
    }
    return left || !out.isHeldBack() ? FrontDeadlines.Outflow.FLOWS : FrontDeadlines.Outflow.STANDS;
  }

  boolean isTunnel() {
    return tunnel != null;
  }

  private void bodyOverdue() {
    if (responseEnded && !out.isPending()) {
      resetWithoutError(); // its response is whole, as in restDidNotCome
    } else {
      refuseUnlessAnswered(Refusal.BODY_TIMEOUT);
    }
  }

  /** RFC 9113 §8.1: the response is whole, and what is left of the request is not needed for it. */
  private void restDidNotCome() {
    if (out.isPending()) {
      deadlines.responseBegun(); // as long as the peer takes of it
    } else {
      resetWithoutError();
    }
  }

  private void resetWithoutError() {
    out.reset(Http2Error.NO_ERROR);
    front.flushSoon();
  }

  // The response.

  @Override
  HttpVersion version() {
    return Http2Fields.VERSION;
  }

  @Override
  public EventLoop loop() {
    return front.loop();
  }

  @Override
  public void send(HttpResponse head) {
    if (head.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
      switchTo(head);
    } else if (tunnelAsked != null && head.status().codeClass() == HttpStatusClass.SUCCESS) {
      refuseInstead(Refusal.MALFORMED_RESPONSE, "no change of protocol"); // or be taken for one
    } else if (isInterim(head)) {
      service().rewriting().response(head);
      out.head(head, false);
    } else {
      responding(head);
      responseHead = head; // with an empty body it is the end
    }
  }

  /** RFC 6455 §4.1: nobody else would find out, for the client has not seen the key. */
  private void switchTo(HttpResponse head) {
    if (tunnelAsked != null && tunnelAsked.isAcceptedBy(head.headers())) {
      switching = head;
    } else {
      refuseOrCut(Refusal.MALFORMED_RESPONSE, "a 101 that accepts no WebSocket of ours");
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
    boolean ends = responseEnded && trailers == null;
    ByteBuf data = part.content();
    if (ends && responseHead != null && !data.isReadable()) {
      part.release();
      writeHead(true);
      return;
    }
    writeHead(false);
    if (data.isReadable() || ends) {
      out.data(data, ends);
    } else {
      part.release();
    }
    if (trailers != null) {
      out.trailers(trailers);
    }
  }

  private void writeHead(boolean ends) {
    HttpResponse head = responseHead;
    if (head != null) {
      responseHead = null;
      out.head(head, ends);
    }
  }

  @Override
  public void flush() {
    writeHead(false);
    front.flushSoon();
  }

  @Override
  public boolean takesMore() {
    return out.takesMore();
  }

  @Override
  void peerTakesMore(boolean more) {
    if (tunnel != null) {
      tunnel.mayRead(more);
    } else {
      super.peerTakesMore(more);
    }
  }

  @Override
  public void over() {
    super.over();
    if (tunnelAsked != null) {
      deadlines.responseDone(); // of what was to go through it nothing is wanted
      mayRead(true);
    }
  }

  @Override
  void answer(Refusal refusal, @Nullable String detail) {
    responseHead = null;
    FullHttpResponse response = refusal.response(isToHead(), false);
    ChannelPromise written = out.newPromise();
    if (!peerFinished) {
      // RFC 9113 §8.1: nobody shall have to send the rest.
      written.addListener(done -> resetWithoutError());
    }
    out.head(response, isToHead());
    if (isToHead()) {
      response.release();
      written.setSuccess();
    } else {
      out.data(response.content(), true, written);
    }
    front.flush(front.context()); // at once: a reset that follows would overtake it
    deadlines.responseBegun(); // as long as the peer takes of it
    mayRead(true);
  }

  @Override
  public boolean showsCut(HttpResponse head) {
    return true; // as a reset of the stream
  }

  @Override
  void breakOff(CloseReason reason, @Nullable String detail) {
    out.reset(
        switch (reason) {
          case BAD_RESPONSE, RESPONSE_INCOMPLETE, ENVELOPE_REFUSED -> Http2Error.INTERNAL_ERROR;
          default -> Http2Error.CANCEL;
        });
    front.flushSoon();
  }

  @Override
  public void switched(Answerer application) {
    super.switched(application);
    HttpResponse agreed = switching;
    if (agreed != null) {
      switching = null;
      service().rewriting().response(agreed);
      agreed.headers().remove(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT);
      out.head(agreed.setStatus(HttpResponseStatus.OK), false);
    }
    service().track(application.channel());
    tunnel = Tunnel.of(application, out, this, deadlines, service());
    mayRead(tunnel.takesMore());
    front.flushSoon();
  }
}

package io.sallyport.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.sallyport.relay.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * One request on a connection of HTTP/1.1, and what its sender is answered. Belongs to the event
 * loop of the connection.
 */
final class Http1Stream implements Asker {

  private final Http1Front front;
  private final ChannelHandlerContext peer;
  private final Service service;
  private final FrontDeadlines deadlines;
  private final long begunAt;
  private long respondedAt;

  private @Nullable HttpMethod method;
  private @Nullable String target;
  private @Nullable Exchange exchange;
  private @Nullable HttpResponse responseHead;
  private long requestBytes;
  private long responseBytes;
  private int status;
  private boolean ofHttp10;
  private boolean hasBody;
  private boolean requestDone;
  private boolean responseDone;

  Http1Stream(
      Http1Front front, ChannelHandlerContext peer, Service service, FrontDeadlines deadlines) {
    this.front = front;
    this.peer = peer;
    this.service = service;
    this.deadlines = deadlines;
    this.begunAt = deadlines.now();
  }

  boolean requestDone() {
    return requestDone;
  }

  boolean responseDone() {
    return responseDone;
  }

  // The request.

  void begin(Http1Request request) {
    RequestHead head = request.head();
    method = request.method();
    target = head.target();
    ofHttp10 = request.protocolVersion().equals(HttpVersion.HTTP_1_0);
    boolean chunked = HttpUtil.isTransferEncodingChunked(request);
    long length = HttpUtil.getContentLength(request, 0L);
    hasBody = chunked || length > 0;
    deadlines.requestBegun(hasBody && !HttpUtil.is100ContinueExpected(request));
    if (ofHttp10 || !HttpUtil.isKeepAlive(request)) {
      front.endAfterThis(front.closed());
    }
    Service.Judgement judgement = service.judge(head);
    Refusal refusal = judgement.refusal();
    if (refusal == null && length > mostBytes()) {
      refusal = Refusal.BODY_TOO_LARGE;
    }
    if (refusal == null) {
      forward(request, head, judgement, chunked);
    } else {
      refuse(refusal, null);
    }
  }

  private void forward(
      Http1Request request, RequestHead head, Service.Judgement judgement, boolean chunked) {
    HttpHeaders fields = request.headers();
    String upgrade = ofHttp10 ? null : HopByHop.upgrade(fields); // before it is removed
    service.rewriting().request(head, fields, judgement.methodCounts());
    fields.set(HttpHeaderNames.HOST, head.authority());
    if (chunked) {
      fields.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    if (upgrade != null) {
      fields.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
      fields.set(HttpHeaderNames.UPGRADE, upgrade);
    }
    request.setUri(head.target()).setProtocolVersion(HttpVersion.HTTP_1_1);
    exchange = new Exchange(this, judgement.answerers(), request);
    exchange.begin();
  }

  private long mostBytes() {
    long most = service.limits().maxBodyBytes();
    return most == 0 ? Long.MAX_VALUE : most;
  }

  /** Becomes the stream's. */
  void body(HttpContent part) {
    int bytes = part.content().readableBytes();
    deadlines.bodyCame(bytes);
    if (part instanceof LastHttpContent end) {
      service.rewriting().requestTrailers(end.trailingHeaders());
      requestDone = true;
      deadlines.requestDone();
    }
    Exchange to = exchange;
    requestBytes += bytes;
    if (to == null) {
      part.release();
      front.goOn();
    } else if (requestBytes > mostBytes()) {
      part.release();
      refuseOrCut(Refusal.BODY_TOO_LARGE, null);
    } else {
      service.events().relayed(service.requestsGo(), bytes);
      to.request(part);
      front.mayRead(requestDone || to.takesMore());
    }
  }

  /** What came in one go is to leave. */
  void flushRequest() {
    if (exchange != null) {
      exchange.flushRequest();
    }
  }

  void peerTakesMore(boolean more) {
    if (exchange != null) {
      exchange.askerTakesMore(more);
    }
  }

  /** The request is none, or takes too long; nothing that follows can be trusted to be one. */
  void refuseOrCut(Refusal refusal, @Nullable String detail) {
    Exchange ended = exchange;
    exchange = null;
    if (ended != null) {
      boolean begun = ended.responseBegun();
      ended.abandon();
      if (begun) {
        cut(CloseReason.REQUEST_REFUSED, detail);
        return;
      }
    }
    front.endAfterThis(CloseReason.REQUEST_REFUSED);
    refuse(refusal, detail);
  }

  /** The peer has gone, or is to go. */
  void abandon() {
    Exchange ended = exchange;
    exchange = null;
    if (ended != null) {
      answered(null);
      ended.abandon();
    }
  }

  // The response.

  @Override
  public EventLoop loop() {
    return peer.channel().eventLoop();
  }

  @Override
  public void send(HttpResponse head) {
    int code = head.status().code();
    if (code < HttpResponseStatus.OK.code()) {
      sendInterim(head);
      return;
    }
    status = code;
    respondedAt = deadlines.now();
    deadlines.responseBegun();
    HttpHeaders fields = head.headers();
    service.rewriting().response(fields);
    head.setProtocolVersion(HttpVersion.HTTP_1_1);
    boolean endsItself = isEmpty(code) || fields.contains(HttpHeaderNames.CONTENT_LENGTH);
    if (!endsItself && !ofHttp10) { // to which it ends with the connection
      fields.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    if (service.isLeaving()) {
      front.endAfterThis(CloseReason.LEAVING);
    }
    if (front.endsAfterThis()) {
      fields.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    responseHead = head; // with a body that comes at once it becomes one write
  }

  private boolean isEmpty(int code) {
    return HttpMethod.HEAD.equals(method)
        || code == HttpResponseStatus.NO_CONTENT.code()
        || code == HttpResponseStatus.NOT_MODIFIED.code();
  }

  private void sendInterim(HttpResponse head) {
    if (ofHttp10) {
      return; // RFC 9110 §15.2: it knows of none
    }
    if (!head.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
      service.rewriting().response(head.headers());
    }
    write(
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            head.status(),
            Unpooled.EMPTY_BUFFER,
            head.headers(),
            EmptyHttpHeaders.INSTANCE));
  }

  @Override
  public void send(HttpContent part) {
    int bytes = part.content().readableBytes();
    if (bytes > 0) {
      deadlines.moved();
      responseBytes += bytes;
      service.events().relayed(service.requestsGo().other(), bytes);
    }
    if (part instanceof LastHttpContent end) {
      service.rewriting().responseTrailers(end.trailingHeaders());
      if (!requestDone) {
        deadlines.responseDone();
      }
    }
    HttpResponse head = responseHead;
    if (head != null && part instanceof LastHttpContent end) {
      responseHead = null;
      write(
          new DefaultFullHttpResponse(
              head.protocolVersion(),
              head.status(),
              end.content(),
              head.headers(),
              end.trailingHeaders()));
    } else {
      writeHead();
      write(part);
    }
  }

  @Override
  public void flush() {
    writeHead();
    peer.flush();
  }

  private void writeHead() {
    HttpResponse head = responseHead;
    if (head != null) {
      responseHead = null;
      write(head);
    }
  }

  /** A void promise: a write that fails is told to the pipeline. */
  private void write(HttpObject part) {
    peer.write(part, peer.voidPromise());
  }

  @Override
  public boolean takesMore() {
    return peer.channel().isWritable();
  }

  @Override
  public void mayRead(boolean more) {
    front.mayRead(more);
  }

  @Override
  public void over() {
    exchange = null;
    responseDone = true;
    answered(null);
    front.goOn();
  }

  @Override
  public void refuse(Refusal refusal, @Nullable String detail) {
    exchange = null;
    status = refusal.status().code();
    responseDone = true;
    if (hasBody && !requestDone) {
      front.endAfterThis(CloseReason.REQUEST_REFUSED); // nobody shall have to wait for the rest
    }
    if (service.isLeaving()) {
      front.endAfterThis(CloseReason.LEAVING);
    }
    front.refused(refusal, detail);
    FullHttpResponse response =
        refusal.response(HttpMethod.HEAD.equals(method), front.endsAfterThis());
    responseBytes = response.content().readableBytes();
    answered(refusal);
    peer.writeAndFlush(response, peer.voidPromise());
    front.goOn();
  }

  @Override
  public void cut(CloseReason reason, @Nullable String detail) {
    exchange = null;
    answered(null);
    front.end(reason, detail);
  }

  @Override
  public void switched(Answerer application) {
    exchange = null;
    status = HttpResponseStatus.SWITCHING_PROTOCOLS.code();
    answered(null);
    front.switched(application);
  }

  private void answered(@Nullable Refusal refusal) {
    service.answered(
        new Answered(
            method == null ? null : method.name(),
            target,
            ofHttp10 ? HttpVersion.HTTP_1_0.text() : HttpVersion.HTTP_1_1.text(),
            status,
            refusal,
            responseDone,
            requestBytes,
            responseBytes,
            respondedAt == 0 ? 0 : respondedAt - begunAt,
            deadlines.now() - begunAt));
  }
}

package io.sallyport.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.sallyport.relay.CloseReason;
import io.sallyport.transport.Resets;
import org.jspecify.annotations.Nullable;

/** One request on a connection of HTTP/1.1. */
final class Http1Stream extends ServedRequest {

  private final Http1Front front;
  private final ChannelHandlerContext peer;

  private @Nullable HttpResponse responseHead;
  private boolean ofHttp10;

  Http1Stream(
      Http1Front front, ChannelHandlerContext peer, Service service, FrontDeadlines deadlines) {
    super(service, deadlines);
    this.front = front;
    this.peer = peer;
  }

  void begin(Http1Request request) {
    ofHttp10 = request.protocolVersion().equals(HttpVersion.HTTP_1_0);
    if (ofHttp10 || !HttpUtil.isKeepAlive(request)) {
      front.endAfterThis(service().askerClosed());
    }
    long length =
        HttpUtil.isTransferEncodingChunked(request)
            ? BodyLength.CHUNKED
            : HttpUtil.getContentLength(request, 0L);
    // Asked before the fields are removed that tell it.
    String upgrade = ofHttp10 ? null : HopByHop.upgrade(request.headers());
    begin(request, request.head(), length, upgrade);
  }

  @Override
  HttpVersion version() {
    return ofHttp10 ? HttpVersion.HTTP_1_0 : HttpVersion.HTTP_1_1;
  }

  @Override
  void bodyDropped() {
    front.goOn();
  }

  /** Where a request ended that was broken off nobody knows. */
  @Override
  void refuseOrCut(Refusal refusal, @Nullable String detail) {
    front.endAfterThis(CloseReason.REQUEST_REFUSED);
    super.refuseOrCut(refusal, detail);
  }

  @Override
  public EventLoop loop() {
    return peer.channel().eventLoop();
  }

  @Override
  public void send(HttpResponse head) {
    if (isInterim(head)) {
      sendInterim(head);
      return;
    }
    responding(head);
    HttpHeaders fields = head.headers();
    head.setProtocolVersion(HttpVersion.HTTP_1_1);
    if (!endsItself(head) && !ofHttp10) { // to which it ends with the connection
      fields.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    if (service().isLeaving()) {
      front.endAfterThis(CloseReason.LEAVING);
    }
    if (front.endsAfterThis()) {
      fields.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    responseHead = head; // with a body that comes at once it becomes one write
  }

  private boolean endsItself(HttpResponse head) {
    return isEmpty(head.status().code()) || head.headers().contains(HttpHeaderNames.CONTENT_LENGTH);
  }

  /** Whether a response with this status has no body, whatever its fields say. */
  private boolean isEmpty(int code) {
    return isToHead()
        || code == HttpResponseStatus.NO_CONTENT.code()
        || code == HttpResponseStatus.NOT_MODIFIED.code();
  }

  private void sendInterim(HttpResponse head) {
    if (ofHttp10) {
      return; // RFC 9110 §15.2: it knows of none
    }
    if (!head.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
      service().rewriting().response(head);
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
    passed(part);
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
    super.over();
    front.goOn();
  }

  @Override
  void answer(Refusal refusal, @Nullable String detail) {
    if (bodyUnderWay()) {
      front.endAfterThis(CloseReason.REQUEST_REFUSED); // nobody shall have to wait for the rest
    }
    if (service().isLeaving()) {
      front.endAfterThis(CloseReason.LEAVING);
    }
    front.refused(refusal, detail);
    peer.writeAndFlush(refusal.response(isToHead(), front.endsAfterThis()), peer.voidPromise());
    front.goOn();
  }

  @Override
  public boolean showsCut(HttpResponse head) {
    return !ofHttp10 || endsItself(head) || Resets.show(peer.channel());
  }

  @Override
  void breakOff(CloseReason reason, @Nullable String detail) {
    front.end(reason, detail);
  }

  @Override
  public void switched(Answerer application) {
    super.switched(application);
    front.switched(application);
  }
}

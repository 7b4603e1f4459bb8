package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes requests to the streams of a client's connection of HTTP/2; of a write that fails the
 * connection hears. Belongs to the event loop of the connection.
 */
final class RequestFrames {

  private final ChannelHandlerContext ctx;
  private final Http2ConnectionEncoder encoder;
  private final String scheme;
  private final @Nullable String authority;

  /**
   * @param authority what requests ask for; null for what their Host says
   */
  RequestFrames(
      ChannelHandlerContext ctx,
      Http2ConnectionEncoder encoder,
      String scheme,
      @Nullable String authority) {
    this.ctx = ctx;
    this.encoder = encoder;
    this.scheme = scheme;
    this.authority = authority;
  }

  /** RFC 9113 §8.3.1. */
  void head(Http2Stream to, HttpRequest request, boolean ends) {
    encoder.writeHeaders(ctx, to.id(), section(request), 0, ends, ctx.newPromise());
  }

  /** Of a WebSocket; the stream stays open. */
  void extendedConnect(Http2Stream to, HttpRequest request) {
    Http2Headers section = section(request);
    ExtendedConnect.ask(section);
    encoder.writeHeaders(ctx, to.id(), section, 0, false, ctx.newPromise());
  }

  private Http2Headers section(HttpRequest request) {
    HttpHeaders fields = request.headers();
    Http2Headers section = Http2Fields.section(fields);
    section.method(request.method().asciiName()).scheme(scheme).path(request.uri());
    String asked = authority != null ? authority : fields.get(HttpHeaderNames.HOST);
    if (asked != null) {
      section.authority(asked);
    }
    Http2Fields.write(fields, section);
    return section;
  }

  /** The data becomes the stream's. */
  void data(Http2Stream to, ByteBuf data, boolean ends) {
    data(to, data, ends, newPromise());
  }

  /**
   * @param written told when all of it has left
   */
  void data(Http2Stream to, ByteBuf data, boolean ends, ChannelPromise written) {
    encoder.writeData(ctx, to.id(), data, 0, ends, written);
  }

  ChannelPromise newPromise() {
    return ctx.newPromise();
  }

  void trailers(Http2Stream to, HttpHeaders trailers) {
    Http2Headers section = Http2Fields.section(trailers);
    Http2Fields.write(trailers, section);
    encoder.writeHeaders(ctx, to.id(), section, 0, true, ctx.newPromise());
  }

  boolean isWritable(Http2Stream to) {
    return encoder.flowController().isWritable(to);
  }

  /** What the server would take of it. */
  int window(Http2Stream of) {
    return encoder.flowController().windowSize(of);
  }
}

package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Stream;

/**
 * What goes out on one stream of a server's connection of HTTP/2. Nothing goes once the stream has
 * ended; of a write that fails the connection hears. Belongs to the event loop of the connection.
 */
final class StreamWriter {

  private final ChannelHandlerContext ctx;
  private final Http2ConnectionEncoder encoder;
  private final Http2Stream stream;
  private boolean ended;

  StreamWriter(ChannelHandlerContext ctx, Http2ConnectionEncoder encoder, Http2Stream stream) {
    this.ctx = ctx;
    this.encoder = encoder;
    this.stream = stream;
  }

  /** There is no stream any more, or is to be none. */
  void end() {
    ended = true;
  }

  boolean hasEnded() {
    return ended;
  }

  void head(HttpResponse head, boolean ends) {
    Http2Headers fields = Http2Fields.section(head.headers());
    fields.status(head.status().codeAsText());
    write(head.headers(), fields, ends);
  }

  void trailers(HttpHeaders trailers) {
    write(trailers, Http2Fields.section(trailers), true);
  }

  private void write(HttpHeaders from, Http2Headers fields, boolean ends) {
    if (!ended) {
      Http2Fields.write(from, fields);
      encoder.writeHeaders(ctx, stream.id(), fields, 0, ends, ctx.newPromise());
    }
  }

  /** Becomes the writer's. */
  void data(ByteBuf data, boolean ends) {
    data(data, ends, ctx.newPromise());
  }

  void data(ByteBuf data, boolean ends, ChannelPromise written) {
    if (ended) {
      data.release();
    } else {
      encoder.writeData(ctx, stream.id(), data, 0, ends, written);
    }
  }

  ChannelPromise newPromise() {
    return ctx.newPromise();
  }

  void reset(Http2Error error) {
    if (!ended) {
      encoder.writeRstStream(ctx, stream.id(), error.code(), ctx.newPromise());
    }
  }

  /** False while more would only pile up. */
  boolean takesMore() {
    return !ended && encoder.flowController().isWritable(stream);
  }

  /** Something waits until the peer takes more. */
  boolean isPending() {
    return encoder.flowController().hasFlowControlled(stream);
  }

  /** By a window that the peer does not open, whatever TCP could take. */
  boolean isHeldBack() {
    Http2RemoteFlowController windows = encoder.flowController();
    return windows.windowSize(stream) <= 0
        || windows.windowSize(encoder.connection().connectionStream()) <= 0;
  }
}

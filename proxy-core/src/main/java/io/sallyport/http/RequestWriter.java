package io.sallyport.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * Writes requests to the codec before it; a head waits for what comes next, so that with a body
 * that comes at once it becomes one write. A write that fails is told to the pipeline. Belongs to
 * the event loop.
 */
final class RequestWriter {

  private final ChannelHandlerContext context;
  private @Nullable HttpRequest head;

  RequestWriter(ChannelHandlerContext context) {
    this.context = context;
  }

  void write(HttpRequest request) {
    head = request;
  }

  /** Becomes the writer's. */
  void write(HttpContent part) {
    HttpRequest before = head;
    if (before != null && part instanceof LastHttpContent end) {
      head = null;
      pass(
          new DefaultFullHttpRequest(
              before.protocolVersion(),
              before.method(),
              before.uri(),
              end.content(),
              before.headers(),
              end.trailingHeaders()));
    } else {
      writeHead();
      pass(part);
    }
  }

  void flush() {
    writeHead();
    context.flush();
  }

  private void writeHead() {
    HttpRequest before = head;
    if (before != null) {
      head = null;
      pass(before);
    }
  }

  private void pass(HttpObject part) {
    if (context.isRemoved()) {
      ReferenceCountUtil.release(part);
    } else {
      context.write(part, context.voidPromise());
    }
  }
}

package io.sallyport.admin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client: request in, answer out, one at a time. Reading stops while an answer is on its way,
 * so a client that does not read holds one answer at most, and a deadline ends it.
 */
final class AdminConnection extends SimpleChannelInboundHandler<HttpObject> {

  private static final Logger LOG = LoggerFactory.getLogger(AdminConnection.class);

  /** Few pages take a body, of a word; clients that send a small one anyway are served. */
  private static final int MAX_BODY_BYTES = 1024;

  private static final Duration LINGER = Duration.ofSeconds(1);

  private final AdminPages pages;
  private final BrowserGuard guard;
  private final OpenConnections connections;
  private final Duration deadline;

  /** The request whose end has not come yet. */
  private @Nullable HttpRequest request;

  private final StringBuilder body = new StringBuilder();
  private boolean answering;

  /** Nothing the client sends counts any more. */
  private boolean closing;

  private boolean inputEnded;
  private @Nullable Future<?> timer;

  /**
   * @param deadline for a request to come whole, and again for its answer to be taken
   */
  AdminConnection(
      AdminPages pages, BrowserGuard guard, OpenConnections connections, Duration deadline) {
    this.pages = pages;
    this.guard = guard;
    this.connections = connections;
    this.deadline = deadline;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    connections.opened(ctx.channel());
    closeIn(ctx, deadline);
    ctx.fireChannelActive();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    connections.closed(ctx.channel());
    stopTimer();
    ctx.fireChannelInactive();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
    if (closing) {
      return;
    }
    if (message.decoderResult().isFailure()) {
      refuse(ctx, malformed(message.decoderResult()));
      return;
    }
    if (message instanceof HttpRequest started) {
      begin(ctx, started);
    }
    if (message instanceof HttpContent content && !closing) {
      if (content.content().readableBytes() > MAX_BODY_BYTES - body.length()) {
        refuse(ctx, tooLarge());
        return;
      }
      body.append(content.content().toString(StandardCharsets.ISO_8859_1));
      if (content instanceof LastHttpContent && request != null) {
        HttpRequest complete = request;
        request = null;
        serve(ctx, complete);
      }
    }
  }

  private void begin(ChannelHandlerContext ctx, HttpRequest started) {
    request = started;
    body.setLength(0);
    Reply refusal = refusal(ctx, started);
    if (refusal != null) {
      refuse(ctx, refusal);
    } else if (HttpUtil.is100ContinueExpected(started)) {
      ctx.writeAndFlush(
          new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
    }
  }

  private @Nullable Reply refusal(ChannelHandlerContext ctx, HttpRequest started) {
    HttpVersion version = started.protocolVersion();
    if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
      return Reply.text(HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "HTTP/1.1 is spoken here");
    }
    // An absolute form names a host of its own, past the check of Host (RFC 9112 §3.2.2).
    if (!started.uri().startsWith("/")) {
      return Reply.text(HttpResponseStatus.BAD_REQUEST, "the request target must be a path");
    }
    Reply refusal = guard.refusal(started, ctx.channel().localAddress());
    if (refusal == null && HttpUtil.getContentLength(started, 0L) > MAX_BODY_BYTES) {
      return tooLarge();
    }
    return refusal;
  }

  private void serve(ChannelHandlerContext ctx, HttpRequest complete) {
    CompletableFuture<Reply> page = page(ctx, complete);
    if (page.isDone()) {
      answer(ctx, complete.protocolVersion(), page.join(), HttpUtil.isKeepAlive(complete));
      return;
    }
    // What is pipelined behind would be answered first, so this is the last of the connection.
    closing = true;
    answering = true;
    stopTimer();
    page.thenAcceptAsync(
        reply -> answer(ctx, complete.protocolVersion(), reply, false), ctx.executor());
  }

  private CompletableFuture<Reply> page(ChannelHandlerContext ctx, HttpRequest complete) {
    try {
      return pages
          .answer(
              AdminRequest.of(
                  complete.method(),
                  complete.uri(),
                  body.toString(),
                  isOnThisHost(ctx.channel().remoteAddress())))
          .exceptionally(e -> failed(complete, e))
          .toCompletableFuture();
    } catch (RuntimeException e) {
      return CompletableFuture.completedFuture(failed(complete, e));
    }
  }

  private static boolean isOnThisHost(SocketAddress remote) {
    return !(remote instanceof InetSocketAddress tcp) || tcp.getAddress().isLoopbackAddress();
  }

  private static Reply failed(HttpRequest complete, Throwable cause) {
    LOG.atError().setCause(cause).addKeyValue("target", complete.uri()).log("admin page failed");
    return Reply.text(HttpResponseStatus.INTERNAL_SERVER_ERROR, "failed; see the log");
  }

  private void refuse(ChannelHandlerContext ctx, Reply reply) {
    request = null;
    answer(ctx, HttpVersion.HTTP_1_1, reply, false);
  }

  private void answer(
      ChannelHandlerContext ctx, HttpVersion version, Reply reply, boolean keepAlive) {
    closing = !keepAlive;
    answering = true;
    ChannelFuture written = ctx.writeAndFlush(response(ctx, version, reply, keepAlive));
    if (written.isDone()) {
      answered(ctx, written);
    } else {
      closeIn(ctx, deadline);
      ctx.channel().config().setAutoRead(false);
      written.addListener(done -> answered(ctx, done));
    }
  }

  private static FullHttpResponse response(
      ChannelHandlerContext ctx, HttpVersion version, Reply reply, boolean keepAlive) {
    ByteBuf body = ByteBufUtil.writeUtf8(ctx.alloc(), reply.body());
    FullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, reply.status(), body);
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, reply.contentType())
        .set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes())
        .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
        .set("x-content-type-options", "nosniff");
    reply.headers().forEach(response.headers()::set);
    if (!keepAlive) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (!version.isKeepAliveDefault()) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
    return response;
  }

  private void answered(ChannelHandlerContext ctx, Future<?> written) {
    answering = false;
    if (!written.isSuccess()) {
      ctx.close();
      return;
    }
    connections.answered(ctx.channel());
    if (closing) {
      linger(ctx);
      return;
    }
    closeIn(ctx, deadline);
    // Serves what was pipelined behind, until the next answer has to wait.
    ctx.channel().config().setAutoRead(true);
    closeIfClientIsDone(ctx);
  }

  /** A close with unread bytes would be an RST, and that takes the answer from the client. */
  private void linger(ChannelHandlerContext ctx) {
    if (!inputEnded && ctx.channel() instanceof DuplexChannel duplex) {
      closeIn(ctx, LINGER);
      duplex.shutdownOutput();
      duplex.config().setAutoRead(true);
    } else {
      ctx.close();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      inputEnded = true;
      closeIfClientIsDone(ctx);
    }
    ctx.fireUserEventTriggered(event);
  }

  private void closeIfClientIsDone(ChannelHandlerContext ctx) {
    if (inputEnded && !answering) {
      ctx.close();
    }
  }

  private void closeIn(ChannelHandlerContext ctx, Duration delay) {
    stopTimer();
    timer = ctx.executor().schedule(() -> ctx.close(), delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void stopTimer() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof IOException || cause instanceof DecoderException) {
      LOG.atDebug().setCause(cause).log("admin client failed");
    } else {
      LOG.atError().setCause(cause).log("admin connection failed");
    }
    ctx.close();
  }

  private static Reply malformed(DecoderResult result) {
    if (result.cause() instanceof TooLongHttpLineException) {
      return Reply.text(HttpResponseStatus.REQUEST_URI_TOO_LONG, "the request line is too long");
    }
    if (result.cause() instanceof TooLongHttpHeaderException) {
      return Reply.text(
          HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too large");
    }
    return Reply.text(HttpResponseStatus.BAD_REQUEST, "this is not an HTTP/1.1 request");
  }

  private static Reply tooLarge() {
    return Reply.text(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "no page takes such a body");
  }
}

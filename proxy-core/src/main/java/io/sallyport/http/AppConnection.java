package io.sallyport.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.sallyport.relay.CloseReason;
import io.sallyport.transport.Resets;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection to the application, which serves one exchange after the other. Last in its pipeline,
 * after the codec. Belongs to its event loop.
 */
final class AppConnection extends ChannelInboundHandlerAdapter implements Answerer {

  private static final long MOST_SECONDS = 5;

  private final AppConnections connections;
  private final AppConnections.Target target;
  private final Channel channel;
  private final ClientCodec codec;

  private @Nullable ChannelHandlerContext context;
  private @Nullable Exchange exchange;
  private @Nullable HttpRequest head;
  private boolean mayBeKept = true;
  private long unusedSince;

  AppConnection(
      AppConnections connections,
      AppConnections.Target target,
      Channel channel,
      ClientCodec codec) {
    this.connections = connections;
    this.target = target;
    this.channel = channel;
    this.codec = codec;
  }

  AppConnections.Target target() {
    return target;
  }

  @Override
  public Channel channel() {
    return channel;
  }

  /** In the clock of its loop. */
  long unusedSince() {
    return unusedSince;
  }

  void unusedSince(long nanoTime) {
    unusedSince = nanoTime;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void serve(Exchange next) {
    exchange = next;
    mayRead(true);
  }

  /** Not flushed: with a body that comes at once it becomes one write. */
  @Override
  public void send(HttpRequest request) {
    head = request;
  }

  /** Written, and not flushed. A write that fails is told to the pipeline. */
  @Override
  public void send(HttpContent part) {
    HttpRequest before = head;
    if (before != null && part instanceof LastHttpContent end) {
      head = null;
      write(
          new DefaultFullHttpRequest(
              before.protocolVersion(),
              before.method(),
              before.uri(),
              end.content(),
              before.headers(),
              end.trailingHeaders()));
    } else {
      writeHead();
      write(part);
    }
  }

  private void writeHead() {
    HttpRequest before = head;
    if (before != null) {
      head = null;
      write(before);
    }
  }

  private void write(HttpObject part) {
    if (context == null || context.isRemoved()) {
      ReferenceCountUtil.release(part);
    } else {
      context.write(part, context.voidPromise());
    }
  }

  @Override
  public void flush() {
    writeHead();
    channel.flush();
  }

  @Override
  public boolean takesMore() {
    return channel.isWritable();
  }

  @Override
  public void mayRead(boolean more) {
    channel.config().setAutoRead(more);
  }

  @Override
  public void exchangeOver() {
    exchange = null;
    if (mayBeKept && codec.isIdle() && channel.isActive()) {
      mayRead(true); // or its end would not be seen
      connections.keep(this);
    } else {
      close();
    }
  }

  @Override
  public void reset() {
    exchange = null;
    connections.forget(this);
    Resets.reset(channel);
  }

  /** Lets what has been sent arrive, as far as it is taken in time. */
  void close() {
    connections.forget(this);
    var deadline =
        channel.eventLoop().schedule(() -> Resets.reset(channel), MOST_SECONDS, TimeUnit.SECONDS);
    channel.closeFuture().addListener(closed -> deadline.cancel(false));
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> channel.close());
  }

  @Override
  public void leavePipeline() {
    exchange = null;
    connections.forget(this);
    channel.pipeline().remove(this);
    channel.pipeline().remove(codec);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    Exchange serving = exchange;
    if (serving == null) {
      // RFC 9112 §9.2: what nobody asked for answers nothing that is asked later.
      ReferenceCountUtil.release(message);
      reset();
      return;
    }
    if (message instanceof BadMessage bad) {
      bad((BadResponse) bad.decoderResult().cause());
    } else if (message instanceof HttpResponse response) {
      mayBeKept &= response.status().code() < 200 || HttpUtil.isKeepAlive(response);
      serving.response(response);
    } else {
      serving.response((HttpContent) message);
    }
  }

  private void bad(BadResponse why) {
    if (why.fault() == ResponseFault.TRUNCATED) {
      gone(Refusal.CONNECTION_TERMINATED, CloseReason.RESPONSE_INCOMPLETE, why.detail());
    } else {
      gone(
          Refusal.of(why.fault()),
          CloseReason.BAD_RESPONSE,
          why.fault().label() + ": " + why.detail());
    }
    Resets.reset(channel);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (exchange != null) {
      exchange.flushResponse();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (exchange != null) {
      exchange.applicationTakesMore(channel.isWritable());
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      closed();
      channel.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    closed();
  }

  private void closed() {
    gone(
        Refusal.CONNECTION_TERMINATED,
        CloseReason.RESPONSE_INCOMPLETE,
        "the application closed its connection");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof IOException) {
      gone(Refusal.CONNECTION_TERMINATED, CloseReason.APPLICATION_RESET, cause.getMessage());
    } else {
      connections.fault(cause);
      gone(Refusal.INTERNAL_ERROR, CloseReason.INTERNAL_ERROR, null);
    }
    Resets.reset(channel);
  }

  private void gone(Refusal refusal, CloseReason reason, @Nullable String detail) {
    connections.forget(this);
    Exchange served = exchange;
    exchange = null;
    if (served != null) {
      served.applicationGone(refusal, reason, detail);
    }
  }
}

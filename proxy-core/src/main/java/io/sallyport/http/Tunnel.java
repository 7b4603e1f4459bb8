package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Error;
import io.sallyport.relay.EndOfStream;
import io.sallyport.relay.StreamEnd;
import io.sallyport.transport.Resets;
import org.jspecify.annotations.Nullable;

/**
 * A stream of HTTP/2 that carries another protocol (RFC 8441): bytes between it and a connection to
 * the application that has just been switched to it, in whose pipeline this stands last. Either
 * side may finish first. Belongs to the event loop of both.
 */
final class Tunnel extends ChannelInboundHandlerAdapter {

  private final Channel application;
  private final EndOfStream end;
  private final StreamWriter out;
  private final FrontStream stream;
  private final FrontDeadlines deadlines;
  private final Service service;

  /** Those of the stream end with it; what it has left for the application may still be going. */
  private final FrontDeadlines closing;

  private final LastBytes lastBytes;

  private @Nullable ChannelHandlerContext context;
  private boolean applicationFinished;
  private boolean peerFinished;

  private Tunnel(
      Answerer switched,
      StreamWriter out,
      FrontStream stream,
      FrontDeadlines deadlines,
      Service service) {
    this.application = switched.channel();
    this.end = switched.endOfStream();
    this.out = out;
    this.stream = stream;
    this.deadlines = deadlines;
    this.service = service;
    this.closing = new FrontDeadlines(application.eventLoop(), service, this::overdue);
    this.lastBytes = new LastBytes(closing);
  }

  /** Takes the connection over, with what has come over it already. */
  static Tunnel of(
      Answerer switched,
      StreamWriter out,
      FrontStream stream,
      FrontDeadlines deadlines,
      Service service) {
    Tunnel tunnel = new Tunnel(switched, out, stream, deadlines, service);
    deadlines.switched();
    tunnel.application.pipeline().addLast(tunnel);
    switched.leavePipeline();
    tunnel.mayRead(true); // what was written last shows whether it may go on
    return tunnel;
  }

  // From the peer.

  /** Bytes, which become the tunnel's; flushed when told. */
  void write(ByteBuf data, boolean ends) {
    service.events().relayed(service.requestsGo(), data.readableBytes());
    deadlines.moved();
    application.write(data, application.voidPromise());
    if (ends) {
      peerFinished = true;
      deadlines.halfClosed();
      end.finishOutput();
      closeIfOver();
    }
  }

  void flush() {
    application.flush();
  }

  boolean takesMore() {
    return application.isWritable();
  }

  /** Whether the peer takes more. */
  void mayRead(boolean more) {
    application.config().setAutoRead(more);
  }

  boolean applicationHasFinished() {
    return applicationFinished;
  }

  /**
   * The stream has: properly when both sides had finished, and otherwise as TCP ends with a reset.
   */
  void streamEnded() {
    if (!(applicationFinished && peerFinished)) {
      applicationFinished = true;
      Resets.reset(application);
    }
  }

  /** What has been written to the application still arrives, if it takes it. */
  private void closeIfOver() {
    if (applicationFinished && peerFinished && context != null) {
      lastBytes.close(context);
    }
  }

  private void overdue(FrontDeadlines.Overdue what) {
    lastBytes.overdue(application);
  }

  // From the application.

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf data = (ByteBuf) message;
    service.events().relayed(service.requestsGo().other(), data.readableBytes());
    deadlines.moved();
    out.data(data, false);
    if (!out.takesMore()) {
      mayRead(false);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    stream.flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    stream.mayRead(application.isWritable());
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof StreamEnd ended) {
      if (ended == StreamEnd.FINISHED || ended == StreamEnd.CLOSED) {
        finished();
      } else {
        broken(Http2Error.CANCEL);
      }
    }
  }

  private void finished() {
    if (!applicationFinished) {
      applicationFinished = true;
      deadlines.halfClosed();
      out.data(Unpooled.EMPTY_BUFFER, true);
      stream.flush();
      closeIfOver();
    }
  }

  /** RFC 8441 §5: an RST becomes a CANCEL. */
  private void broken(Http2Error error) {
    if (!applicationFinished || !peerFinished) {
      applicationFinished = true;
      out.reset(error);
      stream.flush();
      Resets.reset(application);
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    closing.cancel();
    if (!applicationFinished) {
      broken(Http2Error.CANCEL);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    service.events().fault(cause);
    broken(Http2Error.INTERNAL_ERROR);
  }
}

package io.sallyport.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpVersion;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests, as many at a time as may be outstanding: the bytes of the others wait, and so do
 * those that follow a request for an upgrade, which may be no HTTP. While any wait, nothing more is
 * to be read from the channel. Belongs to the channel's event loop.
 */
final class RequestDecoder extends MessageDecoder {

  private final int mostOutstanding;
  private final Runnable paused;
  private final Queue<Asked> outstanding = new ArrayDeque<>();
  private @Nullable Asked latest;

  private @Nullable RequestLine startLine;
  private int emptyLines;

  private @Nullable ChannelHandlerContext ctx;
  private boolean readWanted;
  private boolean pauseTold;
  private @Nullable ChannelInputShutdownEvent heldEnd;

  /**
   * @param paused told each time that bytes begin to wait because there are as many
   */
  RequestDecoder(Http1Limits limits, int mostOutstanding, Runnable paused) {
    super(limits, false);
    this.mostOutstanding = mostOutstanding;
    this.paused = paused;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    this.ctx = context;
  }

  @Override
  boolean mayBegin() {
    return outstanding.isEmpty()
        || (outstanding.size() < mostOutstanding && latest != Asked.UPGRADE);
  }

  @Override
  boolean begin(LineReader line) throws BadRequest {
    if (line.length() == 0) {
      // RFC 9112 §2.2 asks to pass over one at least: old clients end a body with it.
      if (++emptyLines > 1) {
        throw new BadRequest(RequestFault.EMPTY_LINES, "a second empty line");
      }
      return false;
    }
    emptyLines = 0;
    startLine = RequestLine.of(line);
    return true;
  }

  @Override
  HttpMessage head(HttpHeaders fields) throws BadRequest {
    RequestLine line = Objects.requireNonNull(startLine);
    startLine = null;
    return new Http1Request(line, fields, RequestHead.of(line.method(), line.uri(), fields));
  }

  @Override
  long bodyLength(HttpMessage head) throws Malformed {
    long length =
        BodyLength.of(head.headers(), head.protocolVersion().equals(HttpVersion.HTTP_1_1));
    latest = Asked.of((Http1Request) head);
    outstanding.add(latest);
    return length == BodyLength.NOT_TOLD ? 0 : length;
  }

  @Override
  Exception refusal(Malformed malformed) {
    return malformed.asRequest();
  }

  /** Of the request that the next final response answers; null when there is none. */
  @Nullable Asked nextToAnswer() {
    return outstanding.peek();
  }

  /** A final response was written whole. */
  void answered() {
    outstanding.poll();
    goOn();
  }

  /** A 101 was written whole. */
  void upgraded() {
    becomeRaw();
    goOn();
  }

  /** Not within the call in which the response is written: its writer is not done then. */
  private void goOn() {
    if (ctx != null && internalBuffer().isReadable()) {
      ctx.executor().execute(this::readWhatWaited);
    }
  }

  /** Whether to read nothing now; it is made good for when the bytes that wait are read. */
  boolean holdsRead() {
    boolean holds = bytesWait();
    readWanted |= holds;
    return holds;
  }

  private boolean bytesWait() {
    return betweenMessages() && !mayBegin() && internalBuffer().isReadable();
  }

  private void readWhatWaited() {
    if (ctx == null || ctx.isRemoved()) {
      return;
    }
    try {
      channelRead(ctx, Unpooled.EMPTY_BUFFER);
      channelReadComplete(ctx);
      if (heldEnd != null && !bytesWait()) {
        ChannelInputShutdownEvent end = heldEnd;
        heldEnd = null;
        userEventTriggered(ctx, end);
      }
    } catch (Exception e) {
      ctx.fireExceptionCaught(e);
    }
    if (readWanted && !bytesWait()) {
      readWanted = false;
      ctx.read();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) throws Exception {
    tellPause();
    if (bytesWait()) {
      // The other way would ask for more at once, where nothing was passed on.
      discardSomeReadBytes();
      context.fireChannelReadComplete();
    } else {
      super.channelReadComplete(context);
    }
  }

  private void tellPause() {
    boolean pauses = bytesWait() && outstanding.size() >= mostOutstanding;
    if (pauses && !pauseTold) {
      paused.run();
    }
    pauseTold = pauses;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    if (event instanceof ChannelInputShutdownEvent end && bytesWait()) {
      heldEnd = end; // it would drop the bytes that wait
    } else {
      super.userEventTriggered(context, event);
    }
  }
}

package io.sallyport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/**
 * Tells HTTP/2 with prior knowledge (RFC 9113 §3.3) from HTTP/1.1 by what a client begins with, and
 * leaves the pipeline. What has come is passed on once it is known, to whoever reads it then.
 */
final class PriorKnowledge extends ChannelInboundHandlerAdapter {

  private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);

  private final Runnable http2;
  private @Nullable ByteBuf begun;

  /**
   * @param http2 told when it is HTTP/2, before any of it is passed on
   */
  PriorKnowledge(Runnable http2) {
    this.http2 = http2;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf in = (ByteBuf) message;
    if (begun != null) {
      ByteBuf all = begun;
      begun = null;
      all.writeBytes(in);
      in.release();
      in = all;
    }
    int compared = Math.min(in.readableBytes(), PREFACE.length);
    boolean preface = isBeginning(in, compared);
    if (preface && compared < PREFACE.length) {
      begun = ctx.alloc().buffer(PREFACE.length).writeBytes(in);
      in.release();
      return;
    }
    if (preface) {
      http2.run();
    }
    passOn(ctx, in);
  }

  private static boolean isBeginning(ByteBuf in, int bytes) {
    for (int i = 0; i < bytes; i++) {
      if (in.getByte(in.readerIndex() + i) != PREFACE[i]) {
        return false;
      }
    }
    return true;
  }

  private void passOn(ChannelHandlerContext ctx, ByteBuf in) {
    ctx.fireChannelRead(in);
    ctx.pipeline().remove(this);
  }

  /** Some may come after what came: the end of the stream, too. */
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    ByteBuf in = begun;
    if (in != null) {
      begun = null;
      passOn(ctx, in);
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (begun != null) {
      begun.release();
      begun = null;
    }
  }
}

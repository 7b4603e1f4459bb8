package io.sallyport.tls;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * What has been written to a connection and is not encrypted yet: it may be joined with what is
 * written next. Belongs to its event loop.
 */
final class PlainOutput {

  /** Up to here what is written in pieces is put into one record: a copy costs less than one. */
  private static final int MOST_JOINED_BYTES = 4 * 1024;

  private @Nullable ByteBuf data;
  private @Nullable ChannelPromise written;
  private boolean ours;

  /**
   * @param more not empty; owned from now on
   */
  void add(
      ChannelHandlerContext ctx,
      @Nullable BoringSslConnection tls,
      ByteBuf more,
      ChannelPromise moreWritten) {
    if (data != null && data.readableBytes() + more.readableBytes() > MOST_JOINED_BYTES) {
      encrypt(ctx, tls);
    }
    if (data == null || written == null) {
      data = more;
      ours = false;
      written = moreWritten;
    } else {
      data = joined(ctx, data, more);
      written = both(ctx, written, moreWritten);
    }
    if (data.readableBytes() >= BoringSslConnection.LONGEST_PLAINTEXT) {
      encrypt(ctx, tls); // so that it counts for the water mark
    }
  }

  /** What others may hold is not written into. */
  private ByteBuf joined(ChannelHandlerContext ctx, ByteBuf first, ByteBuf second) {
    ByteBuf all = first;
    if (!ours || first.writableBytes() < second.readableBytes()) {
      all = ctx.alloc().directBuffer(MOST_JOINED_BYTES).writeBytes(first);
      first.release();
      ours = true;
    }
    all.writeBytes(second);
    second.release();
    return all;
  }

  /** The two may be one, which then is to be told twice. */
  private static ChannelPromise both(
      ChannelHandlerContext ctx, ChannelPromise first, ChannelPromise second) {
    if (first.isVoid()) {
      return second;
    }
    if (second.isVoid()) {
      return first;
    }
    ChannelPromise both = ctx.newPromise();
    both.addListener(
        sent -> {
          tell(first, sent.cause());
          tell(second, sent.cause());
        });
    return both;
  }

  private static void tell(ChannelPromise promise, @Nullable Throwable failure) {
    if (failure == null) {
      promise.trySuccess();
    } else {
      promise.tryFailure(failure);
    }
  }

  /**
   * Passes it on, encrypted.
   *
   * @param tls null when there is none any more, which fails it
   */
  void encrypt(ChannelHandlerContext ctx, @Nullable BoringSslConnection tls) {
    ByteBuf plain = data;
    ChannelPromise promise = written;
    if (plain == null || promise == null) {
      return;
    }
    data = null;
    written = null;
    ByteBuf direct = BoringSslConnection.direct(ctx.alloc(), plain);
    ByteBuf sealed;
    try {
      sealed = tls == null ? null : tls.encrypt(direct);
    } finally {
      direct.release();
    }
    if (sealed == null) {
      promise.tryFailure(new ClosedChannelException());
    } else {
      ctx.write(sealed, promise);
    }
  }
}

package io.sallyport.listener;

import io.netty.channel.ChannelHandlerContext;
import io.netty.util.ReferenceCountUtil;
import io.sallyport.relay.StreamEnd;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what comes in while nobody is there who could take it, and asks for no more. Belongs to an
 * event loop.
 */
final class HeldInput {

  private @Nullable Queue<Object> held;

  /** From now on {@link #hold} holds; what has been decrypted already still comes. */
  void begin(ChannelHandlerContext ctx) {
    if (held == null) {
      held = new ArrayDeque<>();
      ctx.channel().config().setAutoRead(false);
    }
  }

  /**
   * @param message or the end of the stream
   * @return false when it is not held, and stays the caller's
   */
  boolean hold(Object message) {
    return held != null && held.add(message);
  }

  /** Reads on, does what there is to do, and hands over to whoever stands behind by then. */
  void end(ChannelHandlerContext ctx, Runnable then) {
    Queue<Object> came = held;
    held = null;
    if (came == null) {
      then.run();
      return;
    }
    ctx.channel().config().setAutoRead(true);
    try {
      then.run();
    } finally {
      came.forEach(each -> pass(ctx, each));
      ctx.fireChannelReadComplete();
    }
  }

  private static void pass(ChannelHandlerContext ctx, Object came) {
    if (!ctx.channel().isActive()) {
      ReferenceCountUtil.release(came);
    } else if (came instanceof StreamEnd) {
      ctx.fireUserEventTriggered(came);
    } else {
      ctx.fireChannelRead(came);
    }
  }

  void release() {
    if (held != null) {
      held.forEach(ReferenceCountUtil::release);
      held = null;
    }
  }
}

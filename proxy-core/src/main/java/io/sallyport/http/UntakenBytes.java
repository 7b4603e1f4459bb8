package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.ReferenceCountUtil;
import io.sallyport.http.FrontDeadlines.Outflow;
import org.jspecify.annotations.Nullable;

/**
 * What has been flushed to a channel and waits for its peer to take it, looked at now and then.
 * Belongs to the event loop.
 */
final class UntakenBytes {

  /** Retained: a pool would make another buffer of the same object, and that looks like no step. */
  private @Nullable Object first;

  private int left;

  /** Since it was asked last. */
  Outflow look(Channel channel) {
    ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
    Object now = waiting == null ? null : waiting.current();
    int bytes = now instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
    boolean same = now == first && bytes == left;
    if (now != first) {
      release();
      first = ReferenceCountUtil.retain(now);
    }
    left = bytes;
    if (now == null) {
      return Outflow.DONE;
    }
    return same ? Outflow.STANDS : Outflow.FLOWS;
  }

  /** When no more is looked. */
  void release() {
    ReferenceCountUtil.release(first);
    first = null;
  }
}

package io.sallyport.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.sallyport.relay.ConnectionEvents.Direction;
import io.sallyport.transport.Resets;
import io.sallyport.transport.Transport;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One of the two channels of a {@link Relay}: reads here, writes there. Until the relay opens it
 * holds what comes, an end of the stream included, and stops reading when that is enough.
 *
 * <p>All fields belong to the channel's event loop, which both sides share.
 */
final class Side extends ChannelInboundHandlerAdapter {

  /** Reading goes on up to here: most connections open before their first bytes have come. */
  private static final int MOST_HELD_BYTES = 64 * 1024;

  private final Relay relay;
  private final Direction direction;
  private final Queue<ByteBuf> held = new ArrayDeque<>(2);

  private @Nullable EndOfStream end;
  private @Nullable ChannelHandlerContext context;
  private @Nullable Side other;
  private @Nullable StreamEnd heldEnd;
  private int heldBytes;
  private boolean finished;
  private boolean discarding;
  // Of what is passed on: whether any was, is still to be flushed, and is flushed a little later.
  private boolean begun;
  private boolean written;
  private boolean waiting;

  Side(Relay relay, Direction direction) {
    this.relay = relay;
    this.direction = direction;
  }

  Side endingAs(EndOfStream knows) {
    end = knows;
    return this;
  }

  /** Its stream has ended properly; nothing more will come from here. */
  boolean finished() {
    return finished;
  }

  void finishOutput() {
    if (end != null) {
      end.finishOutput();
    }
  }

  /** From now on what comes is read to its end and goes nowhere. */
  void discardInput() {
    discarding = true;
    releaseHeld();
    channel().config().setAutoRead(true);
  }

  Channel channel() {
    return context().channel();
  }

  /** Lets what is queued go out, then closes. */
  void closeAfterFlush() {
    if (context != null) {
      channel().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  void close() {
    if (context != null) {
      channel().close();
    }
  }

  void reset() {
    if (context != null) {
      Resets.reset(channel());
    }
  }

  /** It never had a channel, or that is closed. */
  boolean gone() {
    return context == null || context.isRemoved();
  }

  /** Bytes written to this side that the kernel has not taken. */
  long pendingBytes() {
    ChannelOutboundBuffer buffer = channel().unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }

  /** Hands over what was held and relays from now on. */
  void open(Side to) {
    other = to;
    if (!discarding) {
      for (ByteBuf data = held.poll(); data != null; data = held.poll()) {
        pass(data, to);
      }
      if (written) {
        flush(to);
      }
      channel().config().setAutoRead(to.channel().isWritable());
    }
    if (heldEnd != null) {
      end(heldEnd);
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    if (relay.isOver()) {
      reset();
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    releaseHeld();
    relay.gone(this);
  }

  private void releaseHeld() {
    for (ByteBuf data = held.poll(); data != null; data = held.poll()) {
      data.release();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf data = (ByteBuf) message;
    if (discarding) {
      data.release();
      return;
    }
    Side to = other;
    if (to == null) {
      hold(ctx, data);
      return;
    }
    pass(data, to);
    if (!to.channel().isWritable()) {
      ctx.channel().config().setAutoRead(false);
    }
  }

  private void hold(ChannelHandlerContext ctx, ByteBuf data) {
    held.add(data);
    heldBytes += data.readableBytes();
    if (heldBytes >= MOST_HELD_BYTES) {
      ctx.channel().config().setAutoRead(false);
    }
  }

  private void pass(ByteBuf data, Side to) {
    relay.relayed(direction, data.readableBytes());
    written = true;
    // A void promise: a write that fails is told to the pipeline, and costs no object if it does
    // not.
    to.context().write(data, to.context().voidPromise());
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    Side to = other;
    if (to == null || !written) {
      return;
    }
    if (begun || direction == Direction.TO_APPLICATION) {
      flush(to);
    } else {
      // The first answer is often the only one, with a FIN behind it: what is sent upon that leaves
      // in one packet with the answer.
      begun = true;
      written = false;
      waiting = true;
      Transport.afterNextLook(ctx.channel().eventLoop(), () -> flushWaiting(to));
    }
  }

  private void flushWaiting(Side to) {
    if (waiting) {
      flush(to);
    }
  }

  private void flush(Side to) {
    written = false;
    waiting = false;
    to.context().flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (other != null && !other.finished && !other.discarding) {
      other.channel().config().setAutoRead(ctx.channel().isWritable());
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof StreamEnd ended) {
      end(ended);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    // Half-closure is on, so a proper end was seen before; without one the connection was cut.
    end(StreamEnd.RESET);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    relay.fault(cause);
  }

  private void end(StreamEnd ended) {
    if (other == null && ended == StreamEnd.FINISHED) {
      heldEnd = ended;
      return;
    }
    if (ended == StreamEnd.FINISHED) {
      if (finished) {
        return;
      }
      finished = true;
    } else if (other != null) {
      flushWaiting(other); // a cut takes what is not on its way
    }
    relay.ended(this, ended);
  }

  private ChannelHandlerContext context() {
    if (context == null) {
      throw new IllegalStateException("not in a pipeline yet");
    }
    return context;
  }
}

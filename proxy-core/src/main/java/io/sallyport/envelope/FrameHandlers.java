package io.sallyport.envelope;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Future;
import io.sallyport.envelope.EnvelopeEvents.Operation;
import io.sallyport.envelope.FrameConnection.Role;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The two handlers of one {@link FrameConnection}: one opens what the other side sends, and one
 * seals what is to be sent to it, as it is read from wherever it comes from. Both on one event
 * loop.
 */
public final class FrameHandlers {

  private final FrameConnection frames;
  private final Duration preambleTimeout;
  private final Predicate<Object> endOfInput;
  private final Object endOfStream;
  private final EnvelopeEvents events;
  private final CompletableFuture<FrameSealer> introduced = new CompletableFuture<>();

  /**
   * @param preambleTimeout for the other side's preamble, from when the opening handler is added
   * @param endOfInput knows the user event that is the proper end of an input
   * @param endOfStream the user event to fire when the other side's stream has ended, which its
   *     last frame tells, while the channel stays open for the other way
   * @throws EnvelopeFailed when the ring has no primary key for {@link KeyUse#FRAMES}
   */
  public FrameHandlers(
      Role role,
      KeyRing ring,
      Duration preambleTimeout,
      Predicate<Object> endOfInput,
      Object endOfStream,
      EnvelopeEvents events)
      throws EnvelopeFailed {
    this.frames = new FrameConnection(role, ring);
    this.preambleTimeout = preambleTimeout;
    this.endOfInput = endOfInput;
    this.endOfStream = endOfStream;
    this.events = events;
  }

  /** For the channel to the other side: sends the preamble, and opens what is read. */
  public ChannelHandler opening() {
    return new Opening();
  }

  /**
   * For the channel of which what is read is to be sent to the other side: makes frames of it, once
   * the other side's preamble is there.
   */
  public ChannelHandler sealing() {
    return new Sealing();
  }

  private final class Opening extends StreamHandler {

    private @Nullable Future<?> deadline;
    private boolean ready;

    Opening() {
      super(Operation.OPEN, endOfInput, events);
    }

    @Override
    void begin(ChannelHandlerContext ctx) {
      ctx.writeAndFlush(Unpooled.wrappedBuffer(frames.preamble()), ctx.voidPromise());
      deadline =
          ctx.executor()
              .schedule(
                  () ->
                      fail(
                          new EnvelopeFailed(
                              EnvelopeFailure.TRUNCATED,
                              "the other side's preamble did not come; does it have an envelope?")),
                  preambleTimeout.toNanos(),
                  TimeUnit.NANOSECONDS);
    }

    @Override
    void process(ChannelHandlerContext ctx, ByteBuf in) throws EnvelopeFailed {
      if (!ready) {
        ready = frames.read(in);
        if (!ready) {
          return;
        }
        stopDeadline();
        introduced.complete(frames.sealer());
      }
      if (in.isReadable()) {
        open(ctx, in);
      }
    }

    private void open(ChannelHandlerContext ctx, ByteBuf in) throws EnvelopeFailed {
      int most = frames.opener().heldBytes() + in.readableBytes();
      ByteBuf out = ctx.alloc().buffer(most, most);
      try {
        frames.opener().open(in, out);
      } catch (EnvelopeFailed | RuntimeException e) {
        out.release();
        throw e;
      }
      if (out.isReadable()) {
        pass(ctx, out);
      } else {
        out.release();
      }
      if (frames.opener().hasEnded()) {
        endsHere(endOfStream);
      }
    }

    @Override
    void end(ChannelHandlerContext ctx) throws EnvelopeFailed {
      if (!ready) {
        throw new EnvelopeFailed(EnvelopeFailure.TRUNCATED, "it ends before its preamble has");
      }
      frames.opener().finish();
      done();
    }

    @Override
    void closed(ChannelHandlerContext ctx) {
      endByClose(ctx);
    }

    @Override
    void removed() {
      stopDeadline();
      if (!ready) {
        introduced.completeExceptionally(
            new EnvelopeFailed(
                EnvelopeFailure.TRUNCATED, "the other side has gone before its preamble came"));
      }
    }

    private void stopDeadline() {
      if (deadline != null) {
        deadline.cancel(false);
      }
    }
  }

  private final class Sealing extends StreamHandler {

    private @Nullable FrameSealer sealer;

    Sealing() {
      super(Operation.SEAL, endOfInput, events);
    }

    @Override
    void begin(ChannelHandlerContext ctx) throws EnvelopeFailed {
      await(ctx, introduced, ready -> sealer = ready);
    }

    @Override
    void process(ChannelHandlerContext ctx, ByteBuf in) throws EnvelopeFailed {
      int length = FrameSealer.sealedBytes(in.readableBytes());
      if (length == 0) {
        return;
      }
      ByteBuf out = ctx.alloc().buffer(length, length);
      try {
        requireNonNull(sealer).seal(in, out);
      } catch (EnvelopeFailed | RuntimeException e) {
        out.release();
        throw e;
      }
      pass(ctx, out);
    }

    @Override
    void end(ChannelHandlerContext ctx) throws EnvelopeFailed {
      ByteBuf out = ctx.alloc().buffer(FrameSealer.OVERHEAD_BYTES, FrameSealer.OVERHEAD_BYTES);
      try {
        requireNonNull(sealer).finish(out);
      } catch (EnvelopeFailed | RuntimeException e) {
        out.release();
        throw e;
      }
      done();
      pass(ctx, out);
    }
  }
}

package io.sallyport.envelope;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.sallyport.envelope.EnvelopeEvents.Operation;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Makes one stream of bytes of another as they come in. Where it has to wait, as for a key, it
 * holds what comes and stops reading when that is enough; a read of which nothing was passed on
 * asks for another. After a failure, which is told once as an exception, nothing more is passed on,
 * the end of the input least of all.
 *
 * <p>The end is an event, see {@link #INPUT_SHUT_DOWN}; a channel that just closes may have been
 * cut.
 */
abstract class StreamHandler extends ChannelInboundHandlerAdapter {

  /** The end of the input of a channel with {@code ALLOW_HALF_CLOSURE}. */
  static final Predicate<Object> INPUT_SHUT_DOWN = ChannelInputShutdownEvent.class::isInstance;

  /** Beyond it reading stops while something is waited for. */
  private static final int MOST_HELD_BYTES = 64 * 1024;

  private final Operation operation;
  private final Predicate<Object> endOfInput;
  private final EnvelopeEvents events;
  private final Queue<ByteBuf> held = new ArrayDeque<>(2);

  private @Nullable ChannelHandlerContext context;
  private @Nullable Object heldEnd;
  private int heldBytes;
  private boolean begun;
  private boolean waiting;
  private boolean readingStopped;
  private boolean passedOn;
  private boolean over;

  /** What the input says of its own end, once it has and nothing has failed. */
  private @Nullable Object ownEnd;

  StreamHandler(Operation operation, Predicate<Object> endOfInput, EnvelopeEvents events) {
    this.operation = operation;
    this.endOfInput = endOfInput;
    this.events = events;
  }

  /** The channel is there: time to send or to ask for something. Once. */
  void begin(ChannelHandlerContext ctx) throws EnvelopeFailed {}

  /** Takes all of the input, unless it has come to {@link #await}; the rest is shown again then. */
  abstract void process(ChannelHandlerContext ctx, ByteBuf in) throws EnvelopeFailed;

  /** The input has ended; passes on what is left. */
  abstract void end(ChannelHandlerContext ctx) throws EnvelopeFailed;

  /** Passes something on; takes the buffer over. */
  final void pass(ChannelHandlerContext ctx, ByteBuf out) {
    passedOn = true;
    ctx.fireChannelRead(out);
  }

  /**
   * The input has told its end itself, whatever the channel goes on to do: once all of it is
   * processed, {@link #end} is called and the event passed on. An end of the channel that comes
   * after it says something more, and is passed on too.
   */
  final void endsHere(Object event) {
    ownEnd = event;
  }

  /** One message is done. */
  final void done() {
    events.done(operation);
  }

  /**
   * Goes on when a stage is done: at once where it is, else on the event loop, and nothing is
   * processed before.
   */
  final <T> void await(ChannelHandlerContext ctx, CompletionStage<T> stage, Consumer<T> then)
      throws EnvelopeFailed {
    CompletableFuture<T> future = stage.toCompletableFuture();
    if (future.isDone()) {
      then.accept(value(future));
      return;
    }
    waiting = true;
    future.whenComplete((value, failed) -> ctx.executor().execute(() -> goOn(ctx, future, then)));
  }

  private static <T> T value(CompletableFuture<T> future) throws EnvelopeFailed {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof EnvelopeFailed failed) {
        throw failed;
      }
      throw e;
    }
  }

  private <T> void goOn(ChannelHandlerContext ctx, CompletableFuture<T> future, Consumer<T> then) {
    if (over) {
      return;
    }
    waiting = false;
    attempt(ctx, () -> then.accept(value(future)));
    if (readingStopped) {
      readingStopped = false;
      ctx.channel().config().setAutoRead(true); // before the next handler may turn it off again
    }
    while (!waiting && !over && !held.isEmpty()) {
      ByteBuf data = held.remove();
      heldBytes -= data.readableBytes();
      work(ctx, data);
    }
    if (waiting || over) {
      return;
    }
    if (heldEnd != null) {
      finish(ctx, heldEnd);
    } else {
      readComplete(ctx);
    }
  }

  @Override
  public final void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    if (ctx.channel().isActive()) {
      beginOnce(ctx);
    }
  }

  @Override
  public final void channelActive(ChannelHandlerContext ctx) {
    beginOnce(ctx);
    ctx.fireChannelActive();
  }

  private void beginOnce(ChannelHandlerContext ctx) {
    if (!begun) {
      begun = true;
      try {
        begin(ctx);
      } catch (EnvelopeFailed | RuntimeException | Error e) {
        // Whoever is to hear of it may be added to the pipeline after us; and what handlerAdded
        // throws would take us out of it, so that everything passed as it is.
        waiting = true;
        ctx.executor().execute(() -> failBegin(ctx, e));
      }
    }
  }

  private void failBegin(ChannelHandlerContext ctx, Throwable thrown) {
    if (thrown instanceof EnvelopeFailed failed) {
      fail(failed);
    } else if (!over) {
      fault(ctx, thrown);
    }
  }

  @Override
  public final void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf data)) {
      ctx.fireChannelRead(message);
    } else if (over) {
      data.release();
    } else if (waiting) {
      hold(ctx, data);
    } else {
      work(ctx, data);
    }
  }

  private void work(ChannelHandlerContext ctx, ByteBuf data) {
    attempt(ctx, () -> process(ctx, data));
    if (waiting && !over && data.isReadable()) {
      hold(ctx, data);
    } else {
      data.release();
    }
    if (ownEnd != null && !over) {
      finish(ctx, ownEnd);
    }
  }

  private void hold(ChannelHandlerContext ctx, ByteBuf data) {
    held.add(data);
    heldBytes += data.readableBytes();
    if (heldBytes >= MOST_HELD_BYTES) {
      readingStopped = true;
      ctx.channel().config().setAutoRead(false);
    }
  }

  @Override
  public final void channelReadComplete(ChannelHandlerContext ctx) {
    readComplete(ctx);
  }

  private void readComplete(ChannelHandlerContext ctx) {
    boolean nothing = !passedOn;
    passedOn = false;
    ctx.fireChannelReadComplete();
    if (nothing && !waiting && !over && !ctx.channel().config().isAutoRead()) {
      ctx.read();
    }
  }

  @Override
  public final void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (!endOfInput.test(event) || (over && ownEnd != null)) {
      ctx.fireUserEventTriggered(event);
    } else if (waiting && !over) {
      heldEnd = event;
    } else {
      finish(ctx, event);
    }
  }

  private void finish(ChannelHandlerContext ctx, Object event) {
    if (over) {
      return;
    }
    attempt(ctx, () -> end(ctx));
    if (over) {
      return; // it failed, and that is no end
    }
    over = true;
    ctx.fireChannelReadComplete();
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public final void channelInactive(ChannelHandlerContext ctx) {
    if (!over && heldEnd != null) {
      fail(ctx, closedTooSoon());
    }
    if (!over && endOfInput == INPUT_SHUT_DOWN) {
      closed(ctx);
    } // else whoever fires other events has told how it ended, or has closed it himself
    ctx.fireChannelInactive();
  }

  private static EnvelopeFailed closedTooSoon() {
    return new EnvelopeFailed(
        EnvelopeFailure.KMS_FAILED, "the channel has closed before the key was there");
  }

  /** The channel has closed without the event that is the end. */
  void closed(ChannelHandlerContext ctx) {}

  /** For those whose end is authentic, however the channel closed. */
  final void endByClose(ChannelHandlerContext ctx) {
    if (waiting) {
      fail(ctx, closedTooSoon());
      return;
    }
    attempt(ctx, () -> end(ctx));
    if (!over) {
      over = true;
      ctx.fireChannelReadComplete();
    }
  }

  @Override
  public final void handlerRemoved(ChannelHandlerContext ctx) {
    over = true;
    releaseHeld();
    removed();
  }

  /** It has left the pipeline. */
  void removed() {}

  private void releaseHeld() {
    held.forEach(ByteBuf::release);
    held.clear();
    heldBytes = 0;
  }

  /** For failures that are found outside of the calls that may throw. */
  final void fail(EnvelopeFailed failed) {
    if (context != null && !over) {
      fail(context, failed);
    }
  }

  private void fail(ChannelHandlerContext ctx, EnvelopeFailed failed) {
    over = true;
    ownEnd = null;
    waiting = false;
    releaseHeld();
    events.failed(operation, failed.failure());
    ctx.fireExceptionCaught(failed);
  }

  private interface Step {
    void run() throws EnvelopeFailed;
  }

  private void attempt(ChannelHandlerContext ctx, Step step) {
    try {
      step.run();
    } catch (EnvelopeFailed e) {
      fail(ctx, e);
    } catch (RuntimeException | Error e) {
      fault(ctx, e); // an error too, as when there is no more memory
    }
  }

  /** A fault of ours: what came of it must not be taken for the whole. */
  private void fault(ChannelHandlerContext ctx, Throwable thrown) {
    over = true;
    ownEnd = null;
    releaseHeld();
    ctx.fireExceptionCaught(thrown);
  }
}

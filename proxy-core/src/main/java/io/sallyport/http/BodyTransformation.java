package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.LastHttpContent;
import io.sallyport.envelope.EnvelopeFailed;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes one body of another as it comes. Where it has to wait for a key it holds what comes, and
 * says so by {@link #takesMore}. After a failure, which is told once, nothing more is passed on,
 * the end least of all. Belongs to an event loop.
 */
abstract class BodyTransformation {

  /** Beyond it no more is taken while a key is waited for. */
  private static final int MOST_HELD_BYTES = 64 * 1024;

  private final Executor loop;
  private final ByteBufAllocator allocator;
  private final Sink sink;
  private final HeldBody held;

  private int heldBytes;
  private boolean waiting;
  private boolean over;

  /** Whom what it is made into goes to. */
  interface Sink {

    /**
     * Before anything of the body, and once.
     *
     * @param length of the body, or {@link BodyLength#CHUNKED} where it cannot be foretold
     */
    void begin(long length);

    /** A part of it, or its end, which becomes the sink's. */
    void pass(HttpContent part);

    /** It cannot be had; or an exception of another kind, which is a fault of ours. */
    void failed(Exception thrown);

    /** What was waited for is there, and what had come meanwhile has been passed on. */
    void waited();
  }

  BodyTransformation(Executor loop, ByteBufAllocator allocator, Sink sink) {
    this.loop = loop;
    this.allocator = allocator;
    this.sink = sink;
    this.held = new HeldBody();
  }

  /**
   * Takes all of the data, unless it comes to {@link #await}: the rest is shown again then.
   *
   * @param trailers with the end of the body; else null
   */
  abstract void process(ByteBuf data, @Nullable HttpHeaders trailers) throws EnvelopeFailed;

  /** Nothing will be asked for any more. */
  abstract void released();

  final Sink sink() {
    return sink;
  }

  final boolean isWaiting() {
    return waiting;
  }

  final boolean isOver() {
    return over;
  }

  final boolean takesMore() {
    return !waiting || heldBytes < MOST_HELD_BYTES;
  }

  /** A part of the body, which becomes this one's. */
  final void take(HttpContent part) {
    HttpHeaders trailers = part instanceof LastHttpContent end ? end.trailingHeaders() : null;
    try {
      if (!over) {
        work(part.content(), trailers);
      }
    } finally {
      part.release();
    }
  }

  private void work(ByteBuf data, @Nullable HttpHeaders trailers) {
    if (!waiting) {
      attempt(() -> process(data, trailers));
    }
    if (waiting && !over) {
      heldBytes += data.readableBytes();
      held.add(data);
      if (trailers != null) {
        held.end(new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, trailers));
      }
    }
  }

  /** What a step writes, which becomes the caller's. */
  final ByteBuf make(int bytes, Maker maker) throws EnvelopeFailed {
    ByteBuf made = allocator.buffer(bytes); // it grows by the last chunk
    try {
      maker.into(made);
      return made;
    } catch (EnvelopeFailed | RuntimeException e) {
      made.release(); // the chunks before the one that failed were sound, but nobody needs them now
      throw e;
    }
  }

  interface Maker {
    void into(ByteBuf made) throws EnvelopeFailed;
  }

  /** Passes on what has been made, which becomes the sink's, and the end with it. */
  final void pass(ByteBuf made, @Nullable HttpHeaders trailers) {
    sink.pass(
        trailers == null
            ? new DefaultHttpContent(made)
            : new DefaultLastHttpContent(made, trailers));
  }

  /** Goes on when a stage is done: at once where it is, else on the event loop. */
  final <T> void await(CompletionStage<T> stage, Consumer<T> then) throws EnvelopeFailed {
    CompletableFuture<T> future = stage.toCompletableFuture();
    if (future.isDone()) {
      then.accept(value(future));
      return;
    }
    waiting = true;
    future.whenComplete((value, failed) -> loop.execute(() -> goOn(future, then)));
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

  private <T> void goOn(CompletableFuture<T> future, Consumer<T> then) {
    if (over) {
      return;
    }
    waiting = false;
    heldBytes = 0;
    attempt(() -> then.accept(value(future)));
    ByteBuf data = held.takeData();
    LastHttpContent end = held.takeEnd();
    try {
      if (!over && (data.isReadable() || end != null)) {
        work(data, end == null ? null : end.trailingHeaders());
      }
    } finally {
      data.release();
    }
    if (!over) {
      sink.waited();
    }
  }

  interface Step {
    void run() throws EnvelopeFailed;
  }

  final void attempt(Step step) {
    try {
      step.run();
    } catch (EnvelopeFailed | RuntimeException e) {
      if (!over) {
        release();
        sink.failed(e);
      }
    }
  }

  /** Nobody needs what it has. */
  final void release() {
    if (!over) {
      over = true;
      held.release();
      released();
    }
  }
}

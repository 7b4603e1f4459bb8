package io.sallyport.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.sallyport.tls.BoringSslConnection.State;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * TLS of one connection: below it the bytes of the network, above it those of the stream.
 *
 * <p>Fires {@link SslHandshakeCompletionEvent} once. A handshake that failed is also told as an
 * exception where the peer's bytes were at fault, and the channel closed, behind the alert. {@link
 * SslCloseCompletionEvent#SUCCESS} is the peer's close_notify, which ends what it sends and nothing
 * else (RFC 8446 §6.1); {@link #finishOutput} sends ours, and reading goes on. What breaks TLS
 * later is caught above as an {@link SSLException}, and the channel closed.
 *
 * <p>While the peer is judged on another thread, what it sends is held, its FIN too.
 *
 * <p>Belongs to the event loop of its channel, except {@link #id}.
 */
public final class TlsHandler extends ChannelDuplexHandler {

  /** Of what comes while the peer is judged. */
  private static final int MOST_HELD_BYTES = 64 * 1024;

  /** How long a close waits until our close_notify has left, to a peer that does not read. */
  private static final long LONGEST_CLOSE_SECONDS = 3;

  /** The least that is worth a buffer. */
  private static final int LEAST_PLAINTEXT = 64;

  private final TlsContext settings;
  private final @Nullable String host;
  private final int port;
  private final HelloRandom hello = new HelloRandom();
  private final PlainOutput plain = new PlainOutput();

  /** Null when it is over. */
  private @Nullable Handshake handshake;

  private @Nullable ChannelHandlerContext context;
  private @Nullable BoringSslConnection tls;

  private @Nullable ChannelPromise closing;
  private boolean established;
  private boolean unflushed;
  private boolean passed;
  private boolean inputOver;
  private boolean outputOver;

  private TlsHandler(TlsContext settings, @Nullable String host, int port, Handshake handshake) {
    this.settings = settings;
    this.host = host;
    this.port = port;
    this.handshake = handshake;
  }

  /**
   * For a peer that comes to us.
   *
   * @param handshakeTimeout zero for none
   */
  public static TlsHandler server(TlsContext settings, Duration handshakeTimeout) {
    return new TlsHandler(settings, null, -1, new Handshake(handshakeTimeout, null));
  }

  /**
   * For a peer that we go to.
   *
   * @param host whom we mean to reach: given to {@link PeerJudge}, and with the port what a session
   *     is taken up with; null where the endpoint has no name
   * @param serverName what is asked for (SNI), in ASCII; null for nothing
   * @param handshakeTimeout zero for none
   */
  public static TlsHandler client(
      TlsContext settings,
      @Nullable String host,
      int port,
      @Nullable String serverName,
      Duration handshakeTimeout) {
    return new TlsHandler(settings, host, port, new Handshake(handshakeTimeout, serverName));
  }

  @Nullable String host() {
    return host;
  }

  int port() {
    return port;
  }

  public boolean isServer() {
    return settings.server();
  }

  /**
   * By what the connection is known at both ends: 16 hex digits, the first of the random that the
   * client sent; null before it has. On any thread, where it may be seen a little later.
   */
  public @Nullable String id() {
    return hello.text();
  }

  /** How what came before the handshake ended began; nothing of it once that went well. */
  public FirstBytes firstBytes() {
    return handshake == null ? new FirstBytes() : handshake.firstBytes;
  }

  /** Whether the handshake has ended well. */
  public boolean isEstablished() {
    return established;
  }

  /**
   * What the handshake settled.
   *
   * @throws IllegalStateException when it has not, or the handler has left its pipeline
   */
  public Settled settled() {
    if (!established || tls == null) {
      throw new IllegalStateException("no handshake has settled anything");
    }
    return tls.settled();
  }

  /** Of the key exchange, the group, by BoringSSL's name for it; null where that has none. */
  public @Nullable String group() {
    return tls == null ? null : tls.group();
  }

  /** The judge's word, on the thread where it was asked. */
  void refused(Throwable refusal) {
    if (handshake != null) {
      handshake.refusal = refusal;
    }
  }

  /** What one that stands before this handler may keep for itself. */
  public void saw(ByteBuf bytes) {
    if (handshake != null) {
      handshake.see(bytes, hello, settings.server());
      handshake.seenBefore += bytes.readableBytes();
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    tls = new BoringSslConnection(settings, this, ctx.alloc(), this::send);
    if (ctx.channel().isActive()) {
      begin(ctx);
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    begin(ctx);
    ctx.fireChannelActive();
  }

  private void begin(ChannelHandlerContext ctx) {
    Handshake beginning = handshake;
    if (beginning == null || beginning.begun || tls == null) {
      return;
    }
    beginning.begun = true;
    if (!beginning.timeout.isZero()) {
      beginning.deadline =
          ctx.executor()
              .schedule(
                  () -> fail(ctx, new SslHandshakeTimeoutException("not finished in time")),
                  beginning.timeout.toNanos(),
                  TimeUnit.NANOSECONDS);
    }
    if (!settings.server()) {
      tls.prepare(host, port, beginning.serverName);
      shakeHands(ctx, tls, beginning, Unpooled.EMPTY_BUFFER);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf in = (ByteBuf) message;
    Handshake shaking = handshake;
    if (inputOver || tls == null) {
      in.release();
    } else if (shaking != null && shaking.judging) {
      shaking.held.addLast(in);
      shaking.heldBytes += in.readableBytes();
      if (shaking.heldBytes >= MOST_HELD_BYTES) {
        ctx.channel().config().setAutoRead(false);
      }
    } else {
      read(ctx, BoringSslConnection.direct(ctx.alloc(), in));
    }
  }

  private void read(ChannelHandlerContext ctx, ByteBuf in) {
    try {
      Handshake shaking = handshake;
      if (shaking != null && tls != null) {
        if (!shaking.sees(in, hello, settings.server())) {
          broken(ctx, new NotSslRecordException("what came is not TLS"));
          return;
        }
        shakeHands(ctx, tls, shaking, in);
        if (shaking.judging && in.isReadable()) {
          shaking.held.addFirst(in.readRetainedSlice(in.readableBytes()));
        }
      }
      if (established) {
        decrypt(ctx, in);
      }
    } finally {
      in.release();
      flushUnflushed(ctx);
    }
  }

  private void flushUnflushed(ChannelHandlerContext ctx) {
    if (unflushed) {
      unflushed = false;
      ctx.flush();
    }
  }

  private void shakeHands(
      ChannelHandlerContext ctx, BoringSslConnection with, Handshake shaking, ByteBuf in) {
    switch (with.handshake(in)) {
      case DONE -> established(ctx, shaking);
      case NEEDS_TASK -> judge(ctx, with, shaking);
      case NEEDS_INPUT -> flushUnflushed(ctx);
      default -> {
        Throwable refusal = shaking.refusal;
        SSLException cause =
            new SSLHandshakeException(refusal == null ? with.fault() : refusal.getMessage());
        cause.initCause(refusal);
        broken(ctx, cause);
      }
    }
  }

  private void established(ChannelHandlerContext ctx, Handshake shaking) {
    established = true;
    handshake = null;
    shaking.cancelDeadline();
    if (tls != null) {
      tls.established(ctx::write);
    }
    ctx.fireUserEventTriggered(SslHandshakeCompletionEvent.SUCCESS);
    shaking.early.forEach(each -> write(ctx, each.data(), each.written()));
    if (shaking.flushAsked) {
      flush(ctx);
    }
    flushUnflushed(ctx); // after what was sent upon it, and with it
  }

  /** Whom to take and what to show is decided elsewhere; nobody touches BoringSSL meanwhile. */
  private void judge(ChannelHandlerContext ctx, BoringSslConnection with, Handshake shaking) {
    flushUnflushed(ctx);
    Runnable task = with.task();
    Executor judge = settings.judgesAt();
    if (task == null || judge == null) {
      broken(ctx, new SSLHandshakeException("nothing to wait for"));
      return;
    }
    Runnable asked =
        () -> {
          try {
            task.run();
          } finally {
            if (!ctx.executor().isShuttingDown()) {
              ctx.executor().execute(() -> judged(ctx, with, shaking));
            }
          }
        };
    try {
      judge.execute(asked);
      shaking.judging = true;
    } catch (RejectedExecutionException e) {
      broken(ctx, new SSLHandshakeException("nobody judges any more"));
    }
  }

  private void judged(ChannelHandlerContext ctx, BoringSslConnection with, Handshake shaking) {
    shaking.judging = false;
    if (tls == null) {
      with.free(); // the connection went away meanwhile
      return;
    }
    if (shaking.failed) {
      return;
    }
    if (shaking.heldBytes >= MOST_HELD_BYTES) {
      ctx.channel().config().setAutoRead(true);
    }
    shaking.heldBytes = 0;
    shakeHands(ctx, with, shaking, Unpooled.EMPTY_BUFFER);
    for (ByteBuf in = shaking.next(); in != null; in = shaking.next()) {
      if (inputOver || tls == null) {
        in.release();
      } else {
        read(ctx, BoringSslConnection.direct(ctx.alloc(), in));
      }
    }
    ctx.fireChannelReadComplete();
    Object end = shaking.heldEnd;
    if (end != null && !shaking.judging) {
      shaking.heldEnd = null;
      ctx.fireUserEventTriggered(end);
    }
  }

  private void decrypt(ChannelHandlerContext ctx, ByteBuf in) {
    int room = Math.max(in.readableBytes(), LEAST_PLAINTEXT);
    boolean more = in.isReadable();
    while (more && !inputOver && tls != null) {
      BoringSslConnection with = tls;
      ByteBuf out = ctx.alloc().directBuffer(room);
      State state = with.decrypt(in, out);
      boolean full = !out.isWritable();
      room = full ? with.pending() + in.readableBytes() : in.readableBytes();
      more = state == State.DONE && room > 0;
      inputOver = state == State.CLOSED || state == State.BROKEN;
      if (out.isReadable()) {
        passed = true;
        ctx.fireChannelRead(out);
      } else {
        out.release();
      }
      if (state == State.CLOSED) {
        ctx.fireUserEventTriggered(SslCloseCompletionEvent.SUCCESS);
      } else if (state == State.BROKEN) {
        broken(
            ctx,
            with.alertSent() ? new FatalAlertSent(with.fault()) : new SSLException(with.fault()));
      }
    }
  }

  /** What came was at fault. */
  private void broken(ChannelHandlerContext ctx, SSLException cause) {
    inputOver = true;
    outputOver = true;
    flushUnflushed(ctx); // the alert
    if (established) {
      ctx.fireExceptionCaught(cause);
      ctx.close();
    } else {
      fail(ctx, cause);
      ctx.fireExceptionCaught(cause);
    }
  }

  private void fail(ChannelHandlerContext ctx, Exception cause) {
    Handshake failed = handshake;
    if (failed == null || failed.failed) {
      return;
    }
    inputOver = true;
    outputOver = true;
    failed.fail(cause);
    ctx.fireUserEventTriggered(new SslHandshakeCompletionEvent(cause));
    ctx.close();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    boolean wanted = !passed && (handshake == null || !handshake.judging);
    passed = false;
    ctx.fireChannelReadComplete();
    if (wanted && !ctx.channel().config().isAutoRead()) {
      ctx.read(); // whoever asked for bytes has had none
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent && handshake != null && handshake.judging) {
      handshake.heldEnd = event;
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail(ctx, new ClosedChannelException());
    ctx.fireChannelInactive();
  }

  /** What BoringSSL has to say by itself, and what goes before the last of what is encrypted. */
  private void send(ByteBuf out) {
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      out.release();
      return;
    }
    if (handshake != null && !settings.server()) {
      hello.saw(out);
    }
    unflushed = true;
    ctx.write(out);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    ByteBuf data = (ByteBuf) message;
    Handshake shaking = handshake;
    if (shaking != null && !shaking.failed) {
      shaking.early.add(new Handshake.Early(data, promise));
    } else if (!data.isReadable()) {
      plain.encrypt(ctx, tls);
      ctx.write(data, promise);
    } else if (outputOver) {
      data.release();
      promise.tryFailure(new ClosedChannelException());
    } else {
      plain.add(ctx, tls, data, promise);
    }
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    if (handshake != null) {
      handshake.flushAsked = true;
    }
    plain.encrypt(ctx, tls);
    unflushed = false;
    ctx.flush();
  }

  /**
   * Sends close_notify behind all that was written, at once. Does nothing before the handshake is
   * done, and a second time.
   */
  public void finishOutput() {
    ChannelHandlerContext ctx = context;
    if (ctx != null && tls != null && established && !outputOver) {
      plain.encrypt(ctx, tls);
      outputOver = true;
      tls.shutDown();
      unflushed = false;
      ctx.flush();
    }
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    if (closing != null) {
      ctx.channel().closeFuture().addListener(closed -> promise.trySuccess());
    } else if (!established || outputOver || !ctx.channel().isActive()) {
      ctx.close(promise);
    } else {
      closing = promise;
      finishOutput();
      var late =
          ctx.executor().schedule(() -> closeNow(ctx), LONGEST_CLOSE_SECONDS, TimeUnit.SECONDS);
      ctx.writeAndFlush(Unpooled.EMPTY_BUFFER)
          .addListener(
              sent -> {
                late.cancel(false);
                closeNow(ctx);
              });
    }
  }

  private void closeNow(ChannelHandlerContext ctx) {
    ChannelPromise promise = closing;
    if (promise != null) {
      closing = null;
      ctx.close(promise);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    BoringSslConnection removed = tls;
    Handshake shaking = handshake;
    tls = null;
    inputOver = true;
    outputOver = true;
    if (shaking != null) {
      shaking.fail(new ClosedChannelException());
    }
    plain.encrypt(ctx, null);
    if (removed != null && (shaking == null || !shaking.judging)) {
      removed.free(); // else when the judge has spoken
    }
  }
}

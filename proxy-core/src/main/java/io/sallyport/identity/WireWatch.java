package io.sallyport.identity;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import org.jspecify.annotations.Nullable;

/**
 * Stands between the network and {@link SslHandler} and sees what that does not tell: what the
 * first bytes were when they were not TLS; by what the connection is known at both ends; and that
 * BoringSSL has answered a broken record with a fatal alert, upon which Netty fires nothing and
 * leaves TCP open. Then {@link FatalAlertSent} is fired, from {@code SslHandler} on. And it keeps a
 * FIN back that comes too early for that handler.
 */
public final class WireWatch extends ChannelDuplexHandler {
  private final SslHandler tls;
  private final @Nullable ReferenceCountedOpenSslEngine openSsl;
  private final FirstBytes firstBytes = new FirstBytes();
  private final HelloRandom hello = new HelloRandom();
  private final boolean client;
  private final @Nullable JudgingTasks tasks;
  private boolean wroteWhileReading;
  private boolean gathering;
  private @Nullable ChannelHandlerContext context;
  private @Nullable Object heldEnd;

  /** Of a handshake that waits for nobody. */
  public WireWatch(SslHandler tls) {
    this(tls, null);
  }

  /**
   * @param tasks what the handshake waits for elsewhere
   */
  WireWatch(SslHandler tls, @Nullable JudgingTasks tasks) {
    this.tls = tls;
    this.tasks = tasks;
    client = tls.engine().getUseClientMode();
    openSsl = tls.engine() instanceof ReferenceCountedOpenSslEngine engine ? engine : null;
  }

  /** What TLS sends meanwhile leaves together. */
  public void together(Runnable sends) {
    gathering = true;
    try {
      sends.run();
    } finally {
      gathering = false;
      if (context != null) {
        context.flush();
      }
    }
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    if (!gathering) {
      ctx.flush();
    }
  }

  public SslHandler tls() {
    return tls;
  }

  /**
   * By what the connection is known at both ends: 16 hex digits, the first of the random that the
   * client sent; null before it has. On any thread, where it may be seen a little later.
   */
  public @Nullable String id() {
    return hello.text();
  }

  /**
   * What is known of a handshake that failed on this connection: as {@link FailedHandshake#of} and,
   * from the first bytes, whether there were any and whether they were HTTP.
   */
  public FailedHandshake failed(Throwable cause) {
    return FailedHandshake.of(cause).given(firstBytes);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    boolean handshaking = !tls.handshakeFuture().isDone();
    if (handshaking && message instanceof ByteBuf bytes) {
      firstBytes.saw(bytes);
      if (!client) {
        hello.saw(bytes);
      }
    }
    wroteWhileReading = false;
    ctx.fireChannelRead(message);
    if (wroteWhileReading && !handshaking && openSsl != null && brokeTls(openSsl)) {
      ChannelHandlerContext afterUs = ctx.pipeline().context(tls);
      if (afterUs != null) {
        afterUs.fireExceptionCaught(new FatalAlertSent());
      }
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    if (tasks != null) {
      tasks.afterEach(
          () -> {
            if (!ctx.executor().isShuttingDown()) {
              ctx.executor().execute(() -> taskEnded(ctx, tasks));
            }
          });
    }
  }

  /**
   * SslHandler throws away at a FIN what it has not decrypted yet, and while the peer is being
   * judged it decrypts nothing.
   */
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent && tasks != null && tasks.areRunning()) {
      heldEnd = event;
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  private void taskEnded(ChannelHandlerContext ctx, JudgingTasks ended) {
    ended.ended();
    Object end = heldEnd;
    if (end != null && !ended.areRunning()) {
      heldEnd = null;
      ctx.fireUserEventTriggered(end);
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise)
      throws Exception {
    wroteWhileReading = true;
    if (client && message instanceof ByteBuf bytes) {
      hello.saw(bytes);
    }
    super.write(ctx, message, promise);
  }

  /**
   * BoringSSL reads no more, though the peer has not closed: the engine knows of every close_notify
   * as soon as it has read it.
   */
  private static boolean brokeTls(ReferenceCountedOpenSslEngine engine) {
    long ssl = engine.sslPointer();
    return ssl != 0
        && !engine.isInboundDone()
        && (SSL.getShutdown(ssl) & SSL.SSL_RECEIVED_SHUTDOWN) != 0;
  }
}

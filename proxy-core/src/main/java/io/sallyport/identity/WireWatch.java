package io.sallyport.identity;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import org.jspecify.annotations.Nullable;

/**
 * Stands between the network and {@link SslHandler} and sees what that does not tell: what the
 * first bytes were when they were not TLS; and that BoringSSL has answered a broken record with a
 * fatal alert, upon which Netty fires nothing and leaves TCP open. Then {@link FatalAlertSent} is
 * fired, from {@code SslHandler} on.
 */
public final class WireWatch extends ChannelDuplexHandler {
  private final SslHandler tls;
  private final @Nullable ReferenceCountedOpenSslEngine openSsl;
  private final FirstBytes firstBytes = new FirstBytes();
  private boolean wroteWhileReading;

  public WireWatch(SslHandler tls) {
    this.tls = tls;
    openSsl = tls.engine() instanceof ReferenceCountedOpenSslEngine engine ? engine : null;
  }

  public SslHandler tls() {
    return tls;
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
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise)
      throws Exception {
    wroteWhileReading = true;
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

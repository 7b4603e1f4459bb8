package io.sallyport.identity;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.ssl.AbstractSniHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import io.sallyport.tls.TlsHandler;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Refuses a peer that asks for no server name of ours, with the alert for it: unrecognized_name
 * (RFC 6066 §3) or, where it asks for none, missing_extension (RFC 8446 §9.2). Stands before the
 * {@link TlsHandler}: BoringSSL would tell neither through tcnative. Which certificate is shown is
 * settled by its own reading of the ClientHello, so a name that the two read differently is refused
 * at the latest there.
 */
public final class ServerNameGuard extends AbstractSniHandler<Boolean> {

  /** BoringSSL takes none that is longer. */
  private static final int LONGEST_CLIENT_HELLO = 16 * 1024;

  /** All of it is kept until it is whole, and a record of one byte takes six. */
  private static final int MOST_BYTES = LONGEST_CLIENT_HELLO + 4 * 1024;

  /** Of the handshake there is one deadline already. */
  private static final int NO_DEADLINE = 0;

  /** As many as BoringSSL passes over. */
  private static final int MOST_WARNINGS = 4;

  /** A record's header, level and description. */
  private static final int WARNING_BYTES = 7;

  private static final int ALERT = 21;
  private static final int WARNING = 1;
  private static final int CLOSE_NOTIFY = 0;

  private static final int DECODE_ERROR = 50;
  private static final int MISSING_EXTENSION = 109;
  private static final int UNRECOGNIZED_NAME = 112;

  private final ServerNames names;
  private final TlsHandler tls;
  private boolean refused;
  private int warnings;

  /**
   * @param tls stands after it, and is to know whom it refuses
   */
  public ServerNameGuard(ServerNames names, TlsHandler tls) {
    super(LONGEST_CLIENT_HELLO, NO_DEADLINE);
    this.names = names;
    this.tls = tls;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    tls.saw((ByteBuf) message);
    super.channelRead(ctx, message);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    if (refused) {
      in.skipBytes(in.readableBytes());
      return;
    }
    // What is in the middle of a ClientHello BoringSSL sees; its refusal is then less to the
    // point.
    while (isWarning(in)) {
      in.skipBytes(WARNING_BYTES);
      if (++warnings > MOST_WARNINGS) {
        in.skipBytes(in.readableBytes());
        refuse(ctx, DECODE_ERROR, new SSLException("too many warnings before a ClientHello"));
        return;
      }
    }
    try {
      super.decode(ctx, in, out);
    } catch (TooLongFrameException e) {
      refused = true;
      throw new SSLException(e.getMessage(), e); // as what it is, the peer's fault
    }
    if (!refused && !ctx.isRemoved() && in.readableBytes() > MOST_BYTES) {
      in.skipBytes(in.readableBytes());
      refuse(ctx, DECODE_ERROR, new SSLException("ClientHello in too many records"));
    }
  }

  /**
   * Whether the first record is an alert that BoringSSL would pass over. Netty would take it for
   * the first message and ask for no name in the ClientHello behind it.
   */
  private static boolean isWarning(ByteBuf in) {
    int at = in.readerIndex();
    return in.readableBytes() >= WARNING_BYTES
        && in.getByte(at) == ALERT
        && in.getByte(at + 1) == 3
        && in.getUnsignedShort(at + 3) == 2
        && in.getByte(at + 5) == WARNING
        && in.getByte(at + 6) != CLOSE_NOTIFY;
  }

  @Override
  protected Future<Boolean> lookup(ChannelHandlerContext ctx, @Nullable ByteBuf clientHello)
      throws Exception {
    // What is no ClientHello at all BoringSSL has the right answer for.
    return clientHello == null
        ? ctx.executor().newSucceededFuture(true)
        : super.lookup(ctx, clientHello);
  }

  @Override
  protected Future<Boolean> lookup(ChannelHandlerContext ctx, @Nullable String serverName) {
    return ctx.executor().newSucceededFuture(names.selected(serverName) != null);
  }

  @Override
  protected void onLookupComplete(
      ChannelHandlerContext ctx, @Nullable String serverName, Future<Boolean> ours) {
    if (ours.getNow()) {
      ctx.pipeline().remove(this);
      return;
    }
    refuse(
        ctx,
        serverName == null ? MISSING_EXTENSION : UNRECOGNIZED_NAME,
        new ServerNameRefused(serverName));
  }

  private void refuse(ChannelHandlerContext ctx, int alert, SSLException cause) {
    refused = true;
    ctx.writeAndFlush(fatal(ctx, alert));
    ctx.fireUserEventTriggered(new SslHandshakeCompletionEvent(cause));
    ctx.fireExceptionCaught(cause);
  }

  /** In plaintext, as every alert before a ServerHello. */
  private static ByteBuf fatal(ChannelHandlerContext ctx, int alert) {
    return ctx.alloc().buffer(7).writeBytes(new byte[] {21, 3, 3, 0, 2, 2, (byte) alert});
  }
}

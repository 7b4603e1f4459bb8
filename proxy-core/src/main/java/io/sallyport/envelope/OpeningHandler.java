package io.sallyport.envelope;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.sallyport.envelope.EnvelopeEvents.Operation;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Opens what is read from a channel, which is one message of the sealed format: {@link ByteBuf}s
 * in, {@link ByteBuf}s out. Passes on no byte that is not verified; that it was all is known when
 * the end of the input is passed on, which after a failure it is not: then an {@link
 * EnvelopeFailed} is caught, and what was passed on must be discarded. Not sharable: one for each
 * channel.
 */
public final class OpeningHandler extends StreamHandler {

  private final KeyRing ring;
  private final byte[] aad;
  private final SealedStartReader reader = new SealedStartReader();
  private @Nullable ChunkOpener opener;

  /** Ends with the input of a channel that has {@code ALLOW_HALF_CLOSURE}, or that closes. */
  public OpeningHandler(KeyRing ring, byte[] aad) {
    this(ring, aad, INPUT_SHUT_DOWN, EnvelopeEvents.NONE);
  }

  /**
   * @param endOfInput knows the user event that is the end of the input
   */
  public OpeningHandler(
      KeyRing ring, byte[] aad, Predicate<Object> endOfInput, EnvelopeEvents events) {
    super(Operation.OPEN, endOfInput, events);
    this.ring = ring;
    this.aad = aad.clone();
  }

  @Override
  void process(ChannelHandlerContext ctx, ByteBuf in) throws EnvelopeFailed {
    if (opener == null) {
      SealedStart start = reader.read(in);
      if (start == null) {
        return;
      }
      await(ctx, Sealed.open(ring, start, aad), found -> opener = found);
    }
    if (opener != null) {
      open(ctx, opener, in);
    }
  }

  private void open(ChannelHandlerContext ctx, ChunkOpener chunks, ByteBuf in)
      throws EnvelopeFailed {
    int most = chunks.mostOpenedBytes(in.readableBytes());
    if (most == 0) {
      chunks.open(in, Unpooled.EMPTY_BUFFER);
      return;
    }
    ByteBuf out = ctx.alloc().buffer(most, most);
    try {
      chunks.open(in, out);
    } catch (EnvelopeFailed | RuntimeException e) {
      out.release(); // the chunks before the one that failed were sound, but nobody needs them now
      throw e;
    }
    pass(ctx, out);
  }

  @Override
  void end(ChannelHandlerContext ctx) throws EnvelopeFailed {
    if (opener == null) {
      throw reader.endedEarly();
    }
    int length = opener.finalBytes();
    ByteBuf out = ctx.alloc().buffer(length, Math.max(1, length));
    try {
      opener.finish(out);
    } catch (EnvelopeFailed | RuntimeException e) {
      out.release();
      throw e;
    }
    done();
    if (out.isReadable()) {
      pass(ctx, out);
    } else {
      out.release();
    }
  }

  @Override
  void closed(ChannelHandlerContext ctx) {
    endByClose(ctx);
  }
}

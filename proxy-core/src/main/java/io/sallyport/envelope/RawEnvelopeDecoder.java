package io.sallyport.envelope;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.sallyport.envelope.EnvelopeEvents.Operation;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Opens what {@link RawEnvelopeEncoder} writes: one {@link ByteBuf} for each message. A length that
 * is out of bounds is refused before anything of the message is taken; after a failure, which is
 * caught as {@link EnvelopeFailed}, nothing more is passed on. Not sharable: one for each channel.
 */
public final class RawEnvelopeDecoder extends StreamHandler {

  private final RawOpener opener;
  private final int mostBytes;
  private @Nullable ByteBuf message;
  private int prefixBytes;
  private int length;

  /**
   * @throws EnvelopeFailed when no raw key of the ring opens
   */
  public RawEnvelopeDecoder(KeyRing ring) throws EnvelopeFailed {
    this(ring, RawSealer.DEFAULT_MOST_BYTES, INPUT_SHUT_DOWN, EnvelopeEvents.NONE);
  }

  /**
   * @param mostBytes of a message, opened
   * @param endOfInput knows the user event that is the end of the input
   * @throws EnvelopeFailed when no raw key of the ring opens
   */
  public RawEnvelopeDecoder(
      KeyRing ring, int mostBytes, Predicate<Object> endOfInput, EnvelopeEvents events)
      throws EnvelopeFailed {
    super(Operation.OPEN, endOfInput, events);
    this.opener = new RawOpener(ring, mostBytes);
    this.mostBytes = mostBytes;
  }

  @Override
  void process(ChannelHandlerContext ctx, ByteBuf in) throws EnvelopeFailed {
    while (in.isReadable()) {
      if (prefixBytes < Integer.BYTES) {
        length = length << Byte.SIZE | in.readUnsignedByte();
        if (++prefixBytes == Integer.BYTES) {
          checkLength();
        }
      } else if (message == null && in.readableBytes() >= length) {
        open(ctx, in.readSlice(length));
      } else {
        collect(ctx, in);
      }
    }
  }

  private void checkLength() throws EnvelopeFailed {
    if (length < RawSealer.OVERHEAD_BYTES) {
      throw new EnvelopeFailed(
          EnvelopeFailure.MALFORMED,
          "a raw message of " + Integer.toUnsignedString(length) + " bytes; it has at least 28");
    }
    RawOpener.checkLength(length - RawSealer.OVERHEAD_BYTES, mostBytes);
  }

  /** Grows with what has come, not with what was announced. */
  private void collect(ChannelHandlerContext ctx, ByteBuf in) throws EnvelopeFailed {
    if (message == null) {
      message = ctx.alloc().buffer(in.readableBytes(), length);
    }
    message.writeBytes(in, Math.min(in.readableBytes(), length - message.readableBytes()));
    if (message.readableBytes() == length) {
      ByteBuf whole = message;
      message = null;
      try {
        open(ctx, whole);
      } finally {
        whole.release();
      }
    }
  }

  private void open(ChannelHandlerContext ctx, ByteBuf whole) throws EnvelopeFailed {
    int opened = length - RawSealer.OVERHEAD_BYTES;
    ByteBuf out = ctx.alloc().buffer(opened, Math.max(1, opened));
    try {
      opener.open(whole, out);
    } catch (EnvelopeFailed | RuntimeException e) {
      out.release();
      throw e;
    }
    prefixBytes = 0;
    length = 0;
    done();
    pass(ctx, out);
  }

  @Override
  void end(ChannelHandlerContext ctx) throws EnvelopeFailed {
    if (prefixBytes > 0) {
      throw new EnvelopeFailed(EnvelopeFailure.TRUNCATED, "it ends within a raw message");
    }
  }

  @Override
  void closed(ChannelHandlerContext ctx) {
    endByClose(ctx);
  }

  @Override
  void removed() {
    if (message != null) {
      message.release();
      message = null;
    }
  }
}

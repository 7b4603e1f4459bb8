package io.sallyport.envelope;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.MessageToByteEncoder;
import io.sallyport.envelope.EnvelopeEvents.Operation;

/**
 * Seals each {@link ByteBuf} that is written as one raw message, with its length in front:
 * length(4, big-endian, of what follows) ‖ nonce ‖ ciphertext ‖ tag. A buffer that holds nothing is
 * no message and is passed on. What cannot be sealed fails its write. Not sharable: one for each
 * channel.
 */
public final class RawEnvelopeEncoder extends MessageToByteEncoder<ByteBuf> {

  private final RawSealer sealer;
  private final EnvelopeEvents events;

  public RawEnvelopeEncoder(EnvelopeKey key) {
    this(key, RawSealer.DEFAULT_MOST_BYTES, EnvelopeEvents.NONE);
  }

  /**
   * @param key for {@link KeyUse#RAW}
   * @param mostBytes of a message
   */
  public RawEnvelopeEncoder(EnvelopeKey key, int mostBytes, EnvelopeEvents events) {
    super(ByteBuf.class);
    this.sealer = new RawSealer(key, mostBytes);
    this.events = events;
  }

  @Override
  public boolean acceptOutboundMessage(Object message) throws Exception {
    return super.acceptOutboundMessage(message) && ((ByteBuf) message).isReadable();
  }

  @Override
  protected ByteBuf allocateBuffer(ChannelHandlerContext ctx, ByteBuf message, boolean direct) {
    int length = Integer.BYTES + RawSealer.OVERHEAD_BYTES + message.readableBytes();
    return direct ? ctx.alloc().ioBuffer(length) : ctx.alloc().heapBuffer(length);
  }

  @Override
  protected void encode(ChannelHandlerContext ctx, ByteBuf message, ByteBuf out)
      throws EnvelopeFailed {
    out.writeInt(message.readableBytes() + RawSealer.OVERHEAD_BYTES);
    try {
      sealer.seal(message, out);
    } catch (EnvelopeFailed e) {
      events.failed(Operation.SEAL, e.failure());
      throw e;
    }
    events.done(Operation.SEAL);
  }
}

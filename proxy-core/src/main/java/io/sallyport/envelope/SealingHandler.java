package io.sallyport.envelope;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.sallyport.envelope.EnvelopeEvents.Operation;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Seals what is read from a channel, up to its end, as one message of the sealed format: {@link
 * ByteBuf}s in, {@link ByteBuf}s out. A chunk is held until it is full or the input ends. A channel
 * that closes without the end leaves the message without one, so that it does not open as a whole.
 * Not sharable: one for each channel.
 */
public final class SealingHandler extends StreamHandler {

  private final EnvelopeKey key;
  private final byte[] aad;
  private @Nullable ChunkSealer sealer;

  /** Ends with the input of a channel that has {@code ALLOW_HALF_CLOSURE}. */
  public SealingHandler(EnvelopeKey key, byte[] aad) {
    this(key, aad, INPUT_SHUT_DOWN, EnvelopeEvents.NONE);
  }

  /**
   * @param key for {@link KeyUse#SEALED} or {@link KeyUse#WRAP}
   * @param endOfInput knows the user event that is the proper end of the input
   */
  public SealingHandler(
      EnvelopeKey key, byte[] aad, Predicate<Object> endOfInput, EnvelopeEvents events) {
    super(Operation.SEAL, endOfInput, events);
    this.key = key;
    this.aad = aad.clone();
  }

  @Override
  void begin(ChannelHandlerContext ctx) throws EnvelopeFailed {
    await(ctx, Sealed.seal(key, aad), begun -> sealer = begun);
  }

  @Override
  void process(ChannelHandlerContext ctx, ByteBuf in) throws EnvelopeFailed {
    int most = sealer().mostSealedBytes(in.readableBytes());
    if (most == 0) {
      sealer().seal(in, Unpooled.EMPTY_BUFFER);
      return;
    }
    ByteBuf out = ctx.alloc().buffer(most, most);
    try {
      sealer().seal(in, out);
    } catch (EnvelopeFailed | RuntimeException e) {
      out.release();
      throw e;
    }
    pass(ctx, out);
  }

  @Override
  void end(ChannelHandlerContext ctx) throws EnvelopeFailed {
    int length = sealer().finalBytes();
    ByteBuf out = ctx.alloc().buffer(length, length);
    try {
      sealer().finish(out);
    } catch (EnvelopeFailed | RuntimeException e) {
      out.release();
      throw e;
    }
    done();
    pass(ctx, out);
  }

  private ChunkSealer sealer() {
    if (sealer == null) {
      throw new IllegalStateException("the channel was never active");
    }
    return sealer;
  }
}

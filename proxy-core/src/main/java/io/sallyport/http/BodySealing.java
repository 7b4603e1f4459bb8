package io.sallyport.http;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import io.sallyport.envelope.ChunkSealer;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.envelope.Sealed;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Seals a body; holds at most a chunk of it. */
final class BodySealing extends BodyTransformation {

  private final BodyEnvelope envelope;
  private final byte[] aad;
  private final long length;
  private @Nullable ChunkSealer sealer;

  /**
   * @param length of the plaintext, as {@link BodyLength} has it
   */
  BodySealing(
      BodyEnvelope envelope,
      byte[] aad,
      long length,
      Executor loop,
      ByteBufAllocator allocator,
      Sink sink) {
    super(loop, allocator, sink);
    this.envelope = envelope;
    this.aad = aad;
    this.length = length;
  }

  /** Asks for the key; what it becomes begins with that. */
  void begin() {
    attempt(() -> await(Sealed.seal(envelope.sealingKey(), aad), this::beginWith));
  }

  private void beginWith(ChunkSealer begun) {
    sealer = begun;
    sink().begin(length < 0 ? BodyLength.CHUNKED : Sealed.length(begun.header(), length));
  }

  @Override
  void process(ByteBuf data, @Nullable HttpHeaders trailers) throws EnvelopeFailed {
    ChunkSealer to = requireNonNull(sealer);
    int most = to.mostSealedBytes(data.readableBytes());
    if (most == 0 && trailers == null) {
      to.seal(data, Unpooled.EMPTY_BUFFER);
      return;
    }
    ByteBuf made =
        make(
            most,
            into -> {
              to.seal(data, into);
              if (trailers != null) {
                to.finish(into);
              }
            });
    pass(made, trailers);
  }

  @Override
  void released() {
    sealer = null;
  }
}

package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import io.sallyport.envelope.ChunkOpener;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.envelope.Sealed;
import io.sallyport.envelope.SealedHeader;
import io.sallyport.envelope.SealedStart;
import io.sallyport.envelope.SealedStartReader;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Opens a body. Passes on nothing that is not verified, and the last of it only once its end is:
 * where a length was told whoever reads takes the last byte for the end, and the chunk that says
 * that it is the last one may be empty. A short body therefore begins only when all of it is good.
 */
final class BodyOpening extends BodyTransformation {

  private final BodyEnvelope envelope;
  private final byte[] aad;
  private final long length;
  private final SealedStartReader reader = new SealedStartReader();
  private @Nullable SealedHeader header;
  private @Nullable ChunkOpener opener;
  private boolean begun;

  /** Verified, and the latest. */
  private @Nullable ByteBuf withheld;

  /**
   * @param length of what is sealed, as {@link BodyLength} has it
   */
  BodyOpening(
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

  @Override
  void process(ByteBuf data, @Nullable HttpHeaders trailers) throws EnvelopeFailed {
    if (opener == null) {
      SealedStart start = reader.read(data);
      if (start == null) {
        if (trailers != null) {
          throw reader.endedEarly();
        }
        return;
      }
      header = start.header();
      await(Sealed.open(envelope.keys(), start, aad), found -> opener = found);
    }
    ChunkOpener chunks = opener;
    if (chunks != null) {
      open(chunks, data, trailers);
    }
  }

  private void open(ChunkOpener chunks, ByteBuf data, @Nullable HttpHeaders trailers)
      throws EnvelopeFailed {
    int most = chunks.mostOpenedBytes(data.readableBytes());
    if (most == 0 && trailers == null) {
      chunks.open(data, Unpooled.EMPTY_BUFFER);
      return;
    }
    ByteBuf made =
        make(
            most,
            into -> {
              chunks.open(data, into);
              if (trailers != null) {
                chunks.finish(into);
              }
            });
    passBehind(made, trailers);
  }

  private void passBehind(ByteBuf made, @Nullable HttpHeaders trailers) {
    ByteBuf before = withheld;
    withheld = null;
    if (before != null) {
      begin();
      pass(before, null);
    }
    if (isOver()) {
      made.release();
    } else if (trailers == null) {
      withheld = made;
    } else {
      begin();
      pass(made, trailers);
    }
  }

  private void begin() {
    SealedHeader of = header;
    if (!begun && of != null) {
      begun = true;
      sink()
          .begin(
              length < 0
                  ? BodyLength.CHUNKED
                  : Sealed.plaintextLength(of, length).orElse(BodyLength.CHUNKED));
    }
  }

  @Override
  void released() {
    opener = null;
    if (withheld != null) {
      withheld.release();
      withheld = null;
    }
  }
}

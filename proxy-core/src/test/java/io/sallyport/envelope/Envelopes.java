package io.sallyport.envelope;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;

/** Keys and messages for tests, sealed and opened in one go. */
final class Envelopes {

  static final byte[] NO_AAD = {};

  private Envelopes() {}

  static EnvelopeKey key(String id, KeyUse use, KeyState state, int seed) {
    byte[] secret = new byte[EnvelopeKey.SECRET_BYTES];
    new Random(seed).nextBytes(secret);
    return EnvelopeKey.of(id, use, state, secret);
  }

  static KeyRing ring(EnvelopeKey... keys) {
    try {
      return KeyRing.of(List.of(keys));
    } catch (InvalidKeyRing e) {
      throw new AssertionError(e);
    }
  }

  static KeyRing primary(KeyUse use) {
    return ring(key("k", use, KeyState.PRIMARY, use.hashCode()));
  }

  static byte[] sealed(KeyRing ring, byte[] plaintext, byte[] aad) throws EnvelopeFailed {
    ChunkSealer sealer = done(Sealed.seal(ring.primary(KeyUse.SEALED), aad));
    ByteBuf out = Unpooled.buffer();
    sealer.seal(Unpooled.wrappedBuffer(plaintext), out);
    sealer.finish(out);
    return ByteBufUtil.getBytes(out);
  }

  static byte[] opened(KeyRing ring, byte[] sealed, byte[] aad) throws EnvelopeFailed {
    ByteBuf in = Unpooled.wrappedBuffer(sealed);
    ByteBuf out = Unpooled.buffer();
    SealedStartReader reader = new SealedStartReader();
    SealedStart start = reader.read(in);
    if (start == null) {
      throw reader.endedEarly();
    }
    ChunkOpener opener = done(Sealed.open(ring, start, aad));
    opener.open(in, out);
    opener.finish(out);
    return ByteBufUtil.getBytes(out);
  }

  static SealedStart start(byte[] sealed) throws EnvelopeFailed {
    return requireNonNull(new SealedStartReader().read(Unpooled.wrappedBuffer(sealed)));
  }

  /** What a stage that is done at once has come to. */
  static <T> T done(java.util.concurrent.CompletionStage<T> stage) throws EnvelopeFailed {
    try {
      return stage.toCompletableFuture().getNow(null);
    } catch (CompletionException e) {
      if (e.getCause() instanceof EnvelopeFailed failed) {
        throw failed;
      }
      throw e;
    }
  }
}

package io.sallyport.rig;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.sallyport.envelope.ChunkOpener;
import io.sallyport.envelope.ChunkSealer;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.envelope.EnvelopeKey;
import io.sallyport.envelope.KeyFile;
import io.sallyport.envelope.KeyRing;
import io.sallyport.envelope.KeyState;
import io.sallyport.envelope.KeyUse;
import io.sallyport.envelope.Sealed;
import io.sallyport.envelope.SealedStartReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;

/** Messages of the sealed format as `sallyport seal` and `sallyport open` have them. */
public final class SealedMessages {

  private final EnvelopeKey key;

  private SealedMessages(EnvelopeKey key) {
    this.key = key;
  }

  /** By a new key, which is written to a file in base64. */
  public static SealedMessages by(String id, Path file) throws IOException {
    byte[] secret = new byte[32];
    new SecureRandom().nextBytes(secret);
    Files.write(file, KeyFile.encoded(secret));
    return new SealedMessages(EnvelopeKey.of(id, KeyUse.SEALED, KeyState.PRIMARY, secret));
  }

  public byte[] seal(byte[] plaintext, String aad) throws EnvelopeFailed {
    ChunkSealer sealer = Sealed.seal(key, aad.getBytes(UTF_8)).toCompletableFuture().join();
    ByteBuf out = Unpooled.buffer();
    sealer.seal(Unpooled.wrappedBuffer(plaintext), out);
    sealer.finish(out);
    return ByteBufUtil.getBytes(out);
  }

  public byte[] open(byte[] message, String aad) throws Exception {
    ByteBuf in = Unpooled.wrappedBuffer(message);
    ChunkOpener opener =
        Sealed.open(
                KeyRing.of(List.of(key)),
                Objects.requireNonNull(new SealedStartReader().read(in)),
                aad.getBytes(UTF_8))
            .toCompletableFuture()
            .join();
    ByteBuf out = Unpooled.buffer();
    opener.open(in, out);
    opener.finish(out);
    return ByteBufUtil.getBytes(out);
  }
}

package io.sallyport.cli.seal;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sallyport.cli.CommandFailed;
import io.sallyport.envelope.ChunkOpener;
import io.sallyport.envelope.ChunkSealer;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.envelope.EnvelopeKey;
import io.sallyport.envelope.KeyRing;
import io.sallyport.envelope.Sealed;
import io.sallyport.envelope.SealedStart;
import io.sallyport.envelope.SealedStartReader;
import java.util.Arrays;

/** Seals and opens in the sealed format, from an input to an output, in buffers made once. */
public final class SealedCopy {

  private static final int CHUNKS = 8;
  private static final int PLAIN_BYTES = CHUNKS * Sealed.CHUNK_BYTES;
  private static final int SEALED_BYTES = CHUNKS * Sealed.SEALED_CHUNK_BYTES;

  /** Takes what has been verified, and may not keep it. */
  private interface Plaintext {
    void take(ByteBuf plain) throws CommandFailed, EnvelopeFailed;
  }

  private SealedCopy() {}

  public static void seal(EnvelopeKey key, byte[] aad, Input in, Output out) throws CommandFailed {
    ByteBuf plain = array(PLAIN_BYTES);
    try {
      ChunkSealer sealer = EnvelopeFaults.done(Sealed.seal(key, aad));
      ByteBuf sealed = array(sealer.mostSealedBytes(PLAIN_BYTES));
      while (in.fill(plain)) {
        seal(sealer, plain, sealed, out);
      }
      finish(sealer, sealed, out);
    } catch (EnvelopeFailed e) {
      throw EnvelopeFaults.of(in.name(), e);
    } finally {
      wipe(plain);
    }
  }

  public static void open(KeyRing ring, byte[] aad, Input in, Output out) throws CommandFailed {
    try {
      open(ring, aad, in, out::write);
    } catch (EnvelopeFailed e) {
      throw EnvelopeFaults.of(in.name(), e, out);
    }
  }

  /** Opens, and seals again; no plaintext is written anywhere. */
  static void reseal(KeyRing from, EnvelopeKey to, byte[] aad, Input in, Output out)
      throws CommandFailed {
    try {
      ChunkSealer sealer = EnvelopeFaults.done(Sealed.seal(to, aad));
      ByteBuf sealed = array(sealer.mostSealedBytes(PLAIN_BYTES));
      open(from, aad, in, plain -> seal(sealer, plain, sealed, out));
      finish(sealer, sealed, out);
    } catch (EnvelopeFailed e) {
      throw EnvelopeFaults.of(in.name(), e);
    }
  }

  private static void seal(ChunkSealer sealer, ByteBuf plain, ByteBuf sealed, Output out)
      throws EnvelopeFailed, CommandFailed {
    sealed.clear();
    sealer.seal(plain, sealed);
    out.write(sealed);
  }

  private static void finish(ChunkSealer sealer, ByteBuf sealed, Output out)
      throws EnvelopeFailed, CommandFailed {
    sealed.clear();
    sealer.finish(sealed);
    out.write(sealed);
  }

  private static void open(KeyRing ring, byte[] aad, Input in, Plaintext sink)
      throws EnvelopeFailed, CommandFailed {
    ByteBuf sealed = array(SEALED_BYTES);
    ByteBuf plain = array(PLAIN_BYTES);
    try {
      ChunkOpener opener = EnvelopeFaults.done(Sealed.open(ring, start(in, sealed), aad));
      do {
        plain.clear();
        opener.open(sealed, plain);
        sink.take(plain);
      } while (in.fill(sealed));
      plain.clear();
      opener.finish(plain);
      sink.take(plain);
    } finally {
      wipe(plain);
    }
  }

  /** What follows the start is then in the buffer. */
  static SealedStart start(Input in, ByteBuf buffer) throws EnvelopeFailed, CommandFailed {
    SealedStartReader reader = new SealedStartReader();
    while (in.fill(buffer)) {
      SealedStart start = reader.read(buffer);
      if (start != null) {
        return start;
      }
    }
    throw reader.endedEarly();
  }

  private static ByteBuf array(int bytes) {
    return Unpooled.wrappedBuffer(new byte[bytes]).clear();
  }

  private static void wipe(ByteBuf plain) {
    Arrays.fill(plain.array(), (byte) 0);
  }
}

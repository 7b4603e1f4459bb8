package io.sallyport.envelope;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A message of the sealed format, whole, from one direct buffer to another. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SealedBenchmark {

  /** The length of the message. */
  @Param({"1024", "65536", "1048576"})
  public int bytes;

  private final KeyRing ring = Envelopes.primary(KeyUse.SEALED);
  private ByteBuf plaintext;
  private ByteBuf sealed;
  private ByteBuf out;
  private byte[] message;

  @Setup
  public void fill() throws EnvelopeFailed {
    message = Envelopes.sealed(ring, new byte[bytes], Envelopes.NO_AAD);
    plaintext = PooledByteBufAllocator.DEFAULT.directBuffer(bytes).writeZero(bytes);
    sealed = PooledByteBufAllocator.DEFAULT.directBuffer(message.length).writeBytes(message);
    out = PooledByteBufAllocator.DEFAULT.directBuffer(message.length);
  }

  @TearDown
  public void release() {
    plaintext.release();
    sealed.release();
    out.release();
  }

  @Benchmark
  public ByteBuf seal() throws EnvelopeFailed {
    ChunkSealer sealer = Envelopes.done(Sealed.seal(ring.primary(KeyUse.SEALED), Envelopes.NO_AAD));
    sealer.seal(plaintext.readerIndex(0), out.clear());
    sealer.finish(out);
    return out;
  }

  @Benchmark
  public ByteBuf open() throws EnvelopeFailed {
    SealedStart start = Envelopes.start(message);
    ChunkOpener opener = Envelopes.done(Sealed.open(ring, start, Envelopes.NO_AAD));
    opener.open(sealed.readerIndex(start.length()), out.clear());
    opener.finish(out);
    return out;
  }
}

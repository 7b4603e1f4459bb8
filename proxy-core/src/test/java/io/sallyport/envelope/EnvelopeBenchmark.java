package io.sallyport.envelope;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Seals and opens 1 GiB, buffer to buffer, and tells how fast beside {@code openssl speed} on the
 * same core. Not a test: run its main with the test class path, under {@code taskset -c 0}.
 */
final class EnvelopeBenchmark {

  private static final long TOTAL_BYTES = 1L << 30;
  private static final int PIECE_BYTES = 256 * 1024;
  private static final int ROUNDS = 4;

  private EnvelopeBenchmark() {}

  public static void main(String[] args) throws Exception {
    double openssl = openssl();
    System.out.printf(
        Locale.ROOT, "Java %s; openssl %.0f MB/s%n", Runtime.version(), openssl / 1e6);
    for (boolean direct : new boolean[] {true, false}) {
      for (int round = 0; round < ROUNDS; round++) {
        double seal = sealed(direct);
        double open = opened(direct);
        System.out.printf(
            Locale.ROOT,
            "%-6s round %d  seal %5.0f MB/s (%.2f)  open %5.0f MB/s (%.2f)%n",
            direct ? "direct" : "heap",
            round,
            seal / 1e6,
            seal / openssl,
            open / 1e6,
            open / openssl);
      }
    }
    raw();
  }

  /** Bytes a second, of blocks of 16 KiB. */
  private static double openssl() throws IOException {
    Process speed =
        new ProcessBuilder(
                "openssl",
                "speed",
                "-mr",
                "-evp",
                "aes-256-gcm",
                "-bytes",
                "16384",
                "-seconds",
                "3")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String out = new String(speed.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    return out.lines()
        .filter(line -> line.startsWith("+F"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(':') + 1)))
        .findFirst()
        .orElseThrow();
  }

  private static double sealed(boolean direct) throws EnvelopeFailed {
    KeyRing ring = Envelopes.primary(KeyUse.SEALED);
    ChunkSealer sealer = Envelopes.done(Sealed.seal(ring.primary(KeyUse.SEALED), Envelopes.NO_AAD));
    ByteBuf in = buffer(direct).writeZero(PIECE_BYTES);
    ByteBuf out = buffer(direct);
    long begun = System.nanoTime();
    for (long done = 0; done < TOTAL_BYTES; done += PIECE_BYTES) {
      sealer.seal(in.readerIndex(0), out.clear());
    }
    sealer.finish(out.clear());
    double rate = rate(begun);
    in.release();
    out.release();
    return rate;
  }

  /** The same 256 KiB again and again would not verify, so each message has those alone. */
  private static double opened(boolean direct) throws EnvelopeFailed {
    KeyRing ring = Envelopes.primary(KeyUse.SEALED);
    byte[] message = Envelopes.sealed(ring, new byte[8 << 20], Envelopes.NO_AAD);
    ByteBuf in = buffer(direct).writeBytes(message);
    ByteBuf out = buffer(direct);
    long begun = System.nanoTime();
    for (long done = 0; done < TOTAL_BYTES; done += 8 << 20) {
      in.readerIndex(0);
      ChunkOpener opener =
          Envelopes.done(Sealed.open(ring, Envelopes.start(message), Envelopes.NO_AAD));
      in.skipBytes(Envelopes.start(message).length());
      while (in.isReadable()) {
        opener.open(in.readSlice(Math.min(in.readableBytes(), PIECE_BYTES)), out.clear());
      }
      opener.finish(out.clear());
    }
    double rate = rate(begun);
    in.release();
    out.release();
    return rate;
  }

  private static void raw() throws EnvelopeFailed {
    KeyRing ring = Envelopes.primary(KeyUse.RAW);
    for (int size : new int[] {1024, 64 * 1024, 1 << 20, 16 << 20}) {
      RawSealer sealer = new RawSealer(ring.primary(KeyUse.RAW), RawSealer.DEFAULT_MOST_BYTES);
      RawOpener opener = new RawOpener(ring, RawSealer.DEFAULT_MOST_BYTES);
      ByteBuf in = buffer(true).writeZero(size);
      ByteBuf sealed = buffer(true);
      ByteBuf out = buffer(true);
      long total = Math.max(1, Math.min(TOTAL_BYTES / 4, 200_000L * size) / size);
      long sealing = 0;
      long opening = 0;
      for (long n = 0; n < total; n++) {
        long begun = System.nanoTime();
        sealer.seal(in.readerIndex(0), sealed.clear());
        long between = System.nanoTime();
        opener.open(sealed, out.clear());
        sealing += between - begun;
        opening += System.nanoTime() - between;
      }
      System.out.printf(
          Locale.ROOT,
          "raw %8d bytes  seal %5.0f MB/s  open %5.0f MB/s%n",
          size,
          total * size * 1e3 / sealing,
          total * size * 1e3 / opening);
      in.release();
      sealed.release();
      out.release();
    }
  }

  private static ByteBuf buffer(boolean direct) {
    ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
    return direct ? allocator.directBuffer(2 * PIECE_BYTES) : allocator.heapBuffer(2 * PIECE_BYTES);
  }

  private static double rate(long begun) {
    return TOTAL_BYTES * 1e9 / (System.nanoTime() - begun);
  }
}

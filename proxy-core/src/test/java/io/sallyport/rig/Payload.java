package io.sallyport.rig;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** Bytes that no two payloads share, known by their hash; each way runs on a thread of its own. */
public final class Payload {

  public static final int MIB = 1 << 20;

  private static final int BLOCK = 64 * 1024;

  private final byte[] block = new byte[BLOCK];
  private final long bytes;
  private final AtomicLong sent = new AtomicLong();

  public Payload(long seed, long bytes) {
    this.bytes = bytes;
    SplittableRandom random = new SplittableRandom(seed);
    random.nextBytes(block);
  }

  /** How many bytes the socket has taken so far. */
  public long sent() {
    return sent.get();
  }

  /** Returns when the sender has been stuck for as long as a stream in motion never is. */
  public void awaitStandstill() {
    long before = -1;
    long since = System.nanoTime();
    while (System.nanoTime() - since < TimeUnit.MILLISECONDS.toNanos(500)) {
      long now = sent();
      if (now != before) {
        before = now;
        since = System.nanoTime();
      }
      Thread.onSpinWait();
    }
  }

  /** Others may count with it what they send themselves. */
  public void count(int more) {
    sent.addAndGet(more);
  }

  /** Every block differs from the one before in its first bytes. */
  private byte[] block(long number) {
    byte[] next = block.clone();
    for (int i = 0; i < Long.BYTES; i++) {
      next[i] = (byte) (number >>> (8 * i));
    }
    return next;
  }

  public String hash() {
    MessageDigest digest = sha256();
    for (long at = 0; at < bytes; at += BLOCK) {
      digest.update(block(at / BLOCK), 0, (int) Math.min(BLOCK, bytes - at));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  public void write(OutputStream out) throws IOException {
    for (long at = 0; at < bytes; at += BLOCK) {
      int length = (int) Math.min(BLOCK, bytes - at);
      out.write(block(at / BLOCK), 0, length);
      sent.addAndGet(length);
    }
    out.flush();
  }

  /** Writes it all. */
  public CompletableFuture<Void> sending(OutputStream out) {
    return running(
        () -> {
          try {
            write(out);
            return null;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** The hash of the next so many bytes. */
  public static String hashOf(InputStream in, long count) throws IOException {
    MessageDigest digest = sha256();
    byte[] buffer = new byte[BLOCK];
    for (long left = count; left > 0; ) {
      int read = in.read(buffer, 0, (int) Math.min(BLOCK, left));
      if (read < 0) {
        throw new IOException(left + " bytes are missing");
      }
      digest.update(buffer, 0, read);
      left -= read;
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static <T> CompletableFuture<T> running(Supplier<T> task) {
    return CompletableFuture.supplyAsync(
        task,
        run -> {
          Thread thread = new Thread(run, "payload");
          thread.setDaemon(true);
          thread.start();
        });
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}

package io.sallyport.envelope;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the data keys that a service has unwrapped, the last so many and for so long: a key
 * that was taken from us at the service opens no longer than that. Who asks for one that is being
 * asked for waits for the same answer; a failure is not remembered. Thread-safe.
 */
public final class CachedKeyWrapping implements KeyWrapping {

  private final KeyWrapping service;
  private final int mostKeys;
  private final long ageNanos;
  private final LongSupplier nanoTime;

  /** Guarded by itself; the eldest first. */
  private final Map<ByteBuffer, Entry> entries = new LinkedHashMap<>();

  /** One key; its fields are guarded by the map that it is in. */
  private static final class Entry {
    final CompletableFuture<byte[]> answer = new CompletableFuture<>();
    final long askedAt;

    /** Once it is there; nobody else has this array. */
    byte @Nullable [] dataKey;

    Entry(long askedAt) {
      this.askedAt = askedAt;
    }

    /** A copy for whoever asks, now or later. */
    CompletionStage<byte[]> copy() {
      return dataKey == null
          ? answer.thenApply(byte[]::clone)
          : CompletableFuture.completedFuture(dataKey.clone());
    }

    void forget() {
      if (dataKey != null) {
        Arrays.fill(dataKey, (byte) 0);
      }
    }
  }

  /**
   * @param mostKeys at least one
   * @param age counted from when it was asked for
   */
  public CachedKeyWrapping(KeyWrapping service, int mostKeys, Duration age) {
    this(service, mostKeys, age, System::nanoTime);
  }

  CachedKeyWrapping(KeyWrapping service, int mostKeys, Duration age, LongSupplier nanoTime) {
    if (mostKeys < 1) {
      throw new IllegalArgumentException("a cache of " + mostKeys + " keys");
    }
    this.service = service;
    this.mostKeys = mostKeys;
    this.ageNanos = age.toNanos();
    this.nanoTime = nanoTime;
  }

  @Override
  public CompletionStage<byte[]> wrap(byte[] dataKey) {
    return service.wrap(dataKey);
  }

  @Override
  public CompletionStage<byte[]> unwrap(byte[] wrapped) {
    ByteBuffer name = ByteBuffer.wrap(wrapped.clone());
    Entry entry;
    CompletionStage<byte[]> copy;
    synchronized (entries) {
      dropOld();
      Entry known = entries.get(name);
      if (known != null) {
        return known.copy();
      }
      entry = new Entry(nanoTime.getAsLong());
      copy = entry.copy();
      entries.put(name, entry);
      if (entries.size() > mostKeys) {
        drop(entries.keySet().iterator().next());
      }
    }
    try {
      service
          .unwrap(wrapped.clone())
          .whenComplete((dataKey, failed) -> answered(name, entry, dataKey, failed));
    } catch (RuntimeException e) {
      answered(name, entry, null, e); // else others would wait for an answer that never comes
    }
    return copy;
  }

  private void answered(
      ByteBuffer name, Entry entry, byte @Nullable [] dataKey, @Nullable Throwable failed) {
    // Before anyone can push it out and wipe it.
    byte[] copy = dataKey == null ? null : dataKey.clone();
    synchronized (entries) {
      if (entries.get(name) == entry) {
        if (dataKey == null) {
          entries.remove(name);
        } else {
          entry.dataKey = dataKey;
        }
      }
    }
    if (dataKey != null) {
      entry.answer.complete(copy);
    } else {
      entry.answer.completeExceptionally(
          failed == null ? new NullPointerException("no data key") : failed);
    }
  }

  private void dropOld() {
    long now = nanoTime.getAsLong();
    while (!entries.isEmpty()) {
      Map.Entry<ByteBuffer, Entry> eldest = entries.entrySet().iterator().next();
      if (now - eldest.getValue().askedAt < ageNanos) {
        return;
      }
      drop(eldest.getKey());
    }
  }

  private void drop(ByteBuffer name) {
    Entry entry = entries.remove(name);
    if (entry != null) {
      entry.forget();
    }
  }
}

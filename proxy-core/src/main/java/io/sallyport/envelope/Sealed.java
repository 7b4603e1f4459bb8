package io.sallyport.envelope;

import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Sealed messages, version 1: a {@link SealedHeader}, and behind it C2SP chunked encryption
 * (c2sp.org/chunked-encryption) with AES-256-GCM and HKDF-Expand-SHA-512. For any length in bounded
 * memory; the end is authentic. A key seals any number of messages.
 */
public final class Sealed {

  /** Of plaintext, in every chunk but the last, which is shorter. */
  public static final int CHUNK_BYTES = 16384;

  /** The same, sealed. */
  public static final int SEALED_CHUNK_BYTES = CHUNK_BYTES + Aes256Gcm.TAG_BYTES;

  private Sealed() {}

  /** How long a message becomes, so that a Content-Length can be told before. */
  public static long length(SealedHeader header, long plaintextBytes) {
    return length(header.length(), plaintextBytes);
  }

  private static long length(int headerBytes, long plaintextBytes) {
    return headerBytes
        + SealedStart.BYTES_AFTER_HEADER
        + plaintextBytes
        + Aes256Gcm.TAG_BYTES * (plaintextBytes / CHUNK_BYTES + 1);
  }

  /**
   * How long the message is that became so long, so that it can be told from the file's length.
   *
   * @return empty when no whole message has that length; one that was cut, or to which something
   *     was added, can have it all the same
   */
  public static OptionalLong plaintextLength(SealedHeader header, long sealedBytes) {
    return plaintextLength(header.length(), sealedBytes);
  }

  private static OptionalLong plaintextLength(int headerBytes, long sealedBytes) {
    long chunkBytes = sealedBytes - headerBytes - SealedStart.BYTES_AFTER_HEADER;
    long finalBytes = chunkBytes % SEALED_CHUNK_BYTES;
    return chunkBytes < 0 || finalBytes < Aes256Gcm.TAG_BYTES
        ? OptionalLong.empty()
        : OptionalLong.of(chunkBytes - Aes256Gcm.TAG_BYTES * (chunkBytes / SEALED_CHUNK_BYTES + 1));
  }

  /**
   * How long a message becomes that this key seals.
   *
   * @return empty where its header is only known once it is there: a service has wrapped its key
   */
  public static OptionalLong length(EnvelopeKey key, long plaintextBytes) {
    int header = SealedHeader.length(key);
    return header < 0 ? OptionalLong.empty() : OptionalLong.of(length(header, plaintextBytes));
  }

  /**
   * How long the message is that became so long, whichever key of the ring has sealed it.
   *
   * @return empty when no whole message has that length, or when the answer depends on the key, as
   *     it does where ids differ in length
   */
  public static OptionalLong plaintextLength(KeyRing ring, long sealedBytes) {
    int header = 0;
    for (EnvelopeKey key : ring.keys()) {
      if (key.state().opens() && (key.use() == KeyUse.SEALED || key.use() == KeyUse.WRAP)) {
        int its = SealedHeader.length(key);
        if (its < 0 || (header > 0 && its != header)) {
          return OptionalLong.empty();
        }
        header = its;
      }
    }
    return header == 0 ? OptionalLong.empty() : plaintextLength(header, sealedBytes);
  }

  /**
   * Begins a message.
   *
   * @param key for {@link KeyUse#SEALED}, or for {@link KeyUse#WRAP}: then of a fresh data key that
   *     it wraps
   * @param aad has to be known to whoever opens it, and is not part of the message
   * @return done at once unless the key is elsewhere; fails with {@link EnvelopeFailed}
   */
  public static CompletionStage<ChunkSealer> seal(EnvelopeKey key, byte[] aad) {
    if (key.use() == KeyUse.SEALED) {
      return CompletableFuture.completedFuture(
          sealer(SealedHeader.direct(key.id()), key.secret(), aad));
    }
    byte[] dataKey = Bytes.random(Aes256Gcm.KEY_BYTES);
    byte[] ownAad = aad.clone();
    return wrap(key, dataKey)
        .thenApply(header -> sealer(header, dataKey, ownAad))
        .whenComplete((sealer, failed) -> Arrays.fill(dataKey, (byte) 0));
  }

  private static ChunkSealer sealer(SealedHeader header, byte[] inputKey, byte[] aad) {
    byte[] salt = Bytes.random(ChunkKeys.SALT_BYTES);
    ChunkKeys keys = ChunkKeys.derive(inputKey, salt, header.context(aad));
    return new ChunkSealer(new SealedStart(header, salt, keys.commitment()), keys);
  }

  /**
   * Begins to open a message: finds the key, unwraps, derives, and checks the commitment.
   *
   * @param aad as it was when the message was sealed
   * @return done at once unless the key is elsewhere; fails with {@link EnvelopeFailed}
   */
  public static CompletionStage<ChunkOpener> open(KeyRing ring, SealedStart start, byte[] aad) {
    byte[] ownAad = aad.clone();
    if (start.header().isWrapped()) {
      return unwrap(ring, start.header())
          .thenCompose(dataKey -> openAndWipe(start, dataKey, ownAad));
    }
    try {
      return opener(start, ring.toOpen(start.header().keyId(), KeyUse.SEALED).secret(), ownAad);
    } catch (EnvelopeFailed e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static CompletionStage<ChunkOpener> openAndWipe(
      SealedStart start, byte[] dataKey, byte[] aad) {
    try {
      return opener(start, dataKey, aad);
    } finally {
      Arrays.fill(dataKey, (byte) 0);
    }
  }

  private static CompletionStage<ChunkOpener> opener(
      SealedStart start, byte[] inputKey, byte[] aad) {
    ChunkKeys keys = ChunkKeys.derive(inputKey, start.salt(), start.header().context(aad));
    return keys.commits(start.commitment())
        ? CompletableFuture.completedFuture(new ChunkOpener(keys))
        : CompletableFuture.failedFuture(
            new EnvelopeFailed(
                EnvelopeFailure.WRONG_KEY_OR_AAD,
                "it was sealed with another key of the name "
                    + start.header().keyId()
                    + ", with other additional data (AAD), or its header was changed"));
  }

  /**
   * Has the data key of a message wrapped by another key; the chunks stay as they are. That the old
   * key was the right one is proven by unwrapping; AAD is not needed.
   *
   * @param to for {@link KeyUse#WRAP}
   * @return what to put in place of the old start; fails with {@link EnvelopeFailed}, as with
   *     {@link EnvelopeFailure#MALFORMED} where there is no wrapped data key
   */
  public static CompletionStage<SealedStart> rewrap(
      KeyRing ring, SealedStart start, EnvelopeKey to) {
    if (!start.header().isWrapped()) {
      return CompletableFuture.failedFuture(
          new EnvelopeFailed(
              EnvelopeFailure.MALFORMED,
              "it has no wrapped data key; seal it again to change its key"));
    }
    return unwrap(ring, start.header())
        .thenCompose(
            dataKey ->
                wrap(to, dataKey).whenComplete((header, failed) -> Arrays.fill(dataKey, (byte) 0)))
        .thenApply(start::with);
  }

  private static CompletionStage<SealedHeader> wrap(EnvelopeKey key, byte[] dataKey) {
    return kms(() -> key.wrapping().wrap(dataKey), key.id(), "wrap")
        .thenApply(
            wrapped -> {
              if (wrapped.length == 0 || wrapped.length > SealedHeader.MOST_WRAPPED_BYTES) {
                throw new CompletionException(
                    new EnvelopeFailed(
                        EnvelopeFailure.KMS_FAILED,
                        "the wrapped key has " + wrapped.length + " bytes; a header takes 4096"));
              }
              return SealedHeader.wrapped(key.id(), wrapped);
            });
  }

  private static CompletionStage<byte[]> unwrap(KeyRing ring, SealedHeader header) {
    try {
      EnvelopeKey key = ring.toOpen(header.keyId(), KeyUse.WRAP);
      return kms(() -> key.wrapping().unwrap(header.wrappedKey()), key.id(), "unwrap")
          .thenApply(Sealed::checkDataKey);
    } catch (EnvelopeFailed e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static byte[] checkDataKey(byte[] dataKey) {
    if (dataKey.length != Aes256Gcm.KEY_BYTES) {
      Arrays.fill(dataKey, (byte) 0);
      throw new CompletionException(
          new EnvelopeFailed(EnvelopeFailure.UNWRAP_FAILED, "the data key does not have 32 bytes"));
    }
    return dataKey;
  }

  /** What a service fails with becomes an {@link EnvelopeFailed}, whatever it was. */
  private static CompletionStage<byte[]> kms(
      Supplier<CompletionStage<byte[]>> ask, String keyId, String what) {
    return CompletableFuture.completedFuture(ask)
        .thenCompose(Supplier::get)
        .thenApply(Objects::requireNonNull)
        .exceptionallyCompose(
            thrown -> CompletableFuture.failedFuture(failed(thrown, keyId, what)));
  }

  private static EnvelopeFailed failed(Throwable thrown, String keyId, String what) {
    Throwable cause =
        thrown instanceof CompletionException && thrown.getCause() != null
            ? thrown.getCause()
            : thrown;
    return cause instanceof EnvelopeFailed failed
        ? failed
        : new EnvelopeFailed(
            EnvelopeFailure.KMS_FAILED, "key " + keyId + " could not be had to " + what, cause);
  }
}

package io.sallyport.envelope;

import java.util.concurrent.CompletionStage;

/**
 * One key-encryption key, here or in a key management service. Implementations are thread-safe and
 * return at once: they are called on event loops, and a service is waited for elsewhere. For one
 * that is asked over the network see {@link OffLoopKeyWrapping} and {@link CachedKeyWrapping}.
 */
public interface KeyWrapping {

  /**
   * @param dataKey 32 bytes; wiped by the caller once the stage is done
   * @return 1 to 4096 bytes; fails with whatever kept it from that
   */
  CompletionStage<byte[]> wrap(byte[] dataKey);

  /**
   * @param wrapped as {@link #wrap} gave it, or what an attacker made of that
   * @return the data key, for the caller to wipe; fails with {@link EnvelopeFailed} of {@link
   *     EnvelopeFailure#UNWRAP_FAILED} where the wrapped key is not one of this key, and with
   *     anything else where that could not be found out
   */
  CompletionStage<byte[]> unwrap(byte[] wrapped);
}

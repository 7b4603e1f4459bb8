package io.sallyport.envelope;

import org.jspecify.annotations.Nullable;

/**
 * A key management service as most client libraries have it: calls that wait for the answer. To be
 * used as {@link OffLoopKeyWrapping}, which calls it where waiting is no harm. Thread-safe.
 */
public interface KeyService {

  /**
   * @param dataKey 32 bytes, not to be kept
   * @return 1 to 4096 bytes
   * @throws Exception when it could not be had
   */
  byte[] wrap(byte[] dataKey) throws Exception;

  /**
   * @param wrapped as {@link #wrap} gave it, or what an attacker made of that
   * @return the data key, for the caller to wipe; null where the wrapped key is not one of this
   *     service's
   * @throws Exception when that could not be found out
   */
  byte @Nullable [] unwrap(byte[] wrapped) throws Exception;
}

package io.sallyport.envelope;

import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the random nonces that one key has taken: with more than 2^32 of them, that two are the
 * same is no longer unlikely enough (NIST SP 800-38D §8.3), and two are enough to break AES-GCM.
 * The count spans neither restarts nor replicas. Thread-safe.
 */
public final class NonceBudget {

  /** Below 2^32 by what other holders of the key may have taken. */
  public static final long MOST = 4_000_000_000L;

  /** From here on the log says that a new primary key is due. */
  public static final long WARNING = 3_000_000_000L;

  private static final Logger log = LoggerFactory.getLogger(NonceBudget.class);

  private final String keyId;
  private final AtomicLong used;

  NonceBudget(String keyId) {
    this(keyId, 0);
  }

  NonceBudget(String keyId, long used) {
    this.keyId = keyId;
    this.used = new AtomicLong(used);
  }

  public long used() {
    return used.get();
  }

  /** For one message. */
  void take() throws EnvelopeFailed {
    long before = used.getAndUpdate(now -> Math.min(now + 1, MOST));
    if (before >= MOST) {
      throw new EnvelopeFailed(
          EnvelopeFailure.NONCES_SPENT,
          "key "
              + keyId
              + " has sealed "
              + MOST
              + " messages, which is as many as random nonces allow; add a new primary key");
    }
    if (before == WARNING) {
      log.atWarn()
          .addKeyValue("key", keyId)
          .addKeyValue("sealed", WARNING)
          .addKeyValue("refused_after", MOST)
          .log("a raw key has few nonces left; add a new primary key");
    }
  }
}

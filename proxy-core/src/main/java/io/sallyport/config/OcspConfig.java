package io.sallyport.config;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whether and how OCSP responders are asked for peers' certificates.
 *
 * @param responder to be asked for every certificate; null for the one that each names
 * @param timeout for one answer, from the question to its last byte
 */
public record OcspConfig(Policy policy, @Nullable URI responder, Duration timeout) {

  /** Nobody is asked. */
  public static final OcspConfig OFF = new OcspConfig(Policy.OFF, null, Duration.ofSeconds(2));

  /** What it means that no answer can be had. */
  public enum Policy {
    /** Nobody is asked. */
    OFF,
    /** Without a good answer the peer is refused. */
    REQUIRE,
    /** Only whom an answer names as revoked is refused. */
    BEST_EFFORT
  }
}

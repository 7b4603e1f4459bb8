package io.sallyport.config;

import java.util.EnumSet;
import java.util.Set;

/** What becomes of a listener's payloads between the application and TLS. */
public sealed interface EnvelopeConfig permits StreamEnvelopeConfig, BodyEnvelopeConfig {

  /** A key of {@link ProxyConfig#keyRings}. */
  String keyRing();

  Format format();

  /** Whether something is sealed. */
  boolean seals();

  /** Whether something is opened. */
  boolean opens();

  /** {@code format}. */
  enum Format {
    /** One message from the beginning to the end of a stream, or of a body. */
    SEALED,
    /** Both ways at once, between two of us. */
    FRAMES,
    /** Messages that nothing binds to one another. */
    RAW;

    /** Of the keys that can be used for it. */
    Set<KeyConfig.Use> uses() {
      return switch (this) {
        case SEALED -> EnumSet.of(KeyConfig.Use.SEALED, KeyConfig.Use.WRAP);
        case FRAMES -> EnumSet.of(KeyConfig.Use.FRAMES);
        case RAW -> EnumSet.of(KeyConfig.Use.RAW);
      };
    }
  }

  /** {@code to-application}, {@code to-peer}, {@code request}, {@code response}. */
  enum Action {
    PASS,
    SEAL,
    OPEN
  }
}

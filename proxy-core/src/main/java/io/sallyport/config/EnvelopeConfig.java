package io.sallyport.config;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a listener's payloads between the application and TLS. At least one way is not
 * {@link Action#PASS}; the key ring has the keys for it.
 *
 * @param keyRing a key of {@link ProxyConfig#keyRings}
 * @param toApplication of what comes from the peer; {@link Action#OPEN} with frames
 * @param toPeer of what comes from the application; {@link Action#SEAL} with frames
 * @param aad additional data of sealed messages; null for the name of the direction
 */
public record EnvelopeConfig(
    String keyRing, Format format, Action toApplication, Action toPeer, @Nullable String aad) {

  /** {@code format}. */
  public enum Format {
    /** One message from the beginning of the stream to its end. */
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

  /** {@code to-application}, {@code to-peer}. */
  public enum Action {
    PASS,
    SEAL,
    OPEN
  }

  boolean seals() {
    return toApplication == Action.SEAL || toPeer == Action.SEAL;
  }

  boolean opens() {
    return toApplication == Action.OPEN || toPeer == Action.OPEN;
  }
}

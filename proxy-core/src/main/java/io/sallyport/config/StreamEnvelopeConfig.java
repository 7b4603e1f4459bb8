package io.sallyport.config;

import org.jspecify.annotations.Nullable;

/**
 * What becomes of streams of bytes between the application and TLS. At least one way is not {@link
 * EnvelopeConfig.Action#PASS}; the key ring has the keys for it.
 *
 * @param toApplication of what comes from the peer; {@link EnvelopeConfig.Action#OPEN} with frames
 * @param toPeer of what comes from the application; {@link EnvelopeConfig.Action#SEAL} with frames
 * @param aad additional data of sealed messages; null for the name of the direction
 */
public record StreamEnvelopeConfig(
    String keyRing, Format format, Action toApplication, Action toPeer, @Nullable String aad)
    implements EnvelopeConfig {

  @Override
  public boolean seals() {
    return toApplication == Action.SEAL || toPeer == Action.SEAL;
  }

  @Override
  public boolean opens() {
    return toApplication == Action.OPEN || toPeer == Action.OPEN;
  }
}

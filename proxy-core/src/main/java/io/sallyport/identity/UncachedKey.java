package io.sallyport.identity;

import java.security.PrivateKey;
import org.jspecify.annotations.Nullable;

/**
 * Another object for the same key. Netty 4.2.18 keeps what it has made of a key in two places, and
 * when two threads ask for it first and at once, the second may take it from the one place, find it
 * in the other and count it twice; then it stays in native memory for ever. By the object it knows
 * the key in the first place: with a new one for each who asks, that place holds nothing for them.
 */
final class UncachedKey implements PrivateKey {

  private static final long serialVersionUID = 1;

  private final PrivateKey key;

  UncachedKey(PrivateKey key) {
    this.key = key;
  }

  @Override
  public String getAlgorithm() {
    return key.getAlgorithm();
  }

  @Override
  public @Nullable String getFormat() {
    return key.getFormat();
  }

  @Override
  public byte @Nullable [] getEncoded() {
    return key.getEncoded();
  }
}

package io.sallyport.envelope;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keys by id. Immutable, but for the nonces that its keys count; thread-safe. */
public final class KeyRing {

  private final Map<String, EnvelopeKey> keys;

  private KeyRing(Map<String, EnvelopeKey> keys) {
    this.keys = keys;
  }

  /**
   * @throws InvalidKeyRing when two keys have one id, one secret serves two uses, or two primary
   *     keys are for the same thing
   */
  public static KeyRing of(List<EnvelopeKey> keys) throws InvalidKeyRing {
    Map<String, EnvelopeKey> byId = new LinkedHashMap<>();
    for (EnvelopeKey key : keys) {
      for (EnvelopeKey other : byId.values()) {
        if (other.id().equals(key.id())) {
          throw new InvalidKeyRing(key, other, "has the id of another key");
        }
        if (other.use() != key.use() && other.hasSecretOf(key)) {
          throw new InvalidKeyRing(key, other, "is the same secret, and one never serves two uses");
        }
        if (bothSeal(key, other)) {
          throw new InvalidKeyRing(key, other, "is a second primary key for the same thing");
        }
      }
      byId.put(key.id(), sharingNonces(key, byId.values()));
    }
    return new KeyRing(byId);
  }

  /** Two names of one secret have one budget. */
  private static EnvelopeKey sharingNonces(EnvelopeKey key, Collection<EnvelopeKey> others) {
    return others.stream().filter(key::hasSecretOf).findFirst().map(key::continuing).orElse(key);
  }

  /** Sealed messages have one kind of key at a time: an input key, or one that wraps data keys. */
  private static boolean bothSeal(EnvelopeKey one, EnvelopeKey other) {
    return one.state() == KeyState.PRIMARY
        && other.state() == KeyState.PRIMARY
        && sealing(one.use()) == sealing(other.use());
  }

  private static KeyUse sealing(KeyUse use) {
    return use == KeyUse.WRAP ? KeyUse.SEALED : use;
  }

  /**
   * This ring, whose keys count their nonces on where the same secrets in the other had come to.
   * Where the secret of one is not here, as of a disabled key, the id stands for it: enabled again,
   * it does not start anew.
   */
  public KeyRing continuing(KeyRing before) {
    Map<String, EnvelopeKey> continued = new LinkedHashMap<>();
    keys.forEach(
        (id, key) -> {
          EnvelopeKey same = before.find(key);
          continued.put(id, same == null ? key : key.continuing(same));
        });
    return new KeyRing(continued);
  }

  private @Nullable EnvelopeKey find(EnvelopeKey key) {
    return keys.values().stream()
        .filter(key::hasSecretOf)
        .findFirst()
        .or(() -> keys.values().stream().filter(key::mayBe).findFirst())
        .orElse(null);
  }

  /** Whether it seals and opens as the other does. */
  public boolean isSameAs(KeyRing other) {
    List<EnvelopeKey> these = keys();
    List<EnvelopeKey> those = other.keys();
    if (these.size() != those.size()) {
      return false;
    }
    for (int i = 0; i < these.size(); i++) {
      if (!these.get(i).isSameAs(those.get(i))) {
        return false;
      }
    }
    return true;
  }

  public List<EnvelopeKey> keys() {
    return List.copyOf(keys.values());
  }

  /**
   * The key that seals. For {@link KeyUse#SEALED} it may be a wrapping one.
   *
   * @throws EnvelopeFailed with {@link EnvelopeFailure#NO_PRIMARY_KEY}
   */
  public EnvelopeKey primary(KeyUse use) throws EnvelopeFailed {
    for (EnvelopeKey key : keys.values()) {
      if (key.state() == KeyState.PRIMARY && sealing(key.use()) == sealing(use)) {
        return key;
      }
    }
    throw new EnvelopeFailed(
        EnvelopeFailure.NO_PRIMARY_KEY, "the key ring has no primary key for " + use);
  }

  /**
   * The key of that id, to seal with.
   *
   * @throws EnvelopeFailed with {@link EnvelopeFailure#UNKNOWN_KEY} or {@link
   *     EnvelopeFailure#KEY_DISABLED}
   */
  public EnvelopeKey toSeal(String id, KeyUse use) throws EnvelopeFailed {
    EnvelopeKey key = find(id, use);
    if (!key.state().seals()) {
      throw disabled(key);
    }
    return key;
  }

  /** As {@link #toSeal}, to open with. */
  EnvelopeKey toOpen(String id, KeyUse use) throws EnvelopeFailed {
    EnvelopeKey key = find(id, use);
    if (!key.state().opens()) {
      throw disabled(key);
    }
    return key;
  }

  /** All that may open, the primary first. */
  List<EnvelopeKey> toOpen(KeyUse use) {
    List<EnvelopeKey> open = new ArrayList<>();
    for (EnvelopeKey key : keys.values()) {
      if (key.use() == use && key.state().opens()) {
        open.add(key.state() == KeyState.PRIMARY ? 0 : open.size(), key);
      }
    }
    return open;
  }

  private EnvelopeKey find(String id, KeyUse use) throws EnvelopeFailed {
    EnvelopeKey key = keys.get(id);
    if (key == null || key.use() != use) {
      throw new EnvelopeFailed(
          EnvelopeFailure.UNKNOWN_KEY,
          key == null
              ? "no key " + id + " is known"
              : "key " + id + " is not for " + use + " but for " + key.use());
    }
    return key;
  }

  private static EnvelopeFailed disabled(EnvelopeKey key) {
    return new EnvelopeFailed(
        EnvelopeFailure.KEY_DISABLED, "key " + key.id() + " is " + key.state());
  }

  @Override
  public String toString() {
    return keys.values().toString();
  }
}

package io.sallyport;

import io.sallyport.config.EnvelopeConfig;
import io.sallyport.config.ListenerConfig;
import io.sallyport.config.Problem;
import io.sallyport.envelope.KeyRing;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Key rings as their files have them. Immutable.
 *
 * @param problems empty when every ring can serve
 * @param rings by name, sorted; those that can serve
 */
record LoadedKeyRings(List<Problem> problems, List<Problem> warnings, Map<String, KeyRing> rings) {

  LoadedKeyRings {
    problems = List.copyOf(problems);
    warnings = List.copyOf(warnings);
    rings = Collections.unmodifiableMap(new TreeMap<>(rings));
  }

  /**
   * The same, with what was loaded before in place of what cannot serve, and of what has not
   * changed. Each ring is a unit: what is wrong with one keeps back no other. A secret that comes
   * again counts its nonces on, in whichever ring.
   *
   * @param before loaded for the same configuration, unless nothing is wrong with this
   */
  LoadedKeyRings after(LoadedKeyRings before) {
    Map<String, KeyRing> units = new TreeMap<>(problems.isEmpty() ? Map.of() : before.rings);
    rings.forEach(
        (name, ring) -> {
          KeyRing old = before.rings.get(name);
          units.put(name, old != null && old.isSameAs(ring) ? old : continuing(ring, before.rings));
        });
    return new LoadedKeyRings(problems, warnings, units);
  }

  /** The ring, whose keys share the counts of the same secrets in others. */
  static KeyRing continuing(KeyRing ring, Map<String, KeyRing> others) {
    KeyRing continuing = ring;
    for (KeyRing other : others.values()) {
      continuing = continuing.continuing(other);
    }
    return continuing;
  }

  /**
   * What a listener seals and opens with; null where it does neither.
   *
   * @throws IllegalStateException when its ring cannot serve and nothing is in its place
   */
  @Nullable KeyRing of(ListenerConfig listener) {
    EnvelopeConfig envelope = listener.envelope();
    if (envelope == null) {
      return null;
    }
    KeyRing ring = rings.get(envelope.keyRing());
    if (ring == null) {
      // Never none: payloads would pass as they are.
      throw new IllegalStateException("key rings have problems: " + problems);
    }
    return ring;
  }
}

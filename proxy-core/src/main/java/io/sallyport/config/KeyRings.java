package io.sallyport.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code key-rings}, as listeners refer to them. */
final class KeyRings {

  private final Set<String> declared;
  private final Map<String, KeyRingConfig> usable = new LinkedHashMap<>();

  KeyRings(Map<String, Section> sections) {
    declared = sections.keySet();
    sections.forEach(
        (name, section) -> {
          Names.check(name, section);
          KeyRingConfig ring = KeyRingReader.read(name, section);
          if (ring != null) {
            usable.put(name, ring);
          }
        });
  }

  Map<String, KeyRingConfig> usable() {
    return usable;
  }

  /** The one that an envelope names; null when it has problems, which are then told. */
  @Nullable KeyRingConfig named(String name, Section envelope) {
    if (!declared.contains(name)) {
      envelope
          .findings()
          .problem(
              envelope.where("key-ring"),
              "no key ring is named " + Values.quoted(name),
              Suggestion.of(name, declared)
                  .map(meant -> "did you mean " + meant + "?")
                  .orElse("define key-rings." + name + others()));
    }
    return usable.get(name);
  }

  private String others() {
    return declared.isEmpty() ? "" : ", or use " + Values.oneOf(declared);
  }
}

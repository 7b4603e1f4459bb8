package io.sallyport.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code identities}, as listeners refer to them. */
final class Identities {

  /** Outbound, for showing no certificate. */
  static final String NONE = "none";

  private final Set<String> declared;
  private final Map<String, IdentityConfig> usable = new LinkedHashMap<>();

  Identities(Map<String, Section> sections) {
    declared = sections.keySet();
    sections.forEach(
        (name, section) -> {
          Names.check(name, NONE, section);
          IdentityConfig identity = IdentityReader.read(name, section);
          if (identity != null) {
            usable.put(name, identity);
          }
        });
  }

  Map<String, IdentityConfig> usable() {
    return usable;
  }

  /** The one that a listener names; null when it has problems, which are then told. */
  @Nullable IdentityConfig named(String name, Section listener) {
    if (!declared.contains(name)) {
      listener
          .findings()
          .problem(
              listener.where("identity"),
              "no identity is named " + Values.quoted(name),
              Suggestion.of(name, declared)
                  .map(meant -> "did you mean " + meant + "?")
                  .orElse("define identities." + name + others()));
    }
    return usable.get(name);
  }

  private String others() {
    return declared.isEmpty() ? "" : ", or use " + Values.oneOf(declared);
  }
}

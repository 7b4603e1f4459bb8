package io.sallyport.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Keys for envelopes.
 *
 * @param name its key under {@code key-rings}
 * @param keys at least one, each with an id of its own; at most one primary for each kind of
 *     message
 * @param strictPermissions refuse a key file that others can read, instead of warning
 */
public record KeyRingConfig(String name, List<KeyConfig> keys, boolean strictPermissions) {

  public KeyRingConfig {
    keys = List.copyOf(keys);
  }

  /** The setting's path, such as {@code key-rings.default}. */
  public String setting() {
    return "key-rings." + name;
  }

  /** What it is read from. */
  List<Path> files() {
    return keys.stream().filter(KeyConfig::isRead).map(KeyConfig::file).toList();
  }

  /** Whether there is a key to seal with, of any of these uses. */
  boolean seals(Set<KeyConfig.Use> uses) {
    return keys.stream()
        .anyMatch(key -> uses.contains(key.use()) && key.state() == KeyConfig.State.PRIMARY);
  }

  /** Whether there is a key to open with, of any of these uses. */
  boolean opens(Set<KeyConfig.Use> uses) {
    return keys.stream()
        .anyMatch(key -> uses.contains(key.use()) && key.state() != KeyConfig.State.DISABLED);
  }
}

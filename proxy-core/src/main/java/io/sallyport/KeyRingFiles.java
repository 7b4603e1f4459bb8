package io.sallyport;

import io.sallyport.config.FileFault;
import io.sallyport.config.KeyConfig;
import io.sallyport.config.KeyRingConfig;
import io.sallyport.config.Malformed;
import io.sallyport.config.Origins;
import io.sallyport.config.Problem;
import io.sallyport.config.ProxyConfig;
import io.sallyport.envelope.EnvelopeKey;
import io.sallyport.envelope.InvalidKeyFile;
import io.sallyport.envelope.InvalidKeyRing;
import io.sallyport.envelope.KeyEncoding;
import io.sallyport.envelope.KeyFile;
import io.sallyport.envelope.KeyRing;
import io.sallyport.envelope.KeyState;
import io.sallyport.envelope.KeyUse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads the keys that a configuration names. Here, since the rooms of configuration and of
 * envelopes do not know each other.
 */
final class KeyRingFiles {

  private final Origins origins;
  private final List<Problem> problems = new ArrayList<>();
  private final List<Problem> warnings = new ArrayList<>();
  private final List<Held> held = new ArrayList<>();

  private record Held(KeyConfig config, EnvelopeKey key) {}

  private KeyRingFiles(Origins origins) {
    this.origins = origins;
  }

  /** Never throws for what is in a file: that is a problem. Blocks; not for event loops. */
  static LoadedKeyRings load(ProxyConfig config) {
    return new KeyRingFiles(config.origins()).load(config.keyRings());
  }

  private LoadedKeyRings load(Map<String, KeyRingConfig> configs) {
    Map<String, KeyRing> rings = new TreeMap<>();
    // Sorted, so that the same faults are always told in the same order.
    new TreeMap<>(configs)
        .forEach(
            (name, config) -> {
              KeyRing ring = ring(config);
              if (ring != null) {
                rings.put(name, LoadedKeyRings.continuing(ring, rings));
              }
            });
    return new LoadedKeyRings(problems, warnings, rings);
  }

  /** Null after a problem. */
  private @Nullable KeyRing ring(KeyRingConfig config) {
    int problemsBefore = problems.size();
    List<EnvelopeKey> keys = new ArrayList<>();
    for (KeyConfig each : config.keys()) {
      EnvelopeKey key = key(each, config.strictPermissions());
      if (key != null) {
        refuseSecondUse(each, key);
        keys.add(key);
        held.add(new Held(each, key));
      }
    }
    if (problems.size() > problemsBefore) {
      return null;
    }
    try {
      return KeyRing.of(keys);
    } catch (InvalidKeyRing e) {
      problem(
          config.setting() + ".keys",
          new Malformed(String.valueOf(e.getMessage()), "change one of the two"));
      return null;
    }
  }

  /** Null after a problem with which there is none. */
  private @Nullable EnvelopeKey key(KeyConfig config, boolean strict) {
    KeyUse use = KeyUse.valueOf(config.use().name());
    if (!config.isRead()) {
      return EnvelopeKey.disabled(config.id(), use);
    }
    String setting = config.setting() + ".file";
    byte[] secret = secret(setting, config);
    if (secret == null) {
      return null;
    }
    try {
      checkPermissions(setting, config.file(), strict);
      KeyState state = KeyState.valueOf(config.state().name());
      return EnvelopeKey.of(config.id(), use, state, secret);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  /** The caller's to wipe; null after a problem. */
  private byte @Nullable [] secret(String setting, KeyConfig config) {
    Path file = config.file();
    Optional<Malformed> pipe = FileFault.pipe(file);
    if (pipe.isPresent()) {
      problem(setting, pipe.get());
      return null;
    }
    try {
      return KeyFile.read(file, KeyEncoding.valueOf(config.encoding().name()));
    } catch (InvalidKeyFile e) {
      String encoding = config.encoding().name().toLowerCase(Locale.ROOT);
      problem(
          setting,
          new Malformed(
              file + " " + e.getMessage(), "check that it is " + encoding + ", as encoding says"));
    } catch (IOException e) {
      problem(setting, FileFault.unreadable(file, e));
    }
    return null;
  }

  private void checkPermissions(String setting, Path file, boolean strict) {
    FileFault.othersCanRead(file, strict)
        .ifPresent(fault -> (strict ? problems : warnings).add(fault.at(setting, origins)));
  }

  /** One secret never serves two, in one ring or in several. */
  private void refuseSecondUse(KeyConfig config, EnvelopeKey key) {
    for (Held other : held) {
      if (other.key.use() != key.use() && other.key.hasSecretOf(key)) {
        problem(
            config.setting() + ".file",
            new Malformed(
                config.file()
                    + " holds the secret of "
                    + other.config.setting()
                    + " too, and one never serves two uses",
                "make a key for each use, with sallyport keygen"));
        return;
      }
    }
  }

  private void problem(String setting, Malformed fault) {
    problems.add(fault.at(setting, origins));
  }
}

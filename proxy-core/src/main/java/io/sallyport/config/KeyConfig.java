package io.sallyport.config;

import java.nio.file.Path;
import java.util.Locale;

/**
 * A key of a key ring.
 *
 * @param setting the setting's path, such as {@code key-rings.default.keys.0}
 * @param id 1 to 64 of {@code [A-Za-z0-9._-]}
 * @param file 32 bytes, in the encoding; not read of a disabled key
 */
public record KeyConfig(
    String setting, String id, Path file, Encoding encoding, Use use, State state) {

  /** Whether its file is read; the file of a disabled key may be gone. */
  public boolean isRead() {
    return state != State.DISABLED;
  }

  /** {@code encoding}. */
  public enum Encoding {
    BASE64,
    HEX,
    BINARY
  }

  /** {@code use}. */
  public enum Use {
    RAW,
    SEALED,
    WRAP,
    FRAMES;

    /** Sealed messages have one kind of key at a time: an input key, or one that wraps keys. */
    Use sealing() {
      return this == WRAP ? SEALED : this;
    }

    /** As the configuration has it. */
    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** {@code state}. */
  public enum State {
    /** Seals, and opens. */
    PRIMARY,
    /** Opens. */
    ENABLED,
    /** Opens, and never seals. */
    OPEN_ONLY,
    /** Does neither. */
    DISABLED
  }
}

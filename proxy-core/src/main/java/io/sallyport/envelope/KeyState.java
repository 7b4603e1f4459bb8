package io.sallyport.envelope;

/** What a key of a ring may do. A key is rotated by adding a new primary. */
public enum KeyState {
  /** Seals, and opens. */
  PRIMARY(true, true),
  /** Opens, and seals where it is asked for by its id. */
  ENABLED(true, true),
  /** Opens what was sealed with it, and seals nothing more. */
  OPEN_ONLY(false, true),
  /** Does neither; what names it is refused as such, not as unknown. */
  DISABLED(false, false);

  private final boolean seals;
  private final boolean opens;

  KeyState(boolean seals, boolean opens) {
    this.seals = seals;
    this.opens = opens;
  }

  public boolean seals() {
    return seals;
  }

  public boolean opens() {
    return opens;
  }
}

package io.sallyport.envelope;

/** Keys that cannot be in one ring. */
public final class InvalidKeyRing extends Exception {

  private static final long serialVersionUID = 1L;

  private final String key;
  private final String other;
  private final String fault;

  InvalidKeyRing(EnvelopeKey key, EnvelopeKey other, String fault) {
    super("key " + key.id() + " " + fault + ": " + other.id());
    this.key = key.id();
    this.other = other.id();
    this.fault = fault;
  }

  /** The id of the later of the two keys. */
  public String key() {
    return key;
  }

  public String other() {
    return other;
  }

  /** What is wrong with it, beside the other. */
  public String fault() {
    return fault;
  }
}

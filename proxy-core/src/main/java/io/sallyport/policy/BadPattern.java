package io.sallyport.policy;

/** A value of a rule that cannot be used; becomes a {@code Problem} that names the setting. */
final class BadPattern extends Exception {
  private static final long serialVersionUID = 1L;

  private final String remedy;

  /**
   * @param fault continues a sentence that begins with the value
   * @param remedy what to do about it; empty where the fault says it
   */
  BadPattern(String fault, String remedy) {
    super(fault);
    this.remedy = remedy;
  }

  String remedy() {
    return remedy;
  }
}

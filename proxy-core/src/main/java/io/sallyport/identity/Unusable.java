package io.sallyport.identity;

/** What a file holds cannot serve; becomes a {@link io.sallyport.config.Problem}. */
final class Unusable extends Exception {
  private static final long serialVersionUID = 1;

  private final String setting;
  private final String remedy;

  /**
   * @param setting the setting's path, such as {@code identities.default.key}
   * @param fault never with a secret in it
   */
  Unusable(String setting, String fault, String remedy) {
    super(fault);
    this.setting = setting;
    this.remedy = remedy;
  }

  String setting() {
    return setting;
  }

  String remedy() {
    return remedy;
  }
}

package io.sallyport.cli.inject;

/** What is given cannot be used; {@link #field} says where in the document. */
final class BadManifest extends Exception {
  private static final long serialVersionUID = 1L;

  private final String field;
  private final String fault;
  private final String remedy;

  /**
   * @param field such as {@code spec.template.spec.containers}; empty for the document as a whole
   */
  BadManifest(String field, String fault, String remedy) {
    super(field + ": " + fault + "; " + remedy);
    this.field = field;
    this.fault = fault;
    this.remedy = remedy;
  }

  String field() {
    return field;
  }

  String fault() {
    return fault;
  }

  String remedy() {
    return remedy;
  }
}

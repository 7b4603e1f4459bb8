package io.sallyport.config;

/** A value that cannot be used, told by what is wrong with it and what to write instead. */
public final class Malformed extends Exception {
  private static final long serialVersionUID = 1L;

  private final String fault;
  private final String remedy;

  public Malformed(String fault, String remedy) {
    // Thrown for words that people type, caught at once: nobody reads a trace.
    super(fault + "; " + remedy, null, false, false);
    this.fault = fault;
    this.remedy = remedy;
  }

  public String fault() {
    return fault;
  }

  public String remedy() {
    return remedy;
  }

  /** The same, with the setting or flag whose value it is. */
  public Problem at(String setting, Origins origins) {
    return origins.problem(setting, fault, remedy);
  }
}

package io.sallyport.transport;

import java.net.BindException;

/** A socket to listen at cannot be had; says what to do about it. */
public final class CannotListen extends BindException {
  private static final long serialVersionUID = 1L;

  private final String remedy;

  public CannotListen(String fault, String remedy) {
    super(fault);
    this.remedy = remedy;
  }

  /** In the imperative, as the end of a message. */
  public String remedy() {
    return remedy;
  }
}

package io.sallyport.envelope;

/** A file that does not hold a key as it should. */
public final class InvalidKeyFile extends Exception {

  private static final long serialVersionUID = 1L;

  /**
   * @param fault to be said of the file, such as "is empty"; tells nothing of what it holds
   */
  InvalidKeyFile(String fault) {
    super(fault);
  }
}

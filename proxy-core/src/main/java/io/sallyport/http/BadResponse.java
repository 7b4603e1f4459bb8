package io.sallyport.http;

/**
 * A response that is refused for how it is written, or because it answers nothing. Its connection
 * is of no more use: where the next response begins is not known. Has no stack trace.
 */
public final class BadResponse extends Exception {

  private static final long serialVersionUID = 1L;

  private final ResponseFault fault;
  private final String detail;

  BadResponse(ResponseFault fault, String detail) {
    super("the response is malformed", null, false, false);
    this.fault = fault;
    this.detail = detail;
  }

  public ResponseFault fault() {
    return fault;
  }

  /** A few words for a log: one line of printable ASCII, at most 300 characters. */
  public String detail() {
    return detail;
  }
}

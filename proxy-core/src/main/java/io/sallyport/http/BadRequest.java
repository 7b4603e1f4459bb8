package io.sallyport.http;

/**
 * A request that is refused for how it is written. The message is the same whatever the cause, so
 * that it may be shown to whoever sent it; {@link #fault} and {@link #detail} are for operators.
 * Has no stack trace: a peer can have as many of these as it likes.
 */
public final class BadRequest extends Exception {

  private static final long serialVersionUID = 1L;

  private final RequestFault fault;
  private final String detail;

  BadRequest(RequestFault fault, String detail) {
    super("the request is malformed", null, false, false);
    this.fault = fault;
    this.detail = detail;
  }

  public RequestFault fault() {
    return fault;
  }

  /** A few words for a log: one line of printable ASCII, at most 300 characters. */
  public String detail() {
    return detail;
  }
}

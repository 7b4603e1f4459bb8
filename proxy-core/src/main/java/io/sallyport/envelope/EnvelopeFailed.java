package io.sallyport.envelope;

import org.jspecify.annotations.Nullable;

/**
 * Something could not be sealed or opened. The message is the same whatever the cause, so that it
 * may be shown to whoever sent the bytes; {@link #failure} and {@link #detail} are for operators.
 */
public final class EnvelopeFailed extends Exception {

  private static final long serialVersionUID = 1L;

  private final EnvelopeFailure failure;
  private final String detail;

  EnvelopeFailed(EnvelopeFailure failure, String detail) {
    this(failure, detail, null);
  }

  EnvelopeFailed(EnvelopeFailure failure, String detail, @Nullable Throwable cause) {
    super("the envelope is refused", cause);
    this.failure = failure;
    this.detail = detail;
  }

  public EnvelopeFailure failure() {
    return failure;
  }

  /** A sentence for a log or a terminal of an operator; holds no secret and no payload. */
  public String detail() {
    return detail;
  }
}

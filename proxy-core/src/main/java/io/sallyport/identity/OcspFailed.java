package io.sallyport.identity;

import org.jspecify.annotations.Nullable;

/** No answer was had that can be relied on. */
final class OcspFailed extends Exception {
  private static final long serialVersionUID = 1;

  private final OcspResult result;

  OcspFailed(OcspResult result, String detail, @Nullable Throwable cause) {
    super(detail, cause);
    this.result = result;
  }

  OcspResult result() {
    return result;
  }
}

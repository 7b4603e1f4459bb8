package io.sallyport.upstream;

import java.util.Locale;

/** Why an endpoint could not be had: the metric label and the logged word. */
public enum DialFailure {
  NAME_NOT_FOUND,
  REFUSED,
  TIMEOUT,
  UNREACHABLE,
  NO_SUCH_SOCKET,
  PERMISSION_DENIED,
  /** A rule of the kernel's led our own connection back to us. */
  LOOP,
  OTHER;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** Lower case with underscores. */
  public String label() {
    return label;
  }
}

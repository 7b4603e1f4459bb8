package io.sallyport.policy;

import java.util.Locale;

/**
 * Why a proven peer may not come in, or not have what it asks for: the metric label and the logged
 * word.
 */
public enum Denial {
  NO_RULE_MATCHED,
  NO_CERTIFICATE,
  HOST_NAME_MISMATCH,
  UID_NOT_ALLOWED,
  /** Rules let the peer in, and none of them lets it ask for this. */
  REQUEST_NOT_ALLOWED,
  /** Rules go by the path, and this one could be read as more than one. */
  AMBIGUOUS_PATH;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** Lower case with underscores. */
  public String label() {
    return label;
  }
}

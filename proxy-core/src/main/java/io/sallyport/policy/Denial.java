package io.sallyport.policy;

import java.util.Locale;

/** Why a proven peer may not come in: the metric label and the logged word. */
public enum Denial {
  NO_RULE_MATCHED,
  NO_CERTIFICATE,
  HOST_NAME_MISMATCH,
  UID_NOT_ALLOWED;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** Lower case with underscores. */
  public String label() {
    return label;
  }
}

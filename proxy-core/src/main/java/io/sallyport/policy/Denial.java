package io.sallyport.policy;

import java.util.Locale;

/**
 * Why somebody may not come in, or not have what it asks for: the metric label and the logged word.
 */
public enum Denial {
  NO_RULE_MATCHED,
  NO_CERTIFICATE,
  HOST_NAME_MISMATCH,
  UID_NOT_ALLOWED,
  /** A listener takes what the kernel leads to it, and this came by itself. */
  NOT_REDIRECTED,
  /** It was going to this proxy, or is a connection of the proxy's own. */
  LOOP,
  /** It came in, and was going to another host: nobody is relayed onwards. */
  NOT_THIS_HOST,
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

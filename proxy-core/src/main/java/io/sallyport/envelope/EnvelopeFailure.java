package io.sallyport.envelope;

import java.util.Locale;

/** Why something could not be sealed or opened: the metric label and the logged word. */
public enum EnvelopeFailure {
  /** It does not begin as a sealed message, or a stream of frames, does. */
  NOT_AN_ENVELOPE,
  /** A version or a suite that this program does not know. */
  UNKNOWN_VERSION,
  /** A header, or the length of a message, that is out of bounds. */
  MALFORMED,
  /** It names a key that the key ring does not have for this use. */
  UNKNOWN_KEY,
  /** It names a key that is disabled, or that may only open. */
  KEY_DISABLED,
  /** The wrapped data key does not unwrap with the key that it names. */
  UNWRAP_FAILED,
  /** The key management service did not answer, or refused. */
  KMS_FAILED,
  /** The key commitment differs: another key of the same name, other AAD, or a changed header. */
  WRONG_KEY_OR_AAD,
  /** A tag does not verify: changed, cut within a chunk, reordered, or of another key. */
  DAMAGED,
  /** It ends before its authentic end. */
  TRUNCATED,
  /** Bytes after the authentic end. */
  TRAILING_DATA,
  /** More than the format, or the limit that was set, takes. */
  TOO_LONG,
  /** The key has sealed as many messages as random nonces allow. */
  NONCES_SPENT,
  /** The key ring has no primary key for this use. */
  NO_PRIMARY_KEY;

  private final String label = name().toLowerCase(Locale.ROOT);

  public String label() {
    return label;
  }
}

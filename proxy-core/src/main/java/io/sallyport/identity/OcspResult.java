package io.sallyport.identity;

import java.util.Locale;

/** What came of a question to an OCSP responder: the metric label and the logged word. */
public enum OcspResult {
  /** The certificate is not revoked. */
  GOOD,
  /** It is. */
  REVOKED,
  /** The responder does not know the certificate. */
  UNKNOWN,
  /** The answer is past its time, ahead of it, or older than one that came before. */
  STALE,
  /** What came is no answer: of another certificate, not signed by who may, garbled, too long. */
  BAD_ANSWER,
  /** The responder says that it does not answer. */
  REFUSED,
  /** Not all of an answer came in time. */
  TIMEOUT,
  /** No connection, or one that broke. */
  UNREACHABLE;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** Lower case with underscores. */
  public String label() {
    return label;
  }
}

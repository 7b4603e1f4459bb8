package io.sallyport.relay;

import java.util.Locale;

/** Why a connection ended: the metric label and the logged word. */
public enum CloseReason {
  /** The peer finished first, properly. */
  PEER_CLOSED,
  /** The application finished first, properly. */
  APPLICATION_CLOSED,
  PEER_RESET,
  APPLICATION_RESET,
  /** The peer's TCP stream ended without a close_notify (RFC 8446 §6.1). */
  TRUNCATED,
  /** A record after the handshake that breaks TLS. */
  TLS_ERROR,
  HANDSHAKE_FAILED,
  /** More unfinished handshakes than {@code max-handshakes}. */
  HANDSHAKE_LIMIT,
  /** A proven peer, or a local user, that may not come in. */
  DENIED,
  /** Its peer was let in, and the rules were changed so that they would not let it in now. */
  NO_LONGER_ALLOWED,
  /** Its peer was let in, and no path to a CA that is trusted now holds for it. */
  NO_LONGER_TRUSTED,
  /** Its peer was let in, and its certificate, or a CA above it, has been revoked. */
  CERTIFICATE_REVOKED,
  /**
   * Its peer's certificate, a CA above it or the CRL that spoke for it is past its time, and {@code
   * expiry-grace} has passed.
   */
  CERTIFICATE_EXPIRED,
  /** What came could not be opened, or what was to go could not be sealed. */
  ENVELOPE_REFUSED,
  /** What came over HTTP was refused, and nothing after it could be trusted to be a request. */
  REQUEST_REFUSED,
  /** What came breaks HTTP/2; the word beside it is the error code that the peer was told. */
  HTTP2_ERROR,
  /** A peer of HTTP/2 made more work than its requests need; the word beside it says which. */
  HTTP2_FLOOD,
  /** What answered sent something that is no HTTP, or that nobody had asked for. */
  BAD_RESPONSE,
  /** The response broke off. */
  RESPONSE_INCOMPLETE,
  /** Nobody waits any more for what it would answer: of a connection that HTTP is asked over. */
  REQUEST_ABANDONED,
  /** A response had begun, and was not whole by the deadline of its request. */
  REQUEST_DEADLINE,
  /** No request came, or not the whole head of one. */
  HEADER_TIMEOUT,
  /** Who asked took nothing of what had been sent to it. */
  SEND_TIMEOUT,
  /**
   * It carries another protocol from now on, for one connection: of one that HTTP is asked over.
   */
  PROTOCOL_SWITCHED,
  /** HTTP was to go elsewhere, for a drain or before a certificate expires; nothing was lost. */
  LEAVING,
  /** The application could not be reached. */
  APPLICATION_UNREACHABLE,
  /** No endpoint could be had. */
  UPSTREAM_UNREACHABLE,
  IDLE_TIMEOUT,
  HALF_CLOSE_TIMEOUT,
  CLOSE_TIMEOUT,
  MAX_LIFETIME,
  DRAIN_DEADLINE,
  /** A fault of ours; the log line has it. */
  INTERNAL_ERROR;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** One side finished and the other did too; anything else cut something off. */
  public boolean isProperEnd() {
    return this == PEER_CLOSED || this == APPLICATION_CLOSED;
  }

  /** Lower case with underscores. */
  public String label() {
    return label;
  }
}

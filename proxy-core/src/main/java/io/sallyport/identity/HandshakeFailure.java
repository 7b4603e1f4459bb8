package io.sallyport.identity;

import java.util.Locale;

/** Why a handshake did not finish: the metric label and the logged word. */
public enum HandshakeFailure {
  /** The peer connected and closed without a byte, as health checks do. */
  NO_BYTES,
  /** What came is not TLS at all. */
  NOT_TLS,
  /** What came is HTTP in plaintext: a request, or an answer to our ClientHello. */
  PLAIN_HTTP,
  /** The peer offers no protocol version that we accept. */
  UNSUPPORTED_VERSION,
  /** No cipher suite, group or signature scheme in common. */
  NOTHING_IN_COMMON,
  /** The peer asked for no server name of ours where that is required. */
  UNKNOWN_SERVER_NAME,
  /** The peer showed no certificate where one is required. */
  NO_CERTIFICATE,
  /** No path to a CA that we trust. */
  UNKNOWN_CA,
  /** A certificate in the path has expired. */
  CERTIFICATE_EXPIRED,
  /** A certificate in the path is not valid yet. */
  CERTIFICATE_NOT_YET_VALID,
  /** The extended key usage or key usage does not permit this. */
  WRONG_PURPOSE,
  /** A certificate in the path is revoked. */
  CERTIFICATE_REVOKED,
  /** No CRL or OCSP answer that holds says whether a certificate in the path is revoked. */
  REVOCATION_UNKNOWN,
  /** The certificate or its path is malformed or breaks a rule of RFC 5280. */
  BAD_CERTIFICATE,
  /** A proven certificate that no rule, or not the expected name, matches. */
  NOT_ALLOWED,
  /** The peer refused us with an alert. */
  REFUSED_BY_PEER,
  /** The peer went away in the middle. */
  PEER_CLOSED,
  /** The deadline passed. */
  TIMEOUT,
  /** A record or message that breaks the protocol. */
  PROTOCOL_ERROR;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** Lower case with underscores. */
  public String label() {
    return label;
  }
}

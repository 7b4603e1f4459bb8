package io.sallyport.identity;

import java.util.Locale;

/** Why a handshake did not finish: the metric label and the logged word. */
public enum HandshakeFailure {
  /** The peer connected and closed without a byte, as health checks do. */
  NO_BYTES("nothing, if it is a health check"),
  /** What came is not TLS at all. */
  NOT_TLS("have it speak TLS, or go where plaintext is spoken"),
  /** What came is HTTP in plaintext: a request, or an answer to our ClientHello. */
  PLAIN_HTTP("have it use https"),
  /** The peer offers no protocol version that we accept. */
  UNSUPPORTED_VERSION("have it speak TLS 1.3, or 1.2 where tls-min allows that"),
  /** No cipher suite, group or signature scheme in common. */
  NOTHING_IN_COMMON("have it offer ECDHE with AES-GCM or ChaCha20-Poly1305"),
  /** The peer asked for no server name of ours where that is required. */
  UNKNOWN_SERVER_NAME("have it ask for a name of our certificates, or set sni-required = false"),
  /** The peer showed no certificate where one is required. */
  NO_CERTIFICATE("give it a certificate to show"),
  /** No path to a CA that we trust. */
  UNKNOWN_CA("give it a certificate of a CA in trust, or add its CA to trust"),
  /** A certificate in the path has expired. */
  CERTIFICATE_EXPIRED("renew its certificate"),
  /** A certificate in the path is not valid yet. */
  CERTIFICATE_NOT_YET_VALID("set the clock right, its or ours"),
  /** The extended key usage or key usage does not permit this. */
  WRONG_PURPOSE("give it a certificate for clientAuth, or for serverAuth where it is the server"),
  /** A certificate in the path is revoked. */
  CERTIFICATE_REVOKED("give it a new certificate"),
  /** No CRL or OCSP answer that holds says whether a certificate in the path is revoked. */
  REVOCATION_UNKNOWN("renew the CRL, or see that the OCSP responder can be reached"),
  /** The certificate or its path is malformed or breaks a rule of RFC 5280. */
  BAD_CERTIFICATE("give it a certificate that RFC 5280 permits"),
  /** A proven certificate that no rule, or not the expected name, matches. */
  NOT_ALLOWED("add a rule for it to allow, if it may come in"),
  /** The peer refused us with an alert. */
  REFUSED_BY_PEER("see its log: the alert is what it thinks of us"),
  /** The peer went away in the middle. */
  PEER_CLOSED("see its log for why it went"),
  /** The deadline passed. */
  TIMEOUT("see whether packets are lost on the way, or it waits for somebody"),
  /** A record or message that breaks the protocol. */
  PROTOCOL_ERROR("see its log, and whether something on the way changes bytes");

  private final String label = name().toLowerCase(Locale.ROOT);
  private final String advice;

  HandshakeFailure(String advice) {
    this.advice = advice;
  }

  /** Lower case with underscores. */
  public String label() {
    return label;
  }

  /** What to try, in a few words; of the peer as "it". */
  public String advice() {
    return advice;
  }
}

package io.sallyport.identity;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the OCSP responder of our own CA says of our certificate, for handshakes to carry (RFC 6066
 * §8): a good answer while it holds, and else nothing. Thread-safe.
 */
final class Staple {

  private static final Logger log = LoggerFactory.getLogger(Staple.class);

  /**
   * Clients of OpenSSL and the JDK refuse a handshake message of 32 KiB; and of an answer that
   * comes in plaintext, anybody on the way can make so much, by certificates that nobody signed
   * for.
   */
  private static final int MOST_BYTES = 8 * 1024;

  private final String identity;
  private final OcspStatus status;
  private volatile byte @Nullable [] encoded;

  private Staple(String identity, OcspStatus status) {
    this.identity = identity;
    this.status = status;
  }

  /** Null where nobody can be asked, or the answer could not be checked. */
  static @Nullable Staple of(String identity, List<X509Certificate> chain) {
    if (chain.size() < 2 || OcspQuestion.responderOf(chain.get(0)) == null) {
      return null;
    }
    OcspQuestion question = OcspQuestion.of(chain.get(0), chain.get(1), null);
    return new Staple(identity, new OcspStatus(question));
  }

  OcspStatus status() {
    return status;
  }

  /** Called before the status knows of the answer, so that no other is ever shown as a good one. */
  void take(OcspAnswer answer, byte[] itsEncoding) {
    if (!answer.revoked()) {
      encoded = itsEncoding.length > MOST_BYTES ? null : itsEncoding;
    } else if (!status.isRevoked()) {
      log.atError()
          .addKeyValue("identity", identity)
          .addKeyValue("responder", SafeText.of(String.valueOf(status.question().responder())))
          .log("our own certificate is revoked; renew it");
    }
  }

  /** In DER; null when there is none that holds now. */
  byte @Nullable [] at(Instant now) {
    return now.isBefore(status.goodUntil()) ? encoded : null;
  }
}

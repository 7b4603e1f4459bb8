package io.sallyport.identity;

import io.sallyport.config.OcspConfig;
import java.time.Instant;

/**
 * By what a certificate of a proven path is known not to be revoked. The status goes with the
 * answers, so that what was proven once ends with them and goes on with them.
 *
 * @param without until when it needs no answer: that of a CRL, or for good where none is required
 * @param by what it was asked by
 */
record OcspLease(OcspStatus status, Instant without, OcspConfig by) {

  /** When the right of who bears the certificate ends by itself; a revoked one's is ended. */
  Instant end() {
    if (status.isRevoked()) {
      return Instant.MAX;
    }
    Instant good = status.goodUntil();
    return good.isAfter(without) ? good : without;
  }

  /** Whether it rests on the same answers. */
  boolean asksAs(OcspLease other) {
    return status.question().equals(other.status.question()) && by.equals(other.by);
  }

  /** Whether asking would tell nothing new. */
  boolean isSettled(Instant now) {
    return status.question().responder() == null || status.isKnown(now);
  }
}

package io.sallyport.identity;

import java.security.cert.X509Certificate;
import java.time.Instant;

/**
 * That a chain builds to an anchor of ours. Keeps nothing of the chain, since it may be kept for
 * each of many peers.
 *
 * @param provenBy a token of the bundle that proved it
 * @param anchor who vouches for it
 * @param anchorName one that no other anchor of the bundle has, for logs and metrics
 * @param notBefore the latest in the path
 * @param pathEnds the earliest notAfter in the path
 * @param notAfter when the peer's right ends, at the latest: {@code pathEnds} or, where CRLs are
 *     required, the first of their next updates
 */
public record ProvenChain(
    Object provenBy,
    X509Certificate anchor,
    String anchorName,
    Instant notBefore,
    Instant pathEnds,
    Instant notAfter) {

  /** The same path, as another bundle knows it. */
  ProvenChain as(Object provenByNow, Instant goodUntil) {
    return new ProvenChain(
        provenByNow,
        anchor,
        anchorName,
        notBefore,
        pathEnds,
        pathEnds.isBefore(goodUntil) ? pathEnds : goodUntil);
  }
}

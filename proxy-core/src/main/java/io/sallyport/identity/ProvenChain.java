package io.sallyport.identity;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * That a chain builds to an anchor of ours. Keeps nothing of the chain, since it may be kept for
 * each of many peers.
 *
 * @param provenBy a token of the bundle that proved it
 * @param anchor who vouches for it
 * @param anchorName one that no other anchor of the bundle has, for logs and metrics
 * @param notBefore the latest in the path
 * @param pathEnds the earliest notAfter in the path
 * @param listsEnd where CRLs are required, the first of their next updates; else the end of time
 * @param leases of the certificates that OCSP responders are asked for
 */
public record ProvenChain(
    Object provenBy,
    X509Certificate anchor,
    String anchorName,
    Instant notBefore,
    Instant pathEnds,
    Instant listsEnd,
    List<OcspLease> leases) {

  /** The same path, as another bundle knows it. */
  ProvenChain as(Object provenByNow, Instant listsEndNow, List<OcspLease> leasesNow) {
    return new ProvenChain(
        provenByNow, anchor, anchorName, notBefore, pathEnds, listsEndNow, leasesNow);
  }

  /** When the peer's right ends by itself; with a fresh answer of a responder, it does so later. */
  public Instant notAfter() {
    Instant end = listsEnd.isBefore(pathEnds) ? listsEnd : pathEnds;
    for (OcspLease lease : leases) {
      end = lease.end().isBefore(end) ? lease.end() : end;
    }
    return end;
  }

  /** Whether a certificate of the path has turned out revoked since. */
  boolean isRevoked() {
    for (OcspLease lease : leases) {
      if (lease.status().isRevoked()) {
        return true;
      }
    }
    return false;
  }

  /** Whether proving it again would find the same. */
  boolean holds(Instant now) {
    for (OcspLease lease : leases) {
      if (!lease.isSettled(now)) {
        return false;
      }
    }
    return !isRevoked() && !now.isBefore(notBefore) && !now.isAfter(notAfter());
  }
}

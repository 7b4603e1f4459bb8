package io.sallyport.identity;

import java.security.cert.X509Certificate;
import java.time.Instant;

/**
 * That a chain builds to an anchor of ours. Keeps nothing of the chain, since it may be kept for
 * each of many peers.
 *
 * @param anchor who vouches for it
 * @param anchorName one that no other anchor of the bundle has, for logs and metrics
 * @param notBefore the latest in the path
 * @param notAfter when the peer's right ends, at the latest: the earliest in the path or, where
 *     they are required, of the CRLs' next updates
 */
public record ProvenChain(
    X509Certificate anchor, String anchorName, Instant notBefore, Instant notAfter) {}

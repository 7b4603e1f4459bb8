package io.sallyport.identity;

import java.security.cert.X509Certificate;
import java.time.Instant;

/**
 * A chain that builds to an anchor of ours.
 *
 * @param leaf the peer's certificate
 * @param notBefore the latest in the path
 * @param notAfter the earliest in the path: when the peer's right ends, at the latest
 */
public record ProvenChain(X509Certificate leaf, Instant notBefore, Instant notAfter) {}

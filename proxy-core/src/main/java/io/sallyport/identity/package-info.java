/**
 * Certificate sources, which are files or what a {@link io.sallyport.identity.SvidSource} gives, to
 * a proven {@link io.sallyport.identity.Identity}, and that to the live {@code TlsContext} that
 * handshakes use.
 *
 * <p>What is read is proven before it is published. Writers publish an {@link
 * io.sallyport.identity.IdentityGeneration}; readers see it through {@link
 * io.sallyport.identity.LiveIdentity}, which cannot write.
 *
 * <p>A peer's chain is proven by the {@link io.sallyport.identity.TrustBundle}: in the handshake,
 * so that an alert names the fault, and again by whoever judges a resumed session, for which no
 * handshake asks.
 */
@NullMarked
package io.sallyport.identity;

import org.jspecify.annotations.NullMarked;

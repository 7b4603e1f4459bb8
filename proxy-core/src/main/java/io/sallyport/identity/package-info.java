/**
 * Certificate sources to a proven {@link io.sallyport.identity.Identity}, and that to the live
 * {@code SslContext} that handshakes use.
 *
 * <p>What is read is proven before it is published. Writers publish an {@link
 * io.sallyport.identity.IdentityGeneration}; readers see it through {@link
 * io.sallyport.identity.LiveIdentity}, which cannot write.
 */
@NullMarked
package io.sallyport.identity;

import org.jspecify.annotations.NullMarked;

/**
 * Who may come in: a peer's certificate becomes a {@link io.sallyport.policy.Peer}, and {@link
 * io.sallyport.policy.Allow} rules turn that into a {@link io.sallyport.policy.Verdict}.
 */
@NullMarked
package io.sallyport.policy;

import org.jspecify.annotations.NullMarked;

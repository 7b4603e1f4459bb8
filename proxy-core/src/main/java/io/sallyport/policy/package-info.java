/**
 * Who may come in: a certificate becomes a {@link io.sallyport.policy.Peer}, all of its names
 * parsed; {@link io.sallyport.policy.AllowRules}, compiled once from the configuration, turn that
 * into a {@link io.sallyport.policy.Verdict}. Nothing here is asked before the chain is proven.
 */
@NullMarked
package io.sallyport.policy;

import org.jspecify.annotations.NullMarked;

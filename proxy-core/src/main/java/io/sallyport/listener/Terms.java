package io.sallyport.listener;

import io.sallyport.config.ListenerConfig;
import io.sallyport.envelope.KeyRing;
import io.sallyport.identity.IdentityGeneration;
import io.sallyport.policy.AllowRules;
import org.jspecify.annotations.Nullable;

/**
 * What a listener serves by. It is replaced as a whole, so that nobody judges by the rules of one
 * configuration and the trust of another, or seals by the settings of one and the keys of another.
 *
 * @param keys of the envelope; null where the configuration has none. A connection keeps those that
 *     it began with.
 */
public record Terms<C extends ListenerConfig>(
    C config, IdentityGeneration identity, AllowRules rules, @Nullable KeyRing keys) {}

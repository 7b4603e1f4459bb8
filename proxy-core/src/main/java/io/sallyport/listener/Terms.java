package io.sallyport.listener;

import io.sallyport.config.ListenerConfig;
import io.sallyport.identity.IdentityGeneration;
import io.sallyport.policy.AllowRules;

/**
 * What a listener serves by. It is replaced as a whole, so that nobody judges by the rules of one
 * configuration and the trust of another.
 */
public record Terms<C extends ListenerConfig>(
    C config, IdentityGeneration identity, AllowRules rules) {}

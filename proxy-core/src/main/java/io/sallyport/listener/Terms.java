package io.sallyport.listener;

import io.sallyport.config.ListenerConfig;
import io.sallyport.envelope.KeyRing;
import io.sallyport.identity.Identity;
import io.sallyport.identity.IdentityGeneration;
import io.sallyport.policy.AllowRules;
import io.sallyport.policy.Peer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a listener serves by. It is replaced as a whole, so that nobody judges by the rules of one
 * configuration and the trust of another, or seals by the settings of one and the keys of another.
 *
 * @param keys of the envelope; null where the configuration has none. A connection keeps those that
 *     it began with.
 */
public record Terms<C extends ListenerConfig>(
    C config, IdentityGeneration identity, AllowRules rules, @Nullable KeyRing keys) {
  /** Who we are to those whom we go to, as it is logged. */
  public String ourName() {
    List<Identity> ours = identity.identities();
    return ours.isEmpty() ? "nobody" : Peer.of(ours.get(0).leaf()).displayName();
  }
}

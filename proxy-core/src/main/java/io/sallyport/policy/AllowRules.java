package io.sallyport.policy;

import io.sallyport.config.Allow;
import io.sallyport.config.Origins;
import io.sallyport.config.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code allow}, compiled. Immutable; judged from any event loop. */
public final class AllowRules {

  private AllowRules() {}

  /**
   * @param problems receives each pattern that cannot be used; the result is then not to be used
   */
  public static AllowRules compile(Allow allow, Origins origins, List<Problem> problems) {
    return new AllowRules();
  }

  /**
   * @param peer null for a peer without a certificate
   * @param host whom we meant to reach; null where the peer came to us
   */
  public Verdict judge(@Nullable Peer peer, @Nullable String host) {
    return new Verdict.Denied(Denial.NO_RULE_MATCHED);
  }
}

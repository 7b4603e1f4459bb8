package io.sallyport.policy;

import io.sallyport.policy.RequestConditions.Request;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rules of patterns that have the same beginning of a URI, or the same end of a DNS name. They are
 * filed once more under the segment at the other end, where that is no wildcard: ten thousand
 * services that are each allowed in every namespace have one beginning. Filled before it is asked.
 */
final class FixedPart {

  private final Candidates open = new Candidates();
  private final Map<String, Candidates> byOtherEnd = new HashMap<>();

  /**
   * @param otherEnd null where a wildcard stands there
   */
  void add(@Nullable String otherEnd, AllowRule rule) {
    Candidates rules =
        otherEnd == null ? open : byOtherEnd.computeIfAbsent(otherEnd, none -> new Candidates());
    rules.add(rule);
  }

  /**
   * One of the rules that let the peer ask for this; null when none does.
   *
   * @param otherEnd of the name that is looked for
   * @param request null for the peer itself, whatever it asks for
   */
  @Nullable AllowRule find(String otherEnd, Peer peer, @Nullable Request request) {
    AllowRule found = Candidates.among(byOtherEnd.get(otherEnd), peer, request);
    return found == null ? Candidates.among(open, peer, request) : found;
  }
}

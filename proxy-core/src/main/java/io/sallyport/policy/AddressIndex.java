package io.sallyport.policy;

import io.sallyport.config.IpRange;
import io.sallyport.policy.RequestConditions.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rules by the addresses that they let in. An address is looked for once for each length of prefix
 * that a rule has, of which there are few. Filled before it is asked.
 */
final class AddressIndex {

  private final Map<IpRange, Candidates> byRange = new HashMap<>();

  /** One range of each kind of address and length of prefix. */
  private final List<IpRange> kinds = new ArrayList<>();

  void add(IpRange range, AllowRule rule) {
    if (kinds.stream().noneMatch(range::isAsLongAs)) {
      kinds.add(range);
    }
    byRange.computeIfAbsent(range, none -> new Candidates()).add(rule);
  }

  /**
   * One of the rules that let the peer ask for this; null when none does.
   *
   * @param request null for the peer itself, whatever it asks for
   */
  @Nullable AllowRule find(Peer peer, @Nullable Request request) {
    if (kinds.isEmpty()) {
      return null;
    }
    for (byte[] address : peer.addresses()) {
      for (IpRange kind : kinds) {
        IpRange around = kind.around(address);
        AllowRule found =
            around == null ? null : Candidates.among(byRange.get(around), peer, request);
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }
}

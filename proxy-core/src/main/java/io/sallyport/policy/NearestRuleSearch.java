package io.sallyport.policy;

import io.sallyport.config.Allow;
import io.sallyport.policy.RequestConditions.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the rule that a refusal came nearest to, for people: the one with the fewest fields that
 * did not match, who the peer is counting for more than what it asks for; of such the one with the
 * most that did, then the one whose names look most alike, then the first. One search each.
 *
 * <p>Unlike judging it looks at one rule after the other, so it ends where as much has been
 * compared as a refusal may cost, with the nearest so far: whoever is refused chooses how often.
 */
final class NearestRuleSearch {

  private static final int MOST_COMPARISONS = 20_000;

  /** A rule for the peer that lets it ask for something else is nearer than one for another. */
  private static final int IDENTITY_WEIGHT = 4;

  /** Of names or values; further ones are matched, and not looked at for likeness. */
  private static final int MOST_LIKENED = 16;

  private final Peer peer;
  private final @Nullable Request request;
  private int comparisonsLeft = MOST_COMPARISONS;

  private int misses;
  private int hits;
  private int likeness;
  private final List<String> failedOn = new ArrayList<>(2);

  /**
   * @param request null where the peer itself was refused
   */
  NearestRuleSearch(Peer peer, @Nullable Request request) {
    this.peer = peer;
    this.request = request;
  }

  /** Null where there is no rule, or where one matches. */
  @Nullable NearestRule among(List<AllowRule> rules) {
    NearestRule nearest = null;
    int fewestMisses = 0;
    int mostHits = 0;
    int mostLike = 0;
    for (AllowRule rule : rules) {
      if (comparisonsLeft < 0) {
        break;
      }
      lookAt(rule);
      if (failedOn.isEmpty()) {
        return null;
      }
      boolean nearer =
          nearest == null
              || misses < fewestMisses
              || (misses == fewestMisses
                  && (hits > mostHits || (hits == mostHits && likeness > mostLike)));
      if (nearer) {
        nearest = new NearestRule(rule.setting(), failedOn);
        fewestMisses = misses;
        mostHits = hits;
        mostLike = likeness;
      }
    }
    return nearest;
  }

  private void lookAt(AllowRule rule) {
    misses = 0;
    hits = 0;
    likeness = 0;
    failedOn.clear();
    for (Map.Entry<NameField, AllowRule.Values> each : rule.fields().entrySet()) {
      NameField field = each.getKey();
      AllowRule.Values values = each.getValue();
      List<String> names = peer.names(field);
      comparisonsLeft -= 1 + names.size() * (1 + values.patterns().size());
      boolean matches = AllowRule.anyName(field, values, peer);
      count(matches, field.field().setting(), IDENTITY_WEIGHT);
      if (!matches) {
        liken(names, values, !field.isPath());
      }
    }
    if (rule.ranges() != null) {
      comparisonsLeft -= peer.addresses().size() * rule.ranges().size();
      count(AllowRule.anyAddress(rule.ranges(), peer), Allow.Field.IP.setting(), IDENTITY_WEIGHT);
    }
    if (request != null) {
      lookAt(rule.conditions(), request);
    }
  }

  private void lookAt(RequestConditions conditions, Request asked) {
    if (conditions.methods() != null) {
      count(conditions.methodMatches(asked), Allow.RequestField.METHODS.setting(), 1);
    }
    if (conditions.hosts() != null) {
      count(conditions.hostMatches(asked), Allow.RequestField.HOSTS.setting(), 1);
    }
    AllowRule.Values paths = conditions.paths();
    if (paths != null) {
      comparisonsLeft -= 1 + paths.patterns().size();
      boolean matches = conditions.pathMatches(asked);
      count(matches, Allow.RequestField.PATHS.setting(), 1);
      if (!matches && asked.path() != null) {
        liken(List.of(asked.path()), paths, false);
      }
    }
  }

  private void count(boolean matches, String field, int weight) {
    if (matches) {
      hits += weight;
    } else {
      misses += weight;
      failedOn.add(field);
    }
  }

  /**
   * @param fromEnd whether what is alike stands at the end, as of DNS names
   */
  private void liken(List<String> names, AllowRule.Values values, boolean fromEnd) {
    List<String> literals = values.literals().stream().limit(MOST_LIKENED).toList();
    for (String name : first(names)) {
      for (String literal : literals) {
        likeness = Math.max(likeness, alike(name, literal, fromEnd));
      }
      for (SegmentPattern pattern : first(values.patterns())) {
        likeness = Math.max(likeness, alike(name, pattern.text(), fromEnd));
      }
      comparisonsLeft -= literals.size();
    }
  }

  private static <T> List<T> first(List<T> all) {
    return all.subList(0, Math.min(all.size(), MOST_LIKENED));
  }

  /** How many characters they share. */
  private static int alike(String one, String other, boolean fromEnd) {
    int most = Math.min(one.length(), other.length());
    int shared = 0;
    while (shared < most
        && (fromEnd
            ? one.charAt(one.length() - 1 - shared) == other.charAt(other.length() - 1 - shared)
            : one.charAt(shared) == other.charAt(shared))) {
      shared++;
    }
    return shared;
  }
}

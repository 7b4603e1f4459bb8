package io.sallyport.policy;

import io.sallyport.policy.RequestConditions.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rules that may let the same peer in. For its requests those with {@code paths} are filed once
 * more, under the part of the path that holds no wildcard, so that one peer may have many of them
 * too. Filled before it is asked.
 */
final class Candidates {

  private final List<AllowRule> all = new ArrayList<>(1);
  private final List<AllowRule> ofAnyPath = new ArrayList<>(1);
  private final Map<String, List<AllowRule>> byPathHead = new HashMap<>();

  /** Nothing longer is looked for, whatever a peer sends. */
  private int longestPathHead;

  void add(AllowRule rule) {
    if (!addOnce(all, rule)) {
      return;
    }
    AllowRule.Values paths = rule.conditions().paths();
    if (paths == null) {
      ofAnyPath.add(rule);
      return;
    }
    paths.literals().forEach(path -> file(path, rule));
    paths.patterns().forEach(pattern -> file(pattern.head(), rule));
  }

  private void file(String pathHead, AllowRule rule) {
    addOnce(byPathHead.computeIfAbsent(pathHead, none -> new ArrayList<>(1)), rule);
    longestPathHead = Math.max(longestPathHead, pathHead.length());
  }

  /** All that is filed of a rule is filed before the next one. */
  private static boolean addOnce(List<AllowRule> rules, AllowRule rule) {
    return (rules.isEmpty() || rules.get(rules.size() - 1) != rule) && rules.add(rule);
  }

  /**
   * One of these that lets the peer ask for this; null when none does.
   *
   * @param request null for the peer itself, whatever it asks for
   */
  static @Nullable AllowRule among(
      @Nullable Candidates rules, Peer peer, @Nullable Request request) {
    if (rules == null) {
      return null;
    }
    return request == null ? rules.find(peer) : rules.find(peer, request);
  }

  /** One of the rules that let the peer in; null when none does. */
  @Nullable AllowRule find(Peer peer) {
    for (AllowRule rule : all) {
      if (rule.matches(peer)) {
        return rule;
      }
    }
    return null;
  }

  /** One of the rules that let the peer ask for this; null when none does. */
  @Nullable AllowRule find(Peer peer, Request request) {
    AllowRule found = firstMatch(ofAnyPath, peer, request);
    String path = request.path();
    return found == null && path != null ? findByPath(path, peer, request) : found;
  }

  private @Nullable AllowRule findByPath(String path, Peer peer, Request request) {
    AllowRule found = null;
    for (int end = path.indexOf('/');
        found == null && end >= 0 && end <= longestPathHead;
        end = path.indexOf('/', end + 1)) {
      found = firstMatch(byPathHead.get(path.substring(0, end)), peer, request);
    }
    return found == null && path.length() <= longestPathHead
        ? firstMatch(byPathHead.get(path), peer, request)
        : found;
  }

  private static @Nullable AllowRule firstMatch(
      @Nullable List<AllowRule> rules, Peer peer, Request request) {
    if (rules != null) {
      for (AllowRule rule : rules) {
        if (rule.conditions().match(request) && rule.matches(peer)) {
          return rule;
        }
      }
    }
    return null;
  }
}

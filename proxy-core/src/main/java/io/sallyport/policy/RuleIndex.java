package io.sallyport.policy;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the rules that may let a peer in by its names, so that ten thousand rules cost what ten do.
 *
 * <p>Each rule is filed under its first field alone: a name under itself, a pattern under the part
 * of it that holds no wildcard (what a URI begins with, what a DNS name ends with). What is found
 * there is then matched whole. Rules with nothing but {@code ip} are tried one by one.
 */
final class RuleIndex {

  private static final NameField[] FIELDS = NameField.values();

  private final Map<NameField, Map<String, List<AllowRule>>> byName =
      new EnumMap<>(NameField.class);
  private final Map<NameField, Map<String, List<AllowRule>>> byFixedPart =
      new EnumMap<>(NameField.class);
  private final List<AllowRule> byAddressAlone = new ArrayList<>();

  RuleIndex(List<AllowRule> rules) {
    rules.forEach(this::file);
  }

  /** Whether any of the rules lets the peer in. */
  boolean admits(Peer peer) {
    for (NameField field : FIELDS) {
      if (anyAdmits(peer, field)) {
        return true;
      }
    }
    return anyMatches(byAddressAlone, peer);
  }

  private boolean anyAdmits(Peer peer, NameField field) {
    Map<String, List<AllowRule>> names = byName.getOrDefault(field, Map.of());
    Map<String, List<AllowRule>> fixedParts = byFixedPart.getOrDefault(field, Map.of());
    if (names.isEmpty() && fixedParts.isEmpty()) {
      return false;
    }
    for (String name : peer.names(field)) {
      boolean found = anyMatches(names.get(name), peer);
      if (!found && !fixedParts.isEmpty() && field.takesWildcards(name)) {
        found =
            field.isPath()
                ? anyMatchesByHead(fixedParts, name, peer)
                : anyMatchesByTail(fixedParts, name, peer);
      }
      if (found) {
        return true;
      }
    }
    return false;
  }

  private static boolean anyMatchesByHead(
      Map<String, List<AllowRule>> fixedParts, String uri, Peer peer) {
    boolean found = anyMatches(fixedParts.get(uri), peer);
    for (int end = UriName.pathStart(uri);
        !found && end >= 0 && end < uri.length();
        end = uri.indexOf('/', end + 1)) {
      found = anyMatches(fixedParts.get(uri.substring(0, end)), peer);
    }
    return found;
  }

  private static boolean anyMatchesByTail(
      Map<String, List<AllowRule>> fixedParts, String name, Peer peer) {
    boolean found = anyMatches(fixedParts.get(name), peer);
    for (int dot = name.indexOf('.'); !found && dot >= 0; dot = name.indexOf('.', dot + 1)) {
      found = anyMatches(fixedParts.get(name.substring(dot + 1)), peer);
    }
    return found;
  }

  private static boolean anyMatches(@Nullable List<AllowRule> rules, Peer peer) {
    return rules != null && rules.stream().anyMatch(rule -> rule.matches(peer));
  }

  private void file(AllowRule rule) {
    if (rule.fields().isEmpty()) {
      byAddressAlone.add(rule);
      return;
    }
    Map.Entry<NameField, AllowRule.Values> first = rule.fields().entrySet().iterator().next();
    NameField field = first.getKey();
    for (String literal : first.getValue().literals()) {
      file(byName, field, literal, rule);
    }
    for (SegmentPattern pattern : first.getValue().patterns()) {
      file(byFixedPart, field, field.isPath() ? pattern.head() : pattern.tail(), rule);
    }
  }

  private static void file(
      Map<NameField, Map<String, List<AllowRule>>> index,
      NameField field,
      String key,
      AllowRule rule) {
    List<AllowRule> rules =
        index
            .computeIfAbsent(field, none -> new HashMap<>())
            .computeIfAbsent(key, none -> new ArrayList<>(1));
    if (!rules.contains(rule)) {
      rules.add(rule);
    }
  }
}

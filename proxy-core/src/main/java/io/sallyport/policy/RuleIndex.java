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

  /** One of the rules that let the peer in; null when none does. */
  @Nullable AllowRule find(Peer peer) {
    for (NameField field : FIELDS) {
      AllowRule found = find(peer, field);
      if (found != null) {
        return found;
      }
    }
    return firstMatch(byAddressAlone, peer);
  }

  private @Nullable AllowRule find(Peer peer, NameField field) {
    Map<String, List<AllowRule>> names = byName.getOrDefault(field, Map.of());
    Map<String, List<AllowRule>> fixedParts = byFixedPart.getOrDefault(field, Map.of());
    if (names.isEmpty() && fixedParts.isEmpty()) {
      return null;
    }
    for (String name : peer.names(field)) {
      AllowRule found = firstMatch(names.get(name), peer);
      if (found == null && !fixedParts.isEmpty() && field.takesWildcards(name)) {
        found =
            field.isPath()
                ? findByHead(fixedParts, name, peer)
                : findByTail(fixedParts, name, peer);
      }
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private static @Nullable AllowRule findByHead(
      Map<String, List<AllowRule>> fixedParts, String uri, Peer peer) {
    AllowRule found = firstMatch(fixedParts.get(uri), peer);
    for (int end = UriName.pathStart(uri);
        found == null && end >= 0 && end < uri.length();
        end = uri.indexOf('/', end + 1)) {
      found = firstMatch(fixedParts.get(uri.substring(0, end)), peer);
    }
    return found;
  }

  private static @Nullable AllowRule findByTail(
      Map<String, List<AllowRule>> fixedParts, String name, Peer peer) {
    AllowRule found = firstMatch(fixedParts.get(name), peer);
    for (int dot = name.indexOf('.'); found == null && dot >= 0; dot = name.indexOf('.', dot + 1)) {
      found = firstMatch(fixedParts.get(name.substring(dot + 1)), peer);
    }
    return found;
  }

  private static @Nullable AllowRule firstMatch(@Nullable List<AllowRule> rules, Peer peer) {
    if (rules != null) {
      for (AllowRule rule : rules) {
        if (rule.matches(peer)) {
          return rule;
        }
      }
    }
    return null;
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

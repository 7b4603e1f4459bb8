package io.sallyport.policy;

import io.sallyport.config.IpRange;
import io.sallyport.policy.RequestConditions.Request;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the rules that may let a peer in by its names, so that ten thousand rules cost what ten do.
 *
 * <p>Each rule is filed under its first field alone: a name under itself, a pattern under the part
 * of it that holds no wildcard (what a URI begins with, what a DNS name ends with) and the segment
 * at its other end. What is found there is then matched whole, and looking goes on where that, or
 * what a request asks for, does not match. Rules with nothing but {@code ip} are filed by address.
 * Tried one by one are those whose patterns are the same at both ends.
 */
final class RuleIndex {

  private static final NameField[] FIELDS = NameField.values();

  private final Map<NameField, Map<String, Candidates>> byName = new EnumMap<>(NameField.class);
  private final Map<NameField, Map<String, FixedPart>> byFixedPart = new EnumMap<>(NameField.class);
  private final AddressIndex byAddressAlone = new AddressIndex();
  private final List<AllowRule> rules;
  private final boolean namesMethods;
  private final boolean namesHosts;
  private final boolean namesPaths;

  RuleIndex(List<AllowRule> rules) {
    this.rules = List.copyOf(rules);
    rules.forEach(this::file);
    namesMethods = rules.stream().anyMatch(rule -> rule.conditions().methods() != null);
    namesHosts = rules.stream().anyMatch(rule -> rule.conditions().hosts() != null);
    namesPaths = rules.stream().anyMatch(rule -> rule.conditions().paths() != null);
  }

  /** In the order in which they are written. */
  List<AllowRule> rules() {
    return rules;
  }

  /** Whether a rule asks for the method of a request. */
  boolean namesMethods() {
    return namesMethods;
  }

  /** Whether a rule asks for the host of a request. */
  boolean namesHosts() {
    return namesHosts;
  }

  /** Whether a rule asks for the path of a request. */
  boolean namesPaths() {
    return namesPaths;
  }

  /** One of the rules that let the peer in; null when none does. */
  @Nullable AllowRule find(Peer peer) {
    return find(peer, (Request) null);
  }

  /**
   * One of the rules that let the peer ask for this; null when none does.
   *
   * @param request null for the peer itself, whatever it asks for
   */
  @Nullable AllowRule find(Peer peer, @Nullable Request request) {
    for (NameField field : FIELDS) {
      AllowRule found = find(peer, request, field);
      if (found != null) {
        return found;
      }
    }
    return byAddressAlone.find(peer, request);
  }

  private @Nullable AllowRule find(Peer peer, @Nullable Request request, NameField field) {
    Map<String, Candidates> names = byName.getOrDefault(field, Map.of());
    Map<String, FixedPart> fixedParts = byFixedPart.getOrDefault(field, Map.of());
    if (names.isEmpty() && fixedParts.isEmpty()) {
      return null;
    }
    for (String name : peer.names(field)) {
      AllowRule found = Candidates.among(names.get(name), peer, request);
      if (found == null && !fixedParts.isEmpty() && field.takesWildcards(name)) {
        found =
            field.isPath()
                ? findByHead(fixedParts, name, peer, request)
                : findByTail(fixedParts, name, peer, request);
      }
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private static @Nullable AllowRule findByHead(
      Map<String, FixedPart> fixedParts, String uri, Peer peer, @Nullable Request request) {
    String last = uri.substring(uri.lastIndexOf('/') + 1);
    AllowRule found = among(fixedParts.get(uri), last, peer, request);
    for (int end = UriName.pathStart(uri);
        found == null && end >= 0 && end < uri.length();
        end = uri.indexOf('/', end + 1)) {
      found = among(fixedParts.get(uri.substring(0, end)), last, peer, request);
    }
    return found;
  }

  private static @Nullable AllowRule findByTail(
      Map<String, FixedPart> fixedParts, String name, Peer peer, @Nullable Request request) {
    int dot = name.indexOf('.');
    String first = dot < 0 ? name : name.substring(0, dot);
    AllowRule found = among(fixedParts.get(name), first, peer, request);
    for (; found == null && dot >= 0; dot = name.indexOf('.', dot + 1)) {
      found = among(fixedParts.get(name.substring(dot + 1)), first, peer, request);
    }
    return found;
  }

  private static @Nullable AllowRule among(
      @Nullable FixedPart rules, String otherEnd, Peer peer, @Nullable Request request) {
    return rules == null ? null : rules.find(otherEnd, peer, request);
  }

  private void file(AllowRule rule) {
    if (rule.fields().isEmpty()) {
      List<IpRange> ranges = rule.ranges();
      if (ranges != null) {
        ranges.forEach(range -> byAddressAlone.add(range, rule));
      } // else it asks for nothing, and lets nobody in
      return;
    }
    Map.Entry<NameField, AllowRule.Values> first = rule.fields().entrySet().iterator().next();
    NameField field = first.getKey();
    for (String literal : first.getValue().literals()) {
      byName
          .computeIfAbsent(field, none -> new HashMap<>())
          .computeIfAbsent(literal, none -> new Candidates())
          .add(rule);
    }
    for (SegmentPattern pattern : first.getValue().patterns()) {
      String fixed = field.isPath() ? pattern.head() : pattern.tail();
      String otherEnd = field.isPath() ? pattern.last() : pattern.first();
      byFixedPart
          .computeIfAbsent(field, none -> new HashMap<>())
          .computeIfAbsent(fixed, none -> new FixedPart())
          .add(otherEnd, rule);
    }
  }
}

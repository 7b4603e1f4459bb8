package io.sallyport.policy;

import io.sallyport.config.IpRange;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One rule, compiled: every field that it has must match, by any of the field's values. */
final class AllowRule {

  private final String setting;
  private final Map<NameField, Values> fields;
  private final @Nullable List<IpRange> ranges;
  private final RequestConditions conditions;

  /** What one field accepts; a field whose values were all refused accepts nothing. */
  record Values(Set<String> literals, List<SegmentPattern> patterns) {
    Values {
      literals = Set.copyOf(literals);
      patterns = List.copyOf(patterns);
    }

    /** Of names that wildcards may be laid over. */
    boolean match(String name) {
      if (literals.contains(name)) {
        return true;
      }
      for (SegmentPattern pattern : patterns) {
        if (pattern.matches(name)) {
          return true;
        }
      }
      return false;
    }
  }

  /**
   * @param setting where it is written
   * @param ranges null for a rule without {@code ip}
   */
  AllowRule(
      String setting,
      Map<NameField, Values> fields,
      @Nullable List<IpRange> ranges,
      RequestConditions conditions) {
    this.setting = setting;
    this.fields = fields;
    this.ranges = ranges;
    this.conditions = conditions;
  }

  String setting() {
    return setting;
  }

  Map<NameField, Values> fields() {
    return fields;
  }

  /** Null for a rule without {@code ip}. */
  @Nullable List<IpRange> ranges() {
    return ranges;
  }

  RequestConditions conditions() {
    return conditions;
  }

  /** Whether it is of this peer, whatever the peer asks for. */
  boolean matches(Peer peer) {
    if (fields.isEmpty() && ranges == null) {
      return false; // a rule that asks for nothing lets nobody in
    }
    for (Map.Entry<NameField, Values> field : fields.entrySet()) {
      if (!anyName(field.getKey(), field.getValue(), peer)) {
        return false;
      }
    }
    return ranges == null || anyAddress(ranges, peer);
  }

  static boolean anyName(NameField field, Values values, Peer peer) {
    for (String name : peer.names(field)) {
      boolean wildcards = !values.patterns.isEmpty() && field.takesWildcards(name);
      if (wildcards ? values.match(name) : values.literals.contains(name)) {
        return true;
      }
    }
    return false;
  }

  static boolean anyAddress(List<IpRange> ranges, Peer peer) {
    for (byte[] address : peer.addresses()) {
      for (IpRange range : ranges) {
        if (range.contains(address)) {
          return true;
        }
      }
    }
    return false;
  }
}

package io.sallyport.policy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One rule, compiled: every field that it has must match, by any of the field's values. */
final class AllowRule {

  private final String setting;
  private final Map<NameField, Values> fields;
  private final @Nullable List<IpRange> ranges;

  /** What one field accepts; a field whose values were all refused accepts nothing. */
  record Values(Set<String> literals, List<SegmentPattern> patterns) {
    Values {
      literals = Set.copyOf(literals);
      patterns = List.copyOf(patterns);
    }
  }

  /**
   * @param setting where it is written
   * @param ranges null for a rule without {@code ip}
   */
  AllowRule(String setting, Map<NameField, Values> fields, @Nullable List<IpRange> ranges) {
    this.setting = setting;
    this.fields = fields;
    this.ranges = ranges;
  }

  String setting() {
    return setting;
  }

  Map<NameField, Values> fields() {
    return fields;
  }

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

  private static boolean anyName(NameField field, Values values, Peer peer) {
    for (String name : peer.names(field)) {
      if (values.literals.contains(name)) {
        return true;
      }
      if (!values.patterns.isEmpty() && field.takesWildcards(name)) {
        for (SegmentPattern pattern : values.patterns) {
          if (pattern.matches(name)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static boolean anyAddress(List<IpRange> ranges, Peer peer) {
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

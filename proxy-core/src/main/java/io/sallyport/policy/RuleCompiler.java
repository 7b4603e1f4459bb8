package io.sallyport.policy;

import io.sallyport.config.Allow;
import io.sallyport.config.Origins;
import io.sallyport.config.Problem;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Rules as written to rules as judged; tells every value that cannot be used. */
final class RuleCompiler {

  private final Origins origins;
  private final List<Problem> problems;

  RuleCompiler(Origins origins, List<Problem> problems) {
    this.origins = origins;
    this.problems = problems;
  }

  AllowRule compile(Allow.Rule rule) {
    Map<NameField, AllowRule.Values> fields = new EnumMap<>(NameField.class);
    for (NameField field : NameField.values()) {
      if (rule.fields().containsKey(field.field())) {
        fields.put(field, values(field, rule));
      }
    }
    List<IpRange> ranges = rule.fields().containsKey(Allow.Field.IP) ? ranges(rule) : null;
    if (fields.isEmpty() && ranges == null) {
      problems.add(
          origins.problem(
              rule.setting(),
              "a rule that names nobody",
              "give it one of uri, spiffe, dns, ip, email, cn, ou and spki"));
    }
    return new AllowRule(rule.setting(), fields, ranges);
  }

  private AllowRule.Values values(NameField field, Allow.Rule rule) {
    Set<String> literals = new HashSet<>();
    List<SegmentPattern> patterns = new ArrayList<>();
    for (String value : rule.values(field.field())) {
      try {
        SegmentPattern pattern = field.parse(value);
        if (pattern.hasWildcards()) {
          patterns.add(pattern);
        } else {
          literals.add(pattern.text());
        }
      } catch (BadPattern e) {
        refuse(rule, field.field(), value, e);
      }
    }
    return new AllowRule.Values(literals, patterns);
  }

  private List<IpRange> ranges(Allow.Rule rule) {
    List<IpRange> ranges = new ArrayList<>();
    for (String value : rule.values(Allow.Field.IP)) {
      try {
        ranges.add(IpRange.parse(value));
      } catch (BadPattern e) {
        refuse(rule, Allow.Field.IP, value, e);
      }
    }
    return ranges;
  }

  private void refuse(Allow.Rule rule, Allow.Field field, String value, BadPattern e) {
    String setting = rule.setting() + "." + field.setting();
    String fault = "\"" + Printable.of(value) + "\" " + e.getMessage();
    problems.add(origins.problem(setting, fault, e.remedy()));
  }
}

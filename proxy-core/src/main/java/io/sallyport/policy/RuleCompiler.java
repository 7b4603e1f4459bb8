package io.sallyport.policy;

import io.sallyport.config.Allow;
import io.sallyport.config.Allow.RequestField;
import io.sallyport.config.IpRange;
import io.sallyport.config.Malformed;
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

  /** What a field's values are read with. */
  @FunctionalInterface
  private interface Parser {
    SegmentPattern parse(String value) throws BadPattern;
  }

  AllowRule compile(Allow.Rule rule) {
    Map<NameField, AllowRule.Values> fields = new EnumMap<>(NameField.class);
    for (NameField field : NameField.values()) {
      if (rule.fields().containsKey(field.field())) {
        String setting = rule.setting() + "." + field.field().setting();
        fields.put(field, values(setting, rule.values(field.field()), field::parse));
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
    return new AllowRule(rule.setting(), fields, ranges, conditions(rule));
  }

  private AllowRule.Values values(String setting, List<String> written, Parser parser) {
    Set<String> literals = new HashSet<>();
    List<SegmentPattern> patterns = new ArrayList<>();
    for (String value : written) {
      try {
        SegmentPattern pattern = parser.parse(value);
        if (pattern.hasWildcards()) {
          patterns.add(pattern);
        } else {
          literals.add(pattern.text());
        }
      } catch (BadPattern e) {
        refuse(setting, value, e);
      }
    }
    return new AllowRule.Values(literals, patterns);
  }

  private List<IpRange> ranges(Allow.Rule rule) {
    List<IpRange> ranges = new ArrayList<>();
    for (String value : rule.values(Allow.Field.IP)) {
      try {
        ranges.add(IpRange.parse(value));
      } catch (Malformed e) {
        problems.add(e.at(rule.setting() + "." + Allow.Field.IP.setting(), origins));
      }
    }
    return ranges;
  }

  private RequestConditions conditions(Allow.Rule rule) {
    if (rule.requestFields().isEmpty()) {
      return RequestConditions.NONE;
    }
    Set<String> methods = null;
    AllowRule.Values hosts = null;
    AllowRule.Values paths = null;
    for (Map.Entry<RequestField, List<String>> field : rule.requestFields().entrySet()) {
      String setting = rule.setting() + "." + field.getKey().setting();
      switch (field.getKey()) {
        case METHODS -> methods = methods(setting, field.getValue());
        case HOSTS -> hosts = values(setting, field.getValue(), RequestPatterns::host);
        case PATHS -> paths = values(setting, field.getValue(), RequestPatterns::path);
      }
    }
    return new RequestConditions(methods, hosts, paths);
  }

  private Set<String> methods(String setting, List<String> written) {
    Set<String> methods = new HashSet<>();
    for (String value : written) {
      try {
        methods.add(RequestPatterns.method(value));
      } catch (BadPattern e) {
        refuse(setting, value, e);
      }
    }
    return methods;
  }

  private void refuse(String setting, String value, BadPattern e) {
    String fault = "\"" + Printable.of(value) + "\" " + e.getMessage();
    problems.add(origins.problem(setting, fault, e.remedy()));
  }
}

package io.sallyport.policy;

import io.sallyport.config.Allow;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** A rule as the configuration would give it. */
final class RuleSpec {

  private final String setting;
  private final Map<NameField, List<String>> names = new EnumMap<>(NameField.class);
  private List<String> addresses = List.of();

  RuleSpec() {
    this("inbound.web.allow.0");
  }

  RuleSpec(String setting) {
    this.setting = setting;
  }

  RuleSpec uri(String... values) {
    return with(NameField.URI, values);
  }

  RuleSpec dns(String... values) {
    return with(NameField.DNS, values);
  }

  RuleSpec email(String... values) {
    return with(NameField.EMAIL, values);
  }

  RuleSpec cn(String... values) {
    return with(NameField.CN, values);
  }

  RuleSpec ou(String... values) {
    return with(NameField.OU, values);
  }

  RuleSpec spki(String... values) {
    return with(NameField.SPKI, values);
  }

  RuleSpec ip(String... values) {
    addresses = List.of(values);
    return this;
  }

  RuleSpec with(NameField field, String... values) {
    names.put(field, List.of(values));
    return this;
  }

  Allow.Rule rule() {
    return new Allow.Rule(
        setting,
        values(NameField.URI),
        values(NameField.DNS),
        addresses,
        values(NameField.EMAIL),
        values(NameField.CN),
        values(NameField.OU),
        values(NameField.SPKI));
  }

  private List<String> values(NameField field) {
    return names.getOrDefault(field, List.of());
  }
}

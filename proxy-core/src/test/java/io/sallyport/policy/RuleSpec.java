package io.sallyport.policy;

import io.sallyport.config.Allow;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** A rule as the configuration would give it. */
final class RuleSpec {

  private final String setting;
  private final Map<Allow.Field, List<String>> fields = new EnumMap<>(Allow.Field.class);
  private final Map<Allow.RequestField, List<String>> requestFields =
      new EnumMap<>(Allow.RequestField.class);

  RuleSpec() {
    this("inbound.web.allow.0");
  }

  RuleSpec(String setting) {
    this.setting = setting;
  }

  RuleSpec uri(String... values) {
    return with(Allow.Field.URI, values);
  }

  RuleSpec spiffe(String... values) {
    return with(Allow.Field.SPIFFE, values);
  }

  RuleSpec dns(String... values) {
    return with(Allow.Field.DNS, values);
  }

  RuleSpec email(String... values) {
    return with(Allow.Field.EMAIL, values);
  }

  RuleSpec cn(String... values) {
    return with(Allow.Field.CN, values);
  }

  RuleSpec ou(String... values) {
    return with(Allow.Field.OU, values);
  }

  RuleSpec spki(String... values) {
    return with(Allow.Field.SPKI, values);
  }

  RuleSpec ip(String... values) {
    return with(Allow.Field.IP, values);
  }

  RuleSpec with(Allow.Field field, String... values) {
    fields.put(field, List.of(values));
    return this;
  }

  RuleSpec methods(String... values) {
    return with(Allow.RequestField.METHODS, values);
  }

  RuleSpec hosts(String... values) {
    return with(Allow.RequestField.HOSTS, values);
  }

  RuleSpec paths(String... values) {
    return with(Allow.RequestField.PATHS, values);
  }

  RuleSpec with(Allow.RequestField field, String... values) {
    requestFields.put(field, List.of(values));
    return this;
  }

  Allow.Rule rule() {
    return new Allow.Rule(setting, fields, requestFields);
  }
}

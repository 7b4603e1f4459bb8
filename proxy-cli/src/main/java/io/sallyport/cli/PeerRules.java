package io.sallyport.cli;

import io.sallyport.config.Allow.Field;
import io.sallyport.config.Allow.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The flags {@code --allow-*} or {@code --verify-*}: a peer that matches any of them may come. */
final class PeerRules {

  private static final String SHA256 = "sha256:";

  private final String setting;
  private final List<Rule> rules = new ArrayList<>();

  /**
   * @param setting the {@code allow} that the rules make up
   */
  PeerRules(String setting) {
    this.setting = setting;
  }

  PeerRules cn(List<String> names) {
    return add(Field.CN, names);
  }

  PeerRules ou(List<String> names) {
    return add(Field.OU, names);
  }

  PeerRules dns(List<String> patterns) {
    return add(Field.DNS, patterns);
  }

  PeerRules uri(List<String> patterns) {
    return add(Field.URI, patterns);
  }

  /** Pins as Ghostunnel writes them, {@code sha256:DIGEST}, or the digest alone. */
  PeerRules spki(List<String> pins) {
    return add(
        Field.SPKI,
        pins.stream()
            .map(pin -> pin.startsWith(SHA256) ? pin.substring(SHA256.length()) : pin)
            .toList());
  }

  List<Rule> rules() {
    return rules;
  }

  private PeerRules add(Field field, List<String> values) {
    if (!values.isEmpty()) {
      rules.add(new Rule(setting + "." + field.setting(), Map.of(field, values)));
    }
    return this;
  }
}

package io.sallyport.cli;

import io.sallyport.config.Allow.Rule;
import java.util.ArrayList;
import java.util.List;

/** The flags {@code --allow-*} or {@code --verify-*}: a peer that matches any of them may come. */
final class PeerRules {

  private static final String SHA256 = "sha256:";
  private static final List<String> NONE = List.of();

  private final String setting;
  private final List<Rule> rules = new ArrayList<>();

  /**
   * @param setting the {@code allow} that the rules make up
   */
  PeerRules(String setting) {
    this.setting = setting;
  }

  PeerRules cn(List<String> names) {
    return add(names, new Rule(setting + ".cn", NONE, NONE, NONE, NONE, names, NONE, NONE));
  }

  PeerRules ou(List<String> names) {
    return add(names, new Rule(setting + ".ou", NONE, NONE, NONE, NONE, NONE, names, NONE));
  }

  PeerRules dns(List<String> patterns) {
    return add(patterns, new Rule(setting + ".dns", NONE, patterns, NONE, NONE, NONE, NONE, NONE));
  }

  PeerRules uri(List<String> patterns) {
    return add(patterns, new Rule(setting + ".uri", patterns, NONE, NONE, NONE, NONE, NONE, NONE));
  }

  /** Pins as Ghostunnel writes them, {@code sha256:DIGEST}, or the digest alone. */
  PeerRules spki(List<String> pins) {
    List<String> digests =
        pins.stream()
            .map(pin -> pin.startsWith(SHA256) ? pin.substring(SHA256.length()) : pin)
            .toList();
    return add(digests, new Rule(setting + ".spki", NONE, NONE, NONE, NONE, NONE, NONE, digests));
  }

  List<Rule> rules() {
    return rules;
  }

  private PeerRules add(List<String> values, Rule rule) {
    if (!values.isEmpty()) {
      rules.add(rule);
    }
    return this;
  }
}

package io.sallyport.policy;

import io.sallyport.config.Allow;
import java.util.List;

/**
 * The fields of a rule that hold names, the one that singles a peer out best first. {@code ip},
 * which holds ranges, is {@link IpRange}'s.
 */
enum NameField {
  SPKI("spki"),
  URI("uri"),
  DNS("dns"),
  EMAIL("email"),
  CN("cn"),
  OU("ou");

  private final String setting;

  NameField(String setting) {
    this.setting = setting;
  }

  /** Its name within a rule. */
  String setting() {
    return setting;
  }

  List<String> values(Allow.Rule rule) {
    return switch (this) {
      case SPKI -> rule.spki();
      case URI -> rule.uri();
      case DNS -> rule.dns();
      case EMAIL -> rule.email();
      case CN -> rule.cn();
      case OU -> rule.ou();
    };
  }

  /** Brings what a rule says into the form of {@link Peer}'s names. */
  SegmentPattern parse(String value) throws BadPattern {
    return switch (this) {
      case SPKI -> Patterns.spki(value);
      case URI -> Patterns.uri(value);
      case DNS -> Patterns.dns(value);
      case EMAIL -> Patterns.email(value);
      case CN, OU -> Patterns.text(value);
    };
  }

  /** Whether a peer's name may be matched by wildcards at all. */
  boolean takesWildcards(String name) {
    return switch (this) {
      case URI -> UriName.hasPlainPath(name);
      case DNS -> true;
      case SPKI, EMAIL, CN, OU -> false;
    };
  }
}

package io.sallyport.policy;

import io.sallyport.config.Allow;

/**
 * The fields of a rule that hold names, the one that singles a peer out best first. {@code ip},
 * which holds ranges, is {@link io.sallyport.config.IpRange}'s.
 */
enum NameField {
  SPKI(Allow.Field.SPKI),
  SPIFFE(Allow.Field.SPIFFE),
  URI(Allow.Field.URI),
  DNS(Allow.Field.DNS),
  EMAIL(Allow.Field.EMAIL),
  CN(Allow.Field.CN),
  OU(Allow.Field.OU);

  private final Allow.Field field;

  NameField(Allow.Field field) {
    this.field = field;
  }

  /** As it is written in a rule. */
  Allow.Field field() {
    return field;
  }

  /** Brings what a rule says into the form of {@link Peer}'s names. */
  SegmentPattern parse(String value) throws BadPattern {
    return switch (this) {
      case SPKI -> Patterns.spki(value);
      case SPIFFE -> Patterns.spiffe(value);
      case URI -> Patterns.uri(value);
      case DNS -> Patterns.dns(value);
      case EMAIL -> Patterns.email(value);
      case CN, OU -> Patterns.text(value);
    };
  }

  /** Whether its names are paths, which wildcards leave the beginning of, not the end. */
  boolean isPath() {
    return this == SPIFFE || this == URI;
  }

  /** Whether a peer's name may be matched by wildcards at all. */
  boolean takesWildcards(String name) {
    return switch (this) {
      case URI -> UriName.hasPlainPath(name);
      case SPIFFE, DNS -> true;
      case SPKI, EMAIL, CN, OU -> false;
    };
  }
}

package io.sallyport.config;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code allow}, as written: patterns are compiled by {@code io.sallyport.policy}. */
public sealed interface Allow {

  /** {@code any-trusted}: whoever our CAs vouch for. */
  record AnyTrusted() implements Allow {}

  /** {@code anyone}: also without a certificate. */
  record Anyone() implements Allow {}

  /** Outbound with no {@code allow}: the endpoint's own host name must match. */
  record HostName() implements Allow {}

  /**
   * Any of these lets a peer in.
   *
   * @param hostNameToo the endpoint's host name must match as well, as with Ghostunnel's flags
   */
  record Rules(List<Rule> rules, boolean hostNameToo) implements Allow {
    public Rules {
      rules = List.copyOf(rules);
    }
  }

  /** What a rule may ask of a peer's certificate. */
  enum Field {
    URI,
    SPIFFE,
    DNS,
    IP,
    EMAIL,
    CN,
    OU,
    SPKI;

    /** Its name within a rule. */
    public String setting() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What a rule may ask of an HTTP request. */
  enum RequestField {
    METHODS,
    PATHS,
    HOSTS;

    /** Its name within a rule. */
    public String setting() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Every field that it has must match; a field matches when any of its values does.
   *
   * @param setting its path, such as {@code inbound.web.allow.0}
   * @param fields of the peer's certificate
   * @param requestFields empty to let the peer ask for anything
   */
  record Rule(
      String setting,
      Map<Field, List<String>> fields,
      Map<RequestField, List<String>> requestFields) {
    public Rule {
      fields = copy(Field.class, fields);
      requestFields = copy(RequestField.class, requestFields);
    }

    /** One that lets the peer ask for anything. */
    public Rule(String setting, Map<Field, List<String>> fields) {
      this(setting, fields, Map.of());
    }

    private static <F extends Enum<F>> Map<F, List<String>> copy(
        Class<F> of, Map<F, List<String>> fields) {
      Map<F, List<String>> copy = new EnumMap<>(of);
      fields.forEach((field, values) -> copy.put(field, List.copyOf(values)));
      return Collections.unmodifiableMap(copy);
    }

    /** Empty for a field that it does not have. */
    public List<String> values(Field field) {
      return fields.getOrDefault(field, List.of());
    }
  }
}

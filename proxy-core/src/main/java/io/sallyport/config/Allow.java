package io.sallyport.config;

import java.util.List;

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

  /**
   * Every field that is not empty must match; a field matches when any of its values does.
   *
   * @param setting its path, such as {@code inbound.web.allow.0}
   */
  record Rule(
      String setting,
      List<String> uri,
      List<String> dns,
      List<String> ip,
      List<String> email,
      List<String> cn,
      List<String> ou,
      List<String> spki) {
    public Rule {
      uri = List.copyOf(uri);
      dns = List.copyOf(dns);
      ip = List.copyOf(ip);
      email = List.copyOf(email);
      cn = List.copyOf(cn);
      ou = List.copyOf(ou);
      spki = List.copyOf(spki);
    }
  }
}

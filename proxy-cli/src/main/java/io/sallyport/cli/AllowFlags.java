package io.sallyport.cli;

import io.sallyport.config.Allow;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Who may come in. */
final class AllowFlags {

  @Option(names = "--allow-all", description = "Whoever the CAs vouch for.")
  private boolean all;

  @Option(names = "--allow-cn", paramLabel = "CN", description = "This common name.")
  private List<String> cn = new ArrayList<>();

  @Option(names = "--allow-ou", paramLabel = "OU", description = "This organizational unit.")
  private List<String> ou = new ArrayList<>();

  @Option(
      names = "--allow-dns",
      paramLabel = "DNS",
      description = "This DNS name; * is one label, ** any number.")
  private List<String> dns = new ArrayList<>();

  @Option(
      names = "--allow-uri",
      paramLabel = "URI",
      description = "This URI; * is one path segment, ** any number.")
  private List<String> uri = new ArrayList<>();

  @Option(
      names = "--allow-spki-pin",
      paramLabel = "PIN",
      description = "The key with this digest: sha256:BASE64.")
  private List<String> pins = new ArrayList<>();

  @Option(names = "--disable-authentication", description = "Anyone: no certificate is asked for.")
  private boolean anyone;

  /** Whether clients must show a certificate. */
  boolean authenticate() {
    return !anyone;
  }

  /**
   * What the flags allow.
   *
   * @param listener the setting that this is the {@code allow} of
   */
  Allow allow(String listener, FlagFindings findings) {
    List<Allow.Rule> rules =
        new PeerRules(listener + ".allow").cn(cn).ou(ou).dns(dns).uri(uri).spki(pins).rules();
    int answers = (all ? 1 : 0) + (anyone ? 1 : 0) + (rules.isEmpty() ? 0 : 1);
    if (answers == 0) {
      findings.problem(
          "--allow-*",
          "missing, so that nobody could come in",
          "say who may with --allow-cn, -ou, -dns, -uri, -spki-pin or -all,"
              + " or with --disable-authentication");
    } else if (answers > 1) {
      findings.problem(
          all ? "--allow-all" : "--disable-authentication",
          "given together with other flags that say who may come in",
          "remove it, or them");
    }
    if (anyone) {
      return new Allow.Anyone();
    }
    return all ? new Allow.AnyTrusted() : new Allow.Rules(rules, false);
  }
}

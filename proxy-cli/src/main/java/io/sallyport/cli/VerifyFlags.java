package io.sallyport.cli;

import io.sallyport.config.Addresses;
import io.sallyport.config.Allow;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who the server must be. */
final class VerifyFlags {

  @Option(
      names = "--override-server-name",
      paramLabel = "NAME",
      description = "This name, in place of the target's host.")
  private @Nullable String serverName;

  @Option(names = "--verify-cn", paramLabel = "CN", description = "This common name.")
  private List<String> cn = new ArrayList<>();

  @Option(names = "--verify-ou", paramLabel = "OU", description = "This organizational unit.")
  private List<String> ou = new ArrayList<>();

  @Option(
      names = "--verify-dns",
      paramLabel = "DNS",
      description = "This DNS name; * is one label, ** any number.")
  private List<String> dns = new ArrayList<>();

  @Option(
      names = "--verify-uri",
      paramLabel = "URI",
      description = "This URI; * is one path segment, ** any number.")
  private List<String> uri = new ArrayList<>();

  @Option(
      names = "--verify-spki-pin",
      paramLabel = "PIN",
      description = "The key with this digest: sha256:BASE64.")
  private List<String> pins = new ArrayList<>();

  /** Null to go by the target's host. */
  @Nullable String serverName(FlagFindings findings) {
    return findings.optional("--override-server-name", serverName, Addresses::host);
  }

  /**
   * What the flags expect, the host name apart, which always must match.
   *
   * @param listener the setting that this is the {@code allow} of
   */
  Allow allow(String listener) {
    List<Allow.Rule> rules =
        new PeerRules(listener + ".allow").cn(cn).ou(ou).dns(dns).uri(uri).spki(pins).rules();
    return rules.isEmpty() ? new Allow.HostName() : new Allow.Rules(rules, true);
  }
}

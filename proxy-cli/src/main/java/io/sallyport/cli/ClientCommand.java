package io.sallyport.cli;

import io.sallyport.config.Address;
import io.sallyport.config.Addresses;
import io.sallyport.config.AdminConfig;
import io.sallyport.config.IdentityConfig;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.Limits;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.config.OutboundConfig;
import io.sallyport.config.ProxyConfig;
import io.sallyport.config.ReloadConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    description =
        "Takes plaintext in and brings it to a target over TLS; the flags are Ghostunnel's.",
    abbreviateSynopsis = true,
    sortOptions = false,
    footer = {
      "",
      "The CAs must vouch for the server, its certificate must have the target's host name and,"
          + " where there are --verify flags, any of them must match."
          + " A pin comes on top of the CAs, not in their place."
    })
final class ClientCommand implements Callable<Integer> {

  @ArgGroup(validate = false, order = 1, heading = "%nAddresses:%n")
  private AddressFlags addresses = new AddressFlags();

  @ArgGroup(validate = false, order = 2, heading = "%nWho we are, and whom we trust:%n")
  private KeyFlags keys = new KeyFlags();

  @ArgGroup(validate = false, order = 3, heading = "%nWho the server must be:%n")
  private VerifyFlags rules = new VerifyFlags();

  @ArgGroup(validate = false, order = 4, heading = "%nLimits (durations are such as 10s, 1h30m):%n")
  private LimitFlags limits = new LimitFlags();

  @ArgGroup(validate = false, order = 5, heading = "%nThe log:%n")
  private LogFlags log = new LogFlags();

  @Option(names = "--disable-authentication", description = "Show the server no certificate.")
  private boolean disableAuthentication;

  @Option(names = "--unsafe-listen", description = "Let other hosts send plaintext in.")
  private boolean unsafeListen;

  @Override
  public Integer call() throws Exception {
    log.apply();
    ProxyConfig config = config();
    return Serving.untilStopped(() -> config).code();
  }

  ProxyConfig config() throws InvalidConfig {
    FlagFindings findings = new FlagFindings();
    Listen listen = listen(findings);
    Address target = target(listen, findings);
    List<Path> trust = keys.trustOrSystem(findings);
    IdentityConfig identity = identity(trust, findings);
    String serverName = rules.serverName(findings);
    Limits given = limits.limits(findings);
    ReloadConfig reload = limits.reload(findings);
    AdminConfig admin = addresses.admin(listen, findings);
    if (listen == null || target == null || findings.any()) {
      throw findings.invalid();
    }
    OutboundConfig outbound =
        new OutboundConfig(
            Tunnel.NAME,
            listen,
            List.of(target),
            serverName,
            identity == null ? null : Tunnel.NAME,
            trust,
            rules.allow("outbound." + Tunnel.NAME),
            Tunnel.TLS,
            given);
    return Tunnel.of(outbound, identity, admin, limits.drain(), reload, findings.warnings());
  }

  private @Nullable Listen listen(FlagFindings findings) {
    Listen listen = addresses.listen(findings, unsafeListen);
    if (listen == null || Addresses.isOnHost(listen.address())) {
      return listen;
    }
    if (unsafeListen) {
      findings.warning("--unsafe-listen", "other hosts can send plaintext in", "");
    } else {
      findings.problem(
          "--listen",
          listen.address() + " is open to other hosts, and what comes in there is plaintext",
          "use loopback or a Unix socket, or add --unsafe-listen");
    }
    return listen;
  }

  private @Nullable Address target(@Nullable Listen listen, FlagFindings findings) {
    Address target = addresses.target(listen, findings);
    if (target instanceof Address.Unix) {
      findings.problem("--target", "a Unix socket has no host name to verify", "write HOST:PORT");
    }
    return target;
  }

  private @Nullable IdentityConfig identity(List<Path> trust, FlagFindings findings) {
    if (!disableAuthentication) {
      return new IdentityConfig(
          Tunnel.NAME,
          keys.source(findings, ", or show none with --disable-authentication"),
          trust,
          false);
    }
    if (keys.given()) {
      findings.problem(
          "--disable-authentication",
          "given together with a certificate or key",
          "remove it, or them");
    }
    return null;
  }
}

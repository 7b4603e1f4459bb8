package io.sallyport.cli;

import io.sallyport.config.Address;
import io.sallyport.config.Addresses;
import io.sallyport.config.AdminConfig;
import io.sallyport.config.Allow;
import io.sallyport.config.IdentityConfig;
import io.sallyport.config.IdentityConfig.KeySource;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.config.InboundConfig.ProxyProtocol;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.Limits;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.config.ProxyConfig;
import io.sallyport.config.ReloadConfig;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    description = "Takes TLS in and hands plaintext to a target; the flags are Ghostunnel's.",
    abbreviateSynopsis = true,
    sortOptions = false,
    footer = {
      "",
      "A client comes in when the CAs vouch for it and any --allow flag matches."
          + " A pin comes on top of the CAs, not in their place."
    })
final class ServerCommand implements Callable<Integer> {

  @ArgGroup(validate = false, order = 1, heading = "%nAddresses:%n")
  private AddressFlags addresses = new AddressFlags();

  @ArgGroup(validate = false, order = 2, heading = "%nWho we are, and whom we trust:%n")
  private KeyFlags keys = new KeyFlags();

  @ArgGroup(validate = false, order = 3, heading = "%nWho may come in (each may be repeated):%n")
  private AllowFlags rules = new AllowFlags();

  @ArgGroup(validate = false, order = 4, heading = "%nLimits (durations are such as 10s, 1h30m):%n")
  private LimitFlags limits = new LimitFlags();

  @ArgGroup(validate = false, order = 5, heading = "%nThe log:%n")
  private LogFlags log = new LogFlags();

  @Option(names = "--proxy-protocol", description = "Tell the target who the client is: PROXY v2.")
  private boolean proxyProtocol;

  @Option(names = "--unsafe-target", description = "Let the target be on another host.")
  private boolean unsafeTarget;

  @Override
  public Integer call() throws Exception {
    log.apply();
    ProxyConfig config = config();
    return Serving.untilStopped(() -> config).code();
  }

  ProxyConfig config() throws InvalidConfig {
    FlagFindings findings = new FlagFindings();
    Listen listen = addresses.listen(findings, true);
    Address target = target(listen, findings);
    KeySource source = keys.source(findings, "");
    Allow allow = rules.allow("inbound." + Tunnel.NAME, findings);
    Limits given = limits.limits(findings);
    ReloadConfig reload = limits.reload(findings);
    AdminConfig admin = addresses.admin(listen, findings);
    if (rules.authenticate() && keys.trust().isEmpty()) {
      // Not the system's CAs: any of them could then let anybody in.
      findings.problem("--cacert", "missing", "name the CAs that vouch for clients");
    }
    if (listen == null || target == null || findings.any()) {
      throw findings.invalid();
    }
    InboundConfig inbound =
        new InboundConfig(
            Tunnel.NAME,
            listen,
            target,
            List.of(Tunnel.NAME),
            false,
            List.of(),
            rules.authenticate() ? ClientAuth.REQUIRE : ClientAuth.NONE,
            allow,
            true,
            Tunnel.TLS,
            proxyProtocol ? ProxyProtocol.V2 : ProxyProtocol.NONE,
            given);
    IdentityConfig identity = new IdentityConfig(Tunnel.NAME, source, keys.trust(), false);
    return Tunnel.of(inbound, identity, admin, limits.drain(), reload, findings.warnings());
  }

  private @Nullable Address target(@Nullable Listen listen, FlagFindings findings) {
    Address target = addresses.target(listen, findings);
    if (target == null || Addresses.isOnHost(target)) {
      return target;
    }
    if (unsafeTarget) {
      findings.warning("--unsafe-target", "plaintext leaves this host", "");
    } else {
      findings.problem(
          "--target",
          target + " is not on this host, and what goes there is plaintext",
          "use loopback or a Unix socket, or add --unsafe-target");
    }
    return target;
  }
}

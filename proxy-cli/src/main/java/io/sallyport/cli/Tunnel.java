package io.sallyport.cli;

import io.sallyport.config.AdminConfig;
import io.sallyport.config.DrainConfig;
import io.sallyport.config.IdentityConfig;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.ListenerConfig;
import io.sallyport.config.ListenerConfig.HalfClose;
import io.sallyport.config.ListenerConfig.Tls;
import io.sallyport.config.ListenerConfig.TlsFloor;
import io.sallyport.config.Origins;
import io.sallyport.config.OutboundConfig;
import io.sallyport.config.Problem;
import io.sallyport.config.ProxyConfig;
import io.sallyport.config.ReloadConfig;
import io.sallyport.config.TransportKind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The configuration that {@code server} or {@code client} is: one listener, and no file. */
final class Tunnel {

  /** Of the listener and the identity, in logs and metrics. */
  static final String NAME = "tunnel";

  static final Tls TLS = new Tls(TlsFloor.TLS_1_2, List.of(), HalfClose.APPLICATION);

  private Tunnel() {}

  static ProxyConfig of(
      ListenerConfig listener,
      @Nullable IdentityConfig identity,
      AdminConfig admin,
      DrainConfig drain,
      ReloadConfig reload,
      List<Problem> warnings) {
    return new ProxyConfig(
        TransportKind.AUTO,
        ProxyConfig.autoWorkers(),
        identity == null ? Map.of() : Map.of(NAME, identity),
        listener instanceof InboundConfig inbound ? List.of(inbound) : List.of(),
        listener instanceof OutboundConfig outbound ? List.of(outbound) : List.of(),
        admin,
        drain,
        reload,
        warnings,
        flags(listener));
  }

  /** Where a file's settings have their line, these have the flag that they come from. */
  private static Origins flags(ListenerConfig listener) {
    String rule = listener instanceof InboundConfig ? "--allow-" : "--verify-";
    Map<String, String> flags = new HashMap<>();
    flags.put("admin", "--status");
    flags.put("reload", "--timed-reload");
    flags.put("drain", "--shutdown-timeout");
    flags.put("identities." + NAME, "--cert");
    flags.put("identities." + NAME + ".key", "--key");
    flags.put("identities." + NAME + ".key-password-file", "--storepass");
    flags.put("identities." + NAME + ".keystore", "--keystore");
    flags.put("identities." + NAME + ".keystore.password-file", "--storepass");
    flags.put("identities." + NAME + ".trust", "--cacert");
    flags.put(listener.setting(), "--listen");
    flags.put(listener.setting() + ".forward", "--target");
    flags.put(listener.setting() + ".connect", "--target");
    flags.put(listener.setting() + ".server-name", "--override-server-name");
    flags.put(listener.setting() + ".trust", "--cacert");
    for (String field : List.of("cn", "ou", "dns", "uri")) {
      flags.put(listener.setting() + ".allow." + field, rule + field);
    }
    flags.put(listener.setting() + ".allow.spki", rule + "spki-pin");
    return new Origins(flags, Set.of());
  }
}

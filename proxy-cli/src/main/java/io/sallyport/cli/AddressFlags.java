package io.sallyport.cli;

import io.sallyport.config.Address;
import io.sallyport.config.Addresses;
import io.sallyport.config.AdminConfig;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.config.Malformed;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where connections come from and go to. */
final class AddressFlags {

  private static final int UNIX_MODE = 0600;

  @Option(
      names = "--listen",
      paramLabel = "ADDR",
      description = "Listen at IP:PORT, systemd:NAME or unix:/PATH.")
  private @Nullable String listen;

  @Option(
      names = "--target",
      paramLabel = "ADDR",
      description = "Where connections go: HOST:PORT or, from a server, unix:/PATH.")
  private @Nullable String target;

  @Option(
      names = "--status",
      paramLabel = "ADDR",
      description =
          "Serve /status, /metrics and probes there; off this host, metrics and probes only.")
  private @Nullable String status;

  /**
   * Null with a problem found.
   *
   * @param offHost whether a socket that systemd passes may be open to other hosts
   */
  @Nullable Listen listen(FlagFindings findings, boolean offHost) {
    Address address =
        findings.required(
            "--listen",
            listen,
            Addresses::listen,
            "write where to listen, as in --listen 127.0.0.1:8443");
    if (address == null) {
      return null;
    }
    return address instanceof Address.Inherited
        ? new Listen(address, UNIX_MODE, List.of(), offHost)
        : new Listen(address, UNIX_MODE, List.of());
  }

  /** Null with a problem found. */
  @Nullable Address target(@Nullable Listen listening, FlagFindings findings) {
    Address address =
        findings.required(
            "--target",
            target,
            Addresses::target,
            "write where connections go, as in --target localhost:8080");
    if (overlap(listening, address)) {
      findings.problem(
          "--target", "leads back to --listen", "name what is on the far side of the proxy");
    }
    return address;
  }

  AdminConfig admin(@Nullable Listen listening, FlagFindings findings) {
    Address address = findings.optional("--status", status, AddressFlags::statusAddress);
    if (overlap(listening, address)) {
      findings.problem(
          "--status", address + " is what --listen listens on", "give each an address of its own");
    }
    if (address instanceof Address.Tcp tcp && !Addresses.isOnHost(tcp)) {
      return new AdminConfig(null, tcp);
    }
    return new AdminConfig(
        address == null ? null : new Listen(address, UNIX_MODE, List.of()), null);
  }

  private static boolean overlap(@Nullable Listen listening, @Nullable Address address) {
    return listening != null && address != null && Addresses.overlap(listening.address(), address);
  }

  /** Ghostunnel takes a URL too. */
  private static Address statusAddress(String text) throws Malformed {
    if (text.startsWith("https://")) {
      throw new Malformed("https is not to be had here", "write http://HOST:PORT");
    }
    return Addresses.listen(text.startsWith("http://") ? text.substring("http://".length()) : text);
  }
}

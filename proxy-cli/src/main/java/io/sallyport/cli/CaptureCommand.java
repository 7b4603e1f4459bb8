package io.sallyport.cli;

import io.sallyport.cli.capture.Backend;
import io.sallyport.cli.capture.CaptureRules;
import io.sallyport.cli.capture.Iptables;
import io.sallyport.cli.capture.Nftables;
import io.sallyport.config.InvalidConfig;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    description =
        "Prints, applies or removes the rules by which the kernel leads connections to a proxy"
            + " whose listeners have mode = captured.",
    sortOptions = false,
    footer = {
      "",
      "What stays on the loopback interface, and what the proxy's own user does, is",
      "never led there. The rules are in a table or in chains of their own; applied",
      "again, they replace those of before."
    })
final class CaptureCommand implements Callable<Integer> {

  @Mixin private final CaptureFlags flags = new CaptureFlags();

  @Option(names = "--apply", description = "Have the kernel go by the rules; needs NET_ADMIN.")
  private boolean apply;

  @Option(
      names = "--clean",
      description = "Remove what was applied, if anything was; needs NET_ADMIN.")
  private boolean clean;

  @Option(
      names = "--backend",
      paramLabel = "PROGRAM",
      description =
          "nft or iptables; default nft where it is installed. Without it, --clean cleans both.")
  private @Nullable String backend;

  @Option(
      names = "--ipv6",
      paramLabel = "WHETHER",
      description = "on, off, or auto for what this machine has; default auto.")
  private String ipv6 = "auto";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws CommandFailed, InvalidConfig {
    if (clean) {
      clean();
      return Exit.DONE.code();
    }
    CaptureRules rules = flags.rules(ipv6());
    Backend chosen = backend();
    if (apply) {
      chosen.apply(rules);
    } else {
      spec.commandLine().getOut().print(chosen.text(rules));
    }
    return Exit.DONE.code();
  }

  private void clean() throws CommandFailed {
    if (apply || flags.given()) {
      throw CommandFailed.invalid(
          "--clean", "given together with rules to make", "write it alone, or with --backend");
    }
    List<Backend> all =
        backend != null
            ? List.of(backend())
            : List.<Backend>of(new Nftables(), new Iptables()).stream()
                .filter(Backend::isThere)
                .toList();
    if (all.isEmpty()) {
      throw CommandFailed.failed(
          "--clean", "neither nft nor iptables is installed", "install the one that was used");
    }
    for (Backend each : all) {
      each.clean();
    }
  }

  private Backend backend() throws CommandFailed {
    if (backend == null) {
      Backend nft = new Nftables();
      Backend iptables = new Iptables();
      return !nft.isThere() && iptables.isThere() ? iptables : nft;
    }
    return switch (backend) {
      case "nft" -> new Nftables();
      case "iptables" -> new Iptables();
      default ->
          throw CommandFailed.invalid(
              "--backend", "'" + backend + "' is not known here", "write nft or iptables");
    };
  }

  private boolean ipv6() throws CommandFailed {
    return switch (ipv6) {
      case "on" -> true;
      case "off" -> false;
      case "auto" -> CaptureRules.machineHasIpv6();
      default ->
          throw CommandFailed.invalid(
              "--ipv6", "'" + ipv6 + "' is not known here", "write on, off or auto");
    };
  }
}

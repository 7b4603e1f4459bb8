package io.sallyport.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    description =
        "Shows who is connected to a running proxy: how many connections each peer has, and those"
            + " that were opened last.",
    footer = {"", "A TLS connection has the same id in the logs of the proxies at both its ends."})
final class ConnectionsCommand implements Callable<Integer> {

  /** As many as the admin server names. */
  private static final int MOST = 1000;

  @Mixin private final AdminReport report = new AdminReport();

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "How many connections and peers to name at most, up to 1000; default 100.")
  private int limit = 100;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    if (limit < 0 || limit > MOST) {
      throw CommandFailed.invalid(
          "--limit", limit + " cannot be had", "give a number up to " + MOST);
    }
    return report.print("/connections", "&limit=" + limit, spec.commandLine().getOut());
  }
}

package io.sallyport.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    description =
        "Shows what a running proxy is at: its listeners, certificates and keys, and whether its"
            + " files are served by.")
final class StatusCommand implements Callable<Integer> {

  @Mixin private final AdminReport report = new AdminReport();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    return report.print("/status", spec.commandLine().getOut());
  }
}

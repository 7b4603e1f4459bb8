package io.sallyport.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    description =
        "Shows whom a running proxy has refused, the last one first: why, how often, and which rule"
            + " came nearest.")
final class DenialsCommand implements Callable<Integer> {

  @Mixin private final AdminReport report = new AdminReport();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    return report.print("/denials", spec.commandLine().getOut());
  }
}

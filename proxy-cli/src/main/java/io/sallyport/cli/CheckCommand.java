package io.sallyport.cli;

import io.sallyport.Proxy;
import io.sallyport.config.ProxyConfig;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    description = "Reads a configuration and every file that it names; opens no socket.",
    footer = {"", "Exits with 0 when it would start, else with 2."})
final class CheckCommand implements Callable<Integer> {

  @Mixin private final ConfigFile config = new ConfigFile();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    PrintWriter err = spec.commandLine().getErr();
    ProxyConfig read = config.read();
    Proxy.Check check = Proxy.check(read);
    check.problems().forEach(problem -> err.println("error: " + problem));
    check.warnings().forEach(warning -> err.println("warning: " + warning));
    if (!check.problems().isEmpty()) {
      return Exit.INVALID.code();
    }
    spec.commandLine()
        .getOut()
        .println(
            config.path()
                + ": would start, "
                + read.inbound().size()
                + " inbound, "
                + read.outbound().size()
                + " outbound");
    return Exit.DONE.code();
  }
}

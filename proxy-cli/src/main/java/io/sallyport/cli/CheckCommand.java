package io.sallyport.cli;

import io.sallyport.PeerAnswer;
import io.sallyport.Proxy;
import io.sallyport.cli.inspect.Certificates;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.ProxyConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
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
        "Reads a configuration and every file that it names, and asks Workload APIs;"
            + " listens nowhere.",
    footer = {
      "",
      "Exits with 0 when it would start, else with 2;"
          + " with --peer, with 1 when that peer would get past no listener."
    })
final class CheckCommand implements Callable<Integer> {

  @Mixin private final ConfigFile config = new ConfigFile();

  @Option(
      names = "--peer",
      paramLabel = "FILE",
      description =
          "Say whether a peer with this certificate would get in, by which rule, or why not.")
  private @Nullable Path peer;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    PrintWriter err = spec.commandLine().getErr();
    ProxyConfig read = config.read();
    Proxy.Check check = Proxy.check(read);
    check.problems().forEach(problem -> err.println(Faults.ERROR + problem));
    check.warnings().forEach(warning -> err.println(Faults.WARNING + warning));
    if (!check.problems().isEmpty()) {
      return Exit.INVALID.code();
    }
    spec.commandLine()
        .getOut()
        .println(
            config.name()
                + ": would start, "
                + read.inbound().size()
                + " inbound, "
                + read.outbound().size()
                + " outbound");
    return (peer == null ? Exit.DONE : judge(read, peer)).code();
  }

  private Exit judge(ProxyConfig config, Path certificate) throws InvalidConfig, CommandFailed {
    List<PeerAnswer> answers = Proxy.judge(config, Certificates.read(certificate));
    answers.forEach(spec.commandLine().getOut()::println);
    return answers.stream().anyMatch(PeerAnswer::admitted) ? Exit.DONE : Exit.FAILED;
  }
}

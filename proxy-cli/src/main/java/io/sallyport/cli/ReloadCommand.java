package io.sallyport.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    description =
        "Has a running proxy read its configuration, and every file that it names, again.",
    footer = {
      "",
      "Exits with 0 when all is served by, or would be; with 1 when it cannot be, for",
      "reasons told as check tells them, or when the proxy cannot be reached."
    })
final class ReloadCommand implements Callable<Integer> {

  private static final int OK = 200;
  private static final int UNPROCESSABLE = 422;

  @Mixin private final AdminFlags admin = new AdminFlags();

  @Option(
      names = "--dry-run",
      description = "Only tell what would change, and how many connections would be closed.")
  private boolean dryRun;

  @Option(
      names = "--json",
      description = "Print what came of it as JSON, problems too, as the admin server has it.")
  private boolean json;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    AdminClient client = admin.client();
    String asked = json ? "/reload?format=json" : "/reload";
    AdminClient.Answer answer =
        client.post(dryRun ? asked + (json ? "&" : "?") + "dry-run=true" : asked);
    List<String> lines = answer.lines();
    String outcome = lines.isEmpty() ? "" : lines.get(lines.size() - 1);
    boolean ofReload =
        (answer.status() == OK || answer.status() == UNPROCESSABLE)
            && outcome.startsWith(
                (json ? "{\"outcome\":\"" : "") + (dryRun ? "would reload" : "reloaded"));
    if (!ofReload) {
      throw client.refused(answer);
    }
    PrintWriter err = spec.commandLine().getErr();
    lines.subList(0, lines.size() - 1).forEach(problem -> err.println(Faults.ERROR + problem));
    spec.commandLine().getOut().println(outcome);
    return (answer.status() == OK ? Exit.DONE : Exit.FAILED).code();
  }
}

package io.sallyport.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    description =
        "Tells a running proxy that it will be stopped: /readyz says so, peers are told to go, and"
            + " all is still served.",
    footer = {"", "The SIGTERM that follows does not wait for drain.delay again."})
final class DrainCommand implements Callable<Integer> {

  private static final int ACCEPTED = 202;

  @Mixin private final AdminFlags admin = new AdminFlags();

  @Option(names = "--json", description = "Print the answer as JSON, as the admin server has it.")
  private boolean json;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    AdminClient client = admin.client();
    AdminClient.Answer answer = client.post(json ? "/drain?format=json" : "/drain");
    if (answer.status() != ACCEPTED) {
      throw client.refused(answer);
    }
    spec.commandLine().getOut().println(answer.text());
    return Exit.DONE.code();
  }
}

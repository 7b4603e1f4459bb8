package io.sallyport.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    description = "Prints a completion script for bash and zsh.",
    footer = {"", "Use:  source <(sallyport completion)"})
final class CompletionCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    spec.commandLine().getOut().print(AutoComplete.bash("sallyport", spec.root().commandLine()));
    return Exit.DONE.code();
  }
}

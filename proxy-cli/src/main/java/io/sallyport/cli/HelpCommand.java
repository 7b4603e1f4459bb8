package io.sallyport.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(description = "Shows the help of a command.")
final class HelpCommand implements Callable<Integer> {

  @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "The command; default all.")
  private @Nullable String command;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws CommandFailed {
    CommandLine root = spec.root().commandLine();
    String name = command;
    CommandLine asked = name == null ? root : root.getSubcommands().get(name);
    if (asked == null) {
      throw CommandFailed.invalid(String.valueOf(name), "no such command", "see 'sallyport help'");
    }
    asked.usage(root.getOut());
    return Exit.DONE.code();
  }
}

package io.sallyport.cli;

import io.sallyport.cli.seal.NewKeyFile;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    description =
        "Makes a key: 32 random bytes in base64, in a new file that its owner alone can read.",
    footer = {"", "Example:", "  sallyport keygen -o 2026-a.key"})
final class KeygenCommand implements Callable<Integer> {

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "The file; it may not be there yet.")
  private Path file = Path.of("");

  @Override
  public Integer call() throws CommandFailed {
    if (file.toString().equals("-")) {
      throw CommandFailed.invalid("--output", "a key is not shown", "name a file");
    }
    NewKeyFile.write(file);
    return Exit.DONE.code();
  }
}

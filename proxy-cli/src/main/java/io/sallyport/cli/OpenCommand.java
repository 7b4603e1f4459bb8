package io.sallyport.cli;

import io.sallyport.cli.seal.Input;
import io.sallyport.cli.seal.Output;
import io.sallyport.cli.seal.Output.Content;
import io.sallyport.cli.seal.Progress;
import io.sallyport.cli.seal.RawCopy;
import io.sallyport.cli.seal.SealedCopy;
import io.sallyport.cli.seal.Terminal;
import io.sallyport.envelope.KeyRing;
import io.sallyport.envelope.KeyUse;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    description = "Opens what was sealed.",
    abbreviateSynopsis = true,
    sortOptions = false,
    footer = {
      "",
      "A file is written only when all of it is good. Standard output gets what has"
          + " been verified so far: unless the command exits with 0, discard it.",
      "",
      "Example:",
      "  sallyport open -k 2025=2025.key -k 2026=2026.key -o dump.sql dump.sealed"
    })
final class OpenCommand implements Callable<Integer> {

  @Mixin private final OpeningKeys keys = new OpeningKeys();
  @Mixin private final FormatFlag format = new FormatFlag();
  @Mixin private final AadFlags aad = new AadFlags();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      description = "The file to write; default standard output.")
  private @Nullable Path output;

  @Parameters(
      paramLabel = "IN",
      arity = "0..1",
      description = "The file to read; default standard input.")
  private @Nullable Path input;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws CommandFailed {
    format.refuseBesideRaw(aad.given(), keys.anyWrapping());
    byte[] additional = aad.bytes();
    KeyRing ring = KeyFileFlags.ring(keys.read(format.isRaw() ? KeyUse.RAW : KeyUse.SEALED));
    boolean shown = Terminal.isStandardError() && !Terminal.shows(output);
    try (Progress progress = new Progress(spec.commandLine().getErr(), "opening", shown);
        Input in = Input.of(input, progress);
        Output out = Output.to(output, Content.PLAINTEXT)) {
      if (format.isRaw()) {
        RawCopy.open(ring, in, out);
      } else {
        SealedCopy.open(ring, additional, in, out);
      }
      out.commit();
    }
    return Exit.DONE.code();
  }
}

package io.sallyport.cli;

import io.sallyport.cli.seal.Progress;
import io.sallyport.cli.seal.Rekeyed;
import io.sallyport.cli.seal.Terminal;
import io.sallyport.envelope.EnvelopeKey;
import io.sallyport.envelope.KeyRing;
import io.sallyport.envelope.KeyState;
import io.sallyport.envelope.KeyUse;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    description =
        "Has another key wrap the data keys of sealed files; their content stays as it is.",
    abbreviateSynopsis = true,
    sortOptions = false,
    footer = {
      "",
      "Only the header is proven; to prove all of a file, open it. Exits with 1 when"
          + " any of them could not be rewrapped; that one is as it was.",
      "",
      "Example:",
      "  sallyport rewrap --kek kek-1=kek-1.key --to-kek kek-2=kek-2.key *.sealed"
    })
final class RewrapCommand implements Callable<Integer> {

  @Option(
      names = "--kek",
      paramLabel = "ID=FILE",
      description = "A key that wraps the data keys now; may be repeated.")
  private List<String> from = new ArrayList<>();

  @Option(
      names = "--to-kek",
      required = true,
      paramLabel = "ID=FILE",
      description = "The key that is to wrap them.")
  private String to = "";

  @Mixin private final KeyFileFlags keyFiles = new KeyFileFlags();

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "The files.")
  private List<Path> files = new ArrayList<>();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws CommandFailed {
    EnvelopeKey target = keyFiles.read("--to-kek", to, KeyUse.WRAP, KeyState.PRIMARY);
    List<EnvelopeKey> all = new ArrayList<>(List.of(target));
    for (String old : from) {
      if (!old.equals(to)) {
        all.add(keyFiles.read("--kek", old, KeyUse.WRAP, KeyState.OPEN_ONLY));
      }
    }
    KeyRing ring = KeyFileFlags.ring(all);
    PrintWriter err = spec.commandLine().getErr();
    List<Path> done = new ArrayList<>();
    List<Path> already = new ArrayList<>();
    Exit exit =
        ManyFiles.each(
            files,
            err,
            file -> {
              try (Progress progress =
                  new Progress(err, "rewrapping", Terminal.isStandardError())) {
                (Rekeyed.rewrap(ring, target, file, progress) ? done : already).add(file);
              }
            });
    spec.commandLine()
        .getOut()
        .println(
            "rewrapped "
                + ManyFiles.count(done.size())
                + " with "
                + target.id()
                + (already.isEmpty()
                    ? ""
                    : ", " + ManyFiles.count(already.size()) + " had it already"));
    return exit.code();
  }
}

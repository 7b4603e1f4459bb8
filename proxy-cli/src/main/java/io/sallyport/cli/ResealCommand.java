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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    description = "Opens sealed files and seals them with another key, each in its place.",
    abbreviateSynopsis = true,
    sortOptions = false,
    footer = {
      "",
      "Exits with 1 when any of them could not be resealed; that one is as it was.",
      "",
      "Example:",
      "  sallyport reseal -k 2025-a=2025-a.key --to 2026-a=2026-a.key *.sealed"
    })
final class ResealCommand implements Callable<Integer> {

  @Mixin private final OpeningKeys keys = new OpeningKeys();

  @Option(names = "--to", paramLabel = "ID=FILE", description = "The key that seals them anew.")
  private @Nullable String to;

  @Option(
      names = "--to-kek",
      paramLabel = "ID=FILE",
      description = "In its place: a key that wraps a new data key for each.")
  private @Nullable String toWrapping;

  @Mixin private final AadFlags aad = new AadFlags();

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "The files.")
  private List<Path> files = new ArrayList<>();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws CommandFailed {
    byte[] additional = aad.bytes();
    EnvelopeKey target = target();
    List<EnvelopeKey> all =
        new ArrayList<>(
            keys.read(
                KeyUse.SEALED,
                to == null ? List.of() : List.of(to),
                toWrapping == null ? List.of() : List.of(toWrapping)));
    all.add(target);
    KeyRing ring = KeyFileFlags.ring(all);
    PrintWriter err = spec.commandLine().getErr();
    List<Path> done = new ArrayList<>();
    Exit exit =
        ManyFiles.each(
            files,
            err,
            file -> {
              try (Progress progress = new Progress(err, "resealing", Terminal.isStandardError())) {
                Rekeyed.reseal(ring, target, additional, file, progress);
              }
              done.add(file);
            });
    spec.commandLine()
        .getOut()
        .println("resealed " + ManyFiles.count(done.size()) + " with " + target.id());
    return exit.code();
  }

  private EnvelopeKey target() throws CommandFailed {
    if (to != null && toWrapping != null) {
      throw CommandFailed.invalid("--to-kek", "given together with --to", "use one of them");
    }
    if (toWrapping != null) {
      return keys.files().read("--to-kek", toWrapping, KeyUse.WRAP, KeyState.PRIMARY);
    }
    if (to == null) {
      throw CommandFailed.invalid(
          "--to", "missing", "name the new key with --to ID=FILE or --to-kek ID=FILE");
    }
    return keys.files().read("--to", to, KeyUse.SEALED, KeyState.PRIMARY);
  }
}

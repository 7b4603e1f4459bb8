package io.sallyport.cli;

import io.sallyport.cli.seal.Input;
import io.sallyport.cli.seal.Output;
import io.sallyport.cli.seal.Output.Content;
import io.sallyport.cli.seal.Progress;
import io.sallyport.cli.seal.RawCopy;
import io.sallyport.cli.seal.SealedCopy;
import io.sallyport.cli.seal.Terminal;
import io.sallyport.envelope.EnvelopeKey;
import io.sallyport.envelope.KeyState;
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
    description = "Seals a file, or what comes by a pipe, with AES-256-GCM.",
    abbreviateSynopsis = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  sallyport seal -k 2026-a=2026-a.key -o dump.sealed dump.sql",
      "  pg_dump shop | sallyport seal --kek kek-1=kek-1.key > dump.sealed"
    })
final class SealCommand implements Callable<Integer> {

  @Option(
      names = {"-k", "--key"},
      paramLabel = "ID=FILE",
      description = "The key that seals, and the file that holds it.")
  private @Nullable String direct;

  @Option(
      names = "--kek",
      paramLabel = "ID=FILE",
      description =
          "In its place: a key that wraps a data key made for this message; rewrap can change it.")
  private @Nullable String wrapping;

  @Mixin private final KeyFileFlags keyFiles = new KeyFileFlags();
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
    format.refuseBesideRaw(aad.given(), wrapping != null);
    byte[] additional = aad.bytes();
    EnvelopeKey key = key();
    try (Progress progress =
            new Progress(spec.commandLine().getErr(), "sealing", Terminal.isStandardError());
        Input in = Input.of(input, progress);
        Output out = Output.to(output, Content.SEALED)) {
      if (format.isRaw()) {
        RawCopy.seal(key, in, out);
      } else {
        SealedCopy.seal(key, additional, in, out);
      }
      out.commit();
    }
    return Exit.DONE.code();
  }

  private EnvelopeKey key() throws CommandFailed {
    if (direct != null && wrapping != null) {
      throw CommandFailed.invalid("--kek", "given together with --key", "use one of them");
    }
    if (wrapping != null) {
      return keyFiles.read("--kek", wrapping, KeyUse.WRAP, KeyState.PRIMARY);
    }
    if (direct == null) {
      throw CommandFailed.invalid(
          "--key", "missing", "name a key with -k ID=FILE or --kek ID=FILE");
    }
    KeyUse use = format.isRaw() ? KeyUse.RAW : KeyUse.SEALED;
    return keyFiles.read("--key", direct, use, KeyState.PRIMARY);
  }
}

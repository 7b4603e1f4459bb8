package io.sallyport.cli;

import io.sallyport.config.OpenToOthers;
import io.sallyport.envelope.EnvelopeKey;
import io.sallyport.envelope.InvalidKeyFile;
import io.sallyport.envelope.InvalidKeyRing;
import io.sallyport.envelope.KeyEncoding;
import io.sallyport.envelope.KeyFile;
import io.sallyport.envelope.KeyRing;
import io.sallyport.envelope.KeyState;
import io.sallyport.envelope.KeyUse;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** How files of envelope keys are read, whatever the flag that names them. */
final class KeyFileFlags {

  /** As it is typed. */
  enum Encoding {
    base64(KeyEncoding.BASE64),
    hex(KeyEncoding.HEX),
    binary(KeyEncoding.BINARY);

    private final KeyEncoding encoding;

    Encoding(KeyEncoding encoding) {
      this.encoding = encoding;
    }
  }

  @Option(
      names = "--key-encoding",
      paramLabel = "ENCODING",
      description = "How key files hold 32 bytes: base64, hex or binary; default base64.")
  private Encoding encoding = Encoding.base64;

  @Option(
      names = "--strict-permissions",
      description = "Refuse key files that others can read, instead of warning.")
  private boolean strict;

  @Spec(Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  /**
   * Reads a key; warns on standard error where others can read it, too.
   *
   * @param flag that names it
   * @param given ID=FILE
   */
  EnvelopeKey read(String flag, String given, KeyUse use, KeyState state) throws CommandFailed {
    int at = given.indexOf('=');
    String id = given.substring(0, Math.max(at, 0));
    if (at < 0 || at == given.length() - 1) {
      // What was given is not repeated: it may be the key itself.
      throw CommandFailed.invalid(flag, "is not ID=FILE", "write such as 2026-a=/etc/keys/2026-a");
    }
    if (!EnvelopeKey.isId(id)) {
      throw CommandFailed.invalid(
          flag, "the id of a key is 1 to 64 of A-Z a-z 0-9 . _ -", "name it so");
    }
    Path file = file(flag, given.substring(at + 1));
    byte[] secret = {};
    try {
      checkPermissions(file);
      secret = KeyFile.read(file, encoding.encoding);
      return EnvelopeKey.of(id, use, state, secret);
    } catch (InvalidKeyFile e) {
      throw CommandFailed.invalid(file.toString(), String.valueOf(e.getMessage()), remedy());
    } catch (IOException e) {
      throw CommandFailed.unreadable(file, e);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  private static Path file(String flag, String given) throws CommandFailed {
    try {
      return Path.of(given);
    } catch (InvalidPathException e) {
      throw CommandFailed.invalid(
          flag, "names a file that this locale has no letters for", "set LC_ALL=C.UTF-8");
    }
  }

  private String remedy() {
    return "it was read as " + encoding + ", see --key-encoding; keygen makes keys";
  }

  private void checkPermissions(Path file) throws CommandFailed {
    // Of a pipe permissions say nothing.
    Optional<String> remedy =
        Files.isRegularFile(file) ? OpenToOthers.remedy(file, strict) : Optional.empty();
    if (remedy.isEmpty()) {
      return;
    }
    if (strict) {
      throw CommandFailed.invalid(file.toString(), OpenToOthers.FAULT, remedy.get());
    }
    PrintWriter err = command.commandLine().getErr();
    err.println(Faults.WARNING + file + ": " + OpenToOthers.FAULT + "; " + remedy.get());
  }

  static KeyRing ring(List<EnvelopeKey> keys) throws CommandFailed {
    try {
      return KeyRing.of(keys);
    } catch (InvalidKeyRing e) {
      throw CommandFailed.invalid(
          "key " + e.key(), e.fault() + ": " + e.other(), "give each its own");
    }
  }
}

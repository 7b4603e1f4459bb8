package io.sallyport.cli;

import io.sallyport.envelope.EnvelopeKey;
import io.sallyport.envelope.KeyState;
import io.sallyport.envelope.KeyUse;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The keys that open; which of them is needed, the message says. */
final class OpeningKeys {

  @Option(
      names = {"-k", "--key"},
      paramLabel = "ID=FILE",
      description = "A key, and the file that holds it; may be repeated.")
  private List<String> direct = new ArrayList<>();

  @Option(
      names = "--kek",
      paramLabel = "ID=FILE",
      description = "A key that wraps data keys; may be repeated.")
  private List<String> wrapping = new ArrayList<>();

  @Mixin private final KeyFileFlags files = new KeyFileFlags();

  KeyFileFlags files() {
    return files;
  }

  boolean anyWrapping() {
    return !wrapping.isEmpty();
  }

  /**
   * All of them; at least one.
   *
   * @param use of those that do not wrap
   */
  List<EnvelopeKey> read(KeyUse use) throws CommandFailed {
    if (direct.isEmpty() && wrapping.isEmpty()) {
      throw CommandFailed.invalid(
          "--key", "missing", "name a key with -k ID=FILE or --kek ID=FILE");
    }
    return read(use, List.of(), List.of());
  }

  /**
   * Those that are not among the others, which have been read already: a pipe is read once.
   *
   * @param directRead as given to a flag like {@code --key}
   * @param wrappingRead as given to a flag like {@code --kek}
   */
  List<EnvelopeKey> read(KeyUse use, List<String> directRead, List<String> wrappingRead)
      throws CommandFailed {
    List<EnvelopeKey> keys = new ArrayList<>();
    for (String key : direct) {
      if (!directRead.contains(key)) {
        keys.add(files.read("--key", key, use, KeyState.OPEN_ONLY));
      }
    }
    for (String key : wrapping) {
      if (!wrappingRead.contains(key)) {
        keys.add(files.read("--kek", key, KeyUse.WRAP, KeyState.OPEN_ONLY));
      }
    }
    return keys;
  }
}

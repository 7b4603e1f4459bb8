package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What has to be known to open, and is not in the message. */
final class AadFlags {

  private static final char UNDECODABLE = '\uFFFD';

  @Option(
      names = "--aad",
      paramLabel = "TEXT",
      description = "Additional data, as UTF-8: has to be the same to open it again.")
  private @Nullable String text;

  @Option(names = "--aad-hex", paramLabel = "HEX", description = "The same, in hex.")
  private @Nullable String hex;

  /** The flag that was given, null where none was. */
  @Nullable String given() {
    return text != null ? "--aad" : hex != null ? "--aad-hex" : null;
  }

  /** Empty where none was given. */
  byte[] bytes() throws CommandFailed {
    if (text != null && hex != null) {
      throw CommandFailed.invalid("--aad-hex", "given together with --aad", "use one of them");
    }
    if (text != null && text.indexOf(UNDECODABLE) >= 0) {
      // Java has put something else in place of what this locale does not know.
      throw CommandFailed.invalid(
          "--aad", "is not text in this locale", "set LC_ALL=C.UTF-8, or use --aad-hex");
    }
    try {
      return text != null ? text.getBytes(UTF_8) : HexFormat.of().parseHex(hex == null ? "" : hex);
    } catch (IllegalArgumentException e) {
      throw CommandFailed.invalid("--aad-hex", "is not hex", "write two digits for each byte");
    }
  }
}

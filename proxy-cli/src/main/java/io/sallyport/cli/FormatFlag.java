package io.sallyport.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The format, which is chosen and never guessed. */
final class FormatFlag {

  /** As it is typed. */
  enum Format {
    sealed,
    raw
  }

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "sealed, the default, of any length; or raw: nonce, ciphertext and tag, as Go and Python"
              + " make it, of at most 16 MiB.")
  private Format format = Format.sealed;

  boolean isRaw() {
    return format == Format.raw;
  }

  /**
   * What the raw format has no place for.
   *
   * @param aad a flag, or null
   */
  void refuseBesideRaw(@Nullable String aad, boolean wrapping) throws CommandFailed {
    String flag = wrapping ? "--kek" : aad;
    if (isRaw() && flag != null) {
      throw CommandFailed.invalid(
          flag, "is not for the raw format", "remove it, or leave out --format raw");
    }
  }
}

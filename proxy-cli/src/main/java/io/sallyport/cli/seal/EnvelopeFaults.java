package io.sallyport.cli.seal;

import io.sallyport.cli.CommandFailed;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.envelope.EnvelopeFailure;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** What an operator is told of an envelope that is refused, and what to do about it. */
public final class EnvelopeFaults {

  private static final String RESTORE = "restore it from a good copy";

  private EnvelopeFaults() {}

  /**
   * @param name of the file, or of standard input
   */
  public static CommandFailed of(String name, EnvelopeFailed fault) {
    return CommandFailed.failed(name, fault.detail(), remedy(fault.failure()));
  }

  /** The same, of an output of which there is something that nobody can take back. */
  static CommandFailed of(String name, EnvelopeFailed fault, Output output) {
    long released = output.releasedBytes();
    return released == 0
        ? of(name, fault)
        : CommandFailed.failed(
            name,
            fault.detail(),
            "discard what was written to "
                + output.name()
                + " ("
                + released
                + " bytes), and "
                + remedy(fault.failure()));
  }

  /** The same, of a raw message: neither a key nor its name is in it. */
  static CommandFailed ofRaw(String name, EnvelopeFailed fault) {
    return CommandFailed.failed(
        name,
        fault.detail(),
        fault.failure() == EnvelopeFailure.DAMAGED
            ? "check the key file, or " + RESTORE
            : remedy(fault.failure()));
  }

  private static String remedy(EnvelopeFailure failure) {
    return switch (failure) {
      case NOT_AN_ENVELOPE -> "check that it is sealed; a raw message takes --format raw";
      case UNKNOWN_VERSION -> "open it with a later sallyport";
      case UNKNOWN_KEY, KEY_DISABLED, NO_PRIMARY_KEY ->
          "name its key: -k ID=FILE, or --kek ID=FILE where it wraps a data key";
      case UNWRAP_FAILED -> "check the file that --kek names for this id";
      case WRONG_KEY_OR_AAD -> "check the key file, and --aad";
      case KMS_FAILED, NONCES_SPENT -> "try again later";
      case TOO_LONG -> "seal it in parts";
      case MALFORMED, DAMAGED, TRUNCATED, TRAILING_DATA -> RESTORE;
    };
  }

  /** What a stage has come to; with keys that are here it is done at once. */
  static <T> T done(CompletionStage<T> stage) throws EnvelopeFailed {
    try {
      return stage.toCompletableFuture().join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof EnvelopeFailed failed) {
        throw failed;
      }
      throw e;
    }
  }
}

package io.sallyport.cli.inspect;

import io.sallyport.identity.FailedHandshake;
import org.jspecify.annotations.Nullable;

/**
 * What came of one handshake.
 *
 * @param agreed null where it was not finished
 * @param failed why not; after a finished one, the alert by which the server refused us
 * @param parting what the server did when it was done
 */
record Handshake(@Nullable Agreed agreed, @Nullable FailedHandshake failed, Parting parting) {

  /**
   * What was negotiated.
   *
   * @param group of the key exchange; {@code unknown} where the engine does not tell
   * @param alpn {@code none} where nothing was agreed
   * @param certificates how many the server sent
   */
  record Agreed(
      String version,
      String group,
      String cipher,
      String alpn,
      boolean resumed,
      int certificates) {}

  /** With TLS 1.3 a server judges its client only when the client is done. */
  enum Parting {
    STAYED("done"),
    CLOSED("done, then closed by the server"),
    RESET("done, then reset by the server"),
    REFUSED("done, then refused by the server");

    private final String words;

    Parting(String words) {
      this.words = words;
    }
  }

  static Handshake unfinished(FailedHandshake failed) {
    return new Handshake(null, failed, Parting.CLOSED);
  }

  /** Whether the server has nothing against us. */
  boolean welcome() {
    return agreed != null && (parting == Parting.STAYED || parting == Parting.CLOSED);
  }

  /** How it ended. */
  String outcome() {
    if (agreed == null) {
      return "failed, " + failed;
    }
    return parting.words + (failed == null ? "" : ": " + failed.detail());
  }
}

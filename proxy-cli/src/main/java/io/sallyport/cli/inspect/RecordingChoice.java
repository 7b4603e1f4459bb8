package io.sallyport.cli.inspect;

import io.sallyport.tls.HandshakeView;
import java.util.List;
import java.util.function.ToIntFunction;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/** Notes that the server asks for a certificate, and shows ours where there is one. */
final class RecordingChoice implements ToIntFunction<HandshakeView> {

  private final @Nullable ClientIdentity identity;
  private @Nullable List<String> acceptedCas;

  RecordingChoice(@Nullable ClientIdentity identity) {
    this.identity = identity;
  }

  @Nullable ClientIdentity identity() {
    return identity;
  }

  /** Whom the server accepts as issuers, often nobody by name; null when it did not ask. */
  @Nullable List<String> acceptedCas() {
    return acceptedCas;
  }

  @Override
  public int applyAsInt(HandshakeView handshake) {
    acceptedCas = handshake.acceptedCas().stream().map(X500Principal::getName).toList();
    return identity == null ? -1 : 0;
  }
}

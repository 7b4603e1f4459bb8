package io.sallyport.identity;

import io.netty.handler.ssl.SslProtocols;
import io.sallyport.tls.HandshakeView;
import java.time.Instant;
import java.util.function.ToIntFunction;

/**
 * Chooses of our key pairs the one that answers to the server name, whatever kind of key is asked
 * for: BoringSSL itself knows whether the two sides have anything in common.
 */
final class OwnChoice implements ToIntFunction<HandshakeView> {

  /** Has no certificate: BoringSSL then knows what to say to the peer. */
  private static final int NOBODY = -1;

  private final ServerNames names;

  OwnChoice(ServerNames names) {
    this.names = names;
  }

  /** The place among {@link ServerNames#identities()}. */
  @Override
  public int applyAsInt(HandshakeView handshake) {
    if (names.identities().size() > 1) {
      keepToOneName(handshake);
    }
    Identity selected =
        names.makeNoDifference()
            ? names.identities().get(0)
            : names.selected(handshake.requestedServerName());
    if (selected == null) {
      return NOBODY;
    }
    staple(handshake, selected);
    return names.identities().indexOf(selected);
  }

  /**
   * RFC 6066 §3: in TLS 1.2 a session must not be resumed under another server name, and BoringSSL
   * does not remember the name. Until now it has looked at no ticket, and has chosen the version;
   * in TLS 1.3 another name is permitted.
   */
  private static void keepToOneName(HandshakeView handshake) {
    if (handshake.version().equals(SslProtocols.TLS_v1_2)) {
      handshake.doWithoutTickets();
    }
  }

  /** Sent to clients alone that ask for it. */
  private static void staple(HandshakeView handshake, Identity identity) {
    Staple staple = identity.staple();
    byte[] answer = staple == null ? null : staple.at(Instant.now());
    if (answer != null) {
      handshake.staple(answer);
    }
  }
}

package io.sallyport.identity;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslProtocols;
import io.netty.internal.tcnative.SSL;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Shows our key pair, of several the one that answers to the server name, whatever kind of key is
 * asked for. BoringSSL itself knows whether the two sides have anything in common and then sends
 * the right alert; Netty asks only for RSA and EC keys, so that Ed25519 would never be found, and
 * answers internal_error where none is.
 */
final class OwnKeyManager extends X509ExtendedKeyManager {

  /** Has no certificate: BoringSSL then knows what to say to the peer. */
  private static final String NOBODY = "";

  private final ServerNames names;
  private final UnaryOperator<PrivateKey> asShown;

  /**
   * @param asShown what the TLS library is given for a key
   */
  OwnKeyManager(ServerNames names, UnaryOperator<PrivateKey> asShown) {
    this.names = names;
    this.asShown = asShown;
  }

  @Override
  public String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
    if (names.identities().isEmpty()) {
      return NOBODY;
    }
    if (names.identities().size() > 1) {
      keepToOneName(engine);
    }
    // Asking the engine for the name costs every handshake a string.
    Identity selected =
        names.makeNoDifference()
            ? names.identities().get(0)
            : names.selected(TlsHandlers.requestedServerName(engine));
    if (selected == null) {
      return NOBODY;
    }
    staple(engine, selected);
    return selected.name();
  }

  /**
   * RFC 6066 §3: in TLS 1.2 a session must not be resumed under another server name, and BoringSSL
   * does not remember the name. Until now it has looked at no ticket, and has chosen the version;
   * in TLS 1.3 another name is permitted.
   */
  private static void keepToOneName(SSLEngine engine) {
    if (engine instanceof ReferenceCountedOpenSslEngine openSsl) {
      // It may be freed on its loop while we are asked elsewhere, where peers are looked up.
      synchronized (openSsl) {
        long ssl = openSsl.sslPointer();
        if (ssl != 0 && SSL.getVersion(ssl).equals(SslProtocols.TLS_v1_2)) {
          SSL.setOptions(ssl, SSL.SSL_OP_NO_TICKET);
        }
      }
    }
  }

  /** Sent to clients alone that ask for it; the JDK's engine could only ask for it by itself. */
  private static void staple(SSLEngine engine, Identity identity) {
    Staple staple = identity.staple();
    if (staple != null && engine instanceof ReferenceCountedOpenSslEngine openSsl) {
      byte[] answer = staple.at(Instant.now());
      if (answer != null) {
        openSsl.setOcspResponse(answer);
      }
    }
  }

  /** Also where the server names no CA of ours: its refusal says more than our silence. */
  @Override
  public String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, SSLEngine engine) {
    return first();
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    Identity identity = named(alias);
    return identity == null ? null : identity.chain().toArray(X509Certificate[]::new);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    Identity identity = named(alias);
    return identity == null ? null : asShown.apply(identity.key());
  }

  private @Nullable Identity named(String alias) {
    for (Identity identity : names.identities()) {
      if (identity.name().equals(alias)) {
        return identity;
      }
    }
    return null;
  }

  @Override
  public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return aliases();
  }

  @Override
  public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return aliases();
  }

  private String[] aliases() {
    return names.identities().stream().map(Identity::name).toArray(String[]::new);
  }

  @Override
  public String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return first();
  }

  @Override
  public String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return first();
  }

  private String first() {
    return names.identities().get(0).name();
  }
}

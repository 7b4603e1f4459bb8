package io.sallyport.cli.inspect;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** Notes that the server asks for a certificate, and shows ours where there is one. */
final class RecordingKeyManager extends X509ExtendedKeyManager {

  private static final String ALIAS = "client";

  private final @Nullable ClientIdentity identity;
  private @Nullable List<String> acceptedCas;

  RecordingKeyManager(@Nullable ClientIdentity identity) {
    this.identity = identity;
  }

  /** Whom the server accepts as issuers, often nobody by name; null when it did not ask. */
  @Nullable List<String> acceptedCas() {
    return acceptedCas;
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, SSLEngine engine) {
    acceptedCas =
        issuers == null ? List.of() : Arrays.stream(issuers).map(Principal::getName).toList();
    return identity == null ? null : ALIAS;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, Socket socket) {
    return identity == null ? null : ALIAS;
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    return identity == null ? null : identity.chain().toArray(X509Certificate[]::new);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    return identity == null ? null : identity.key();
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return identity == null ? null : new String[] {ALIAS};
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, Socket socket) {
    return null;
  }
}

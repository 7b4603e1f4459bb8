package io.sallyport.identity;

import io.netty.handler.ssl.SslContext;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.ListenerConfig;
import io.sallyport.config.OutboundConfig;
import io.sallyport.config.Problem;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Makes generations of what was read and proven. Immutable. */
record LoadedIdentities(
    List<Problem> problems,
    List<Problem> warnings,
    Map<String, Identity> identities,
    Map<String, TrustBundle> trustOfIdentities,
    Map<String, TrustBundle> trustOfListeners)
    implements IdentityLoader.Loaded {

  LoadedIdentities {
    identities = Map.copyOf(identities);
    trustOfIdentities = Map.copyOf(trustOfIdentities);
    trustOfListeners = Map.copyOf(trustOfListeners);
  }

  @Override
  public IdentityGeneration generation(ListenerConfig listener, long number, PeerCheck check) {
    if (!problems.isEmpty()) {
      throw new IllegalStateException("identities have problems: " + problems);
    }
    String name = listener.identity();
    Identity identity = name == null ? null : identities.get(name);
    TrustBundle trust = trust(listener, name);
    try {
      SslContext context;
      if (listener instanceof InboundConfig inbound) {
        if (identity == null) {
          throw new IllegalStateException(listener.setting() + " has no certificate to show");
        }
        context = TlsContexts.server(inbound, identity, trust, check);
      } else {
        context = TlsContexts.client((OutboundConfig) listener, identity, trust, check);
      }
      return new IdentityGeneration(number, context, identity, trust);
    } catch (SSLException e) {
      // Proven key pairs and constant settings: only a broken TLS library gets here.
      throw new IllegalStateException("no TLS context for " + listener.setting(), e);
    }
  }

  private TrustBundle trust(ListenerConfig listener, @Nullable String identity) {
    TrustBundle own = trustOfListeners.get(listener.setting());
    if (own != null) {
      return own;
    }
    return identity == null
        ? TrustBundle.EMPTY
        : trustOfIdentities.getOrDefault(identity, TrustBundle.EMPTY);
  }
}

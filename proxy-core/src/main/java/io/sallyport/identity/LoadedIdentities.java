package io.sallyport.identity;

import io.sallyport.config.InboundConfig;
import io.sallyport.config.ListenerConfig;
import io.sallyport.config.OutboundConfig;
import io.sallyport.config.Problem;
import io.sallyport.tls.TlsContext;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiPredicate;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;

/**
 * Makes generations of what was read and proven. Immutable.
 *
 * @param found what is warned of
 * @param complete whether there is something to serve with in every place
 */
record LoadedIdentities(
    List<Problem> problems,
    Supplier<List<Problem>> found,
    boolean complete,
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
  public List<Problem> warnings() {
    return found.get();
  }

  @Override
  public IdentityGeneration generation(ListenerConfig listener, long number, PeerCheck check) {
    if (!complete) {
      throw new IllegalStateException("identities have problems: " + problems);
    }
    boolean required = listener instanceof InboundConfig inbound && inbound.sniRequired();
    ServerNames names = new ServerNames(identities(listener), required);
    TrustBundle trust = trust(listener);
    try {
      TlsContext context;
      if (listener instanceof InboundConfig inbound) {
        context = TlsContexts.server(inbound, names, trust, check);
      } else {
        context = TlsContexts.client((OutboundConfig) listener, names, trust, check);
      }
      return new IdentityGeneration(number, context, names, trust);
    } catch (SSLException e) {
      // Proven key pairs and constant settings: only a broken TLS library gets here.
      throw new IllegalStateException("no TLS context for " + listener.setting(), e);
    }
  }

  @Override
  public boolean isCurrent(ListenerConfig listener, IdentityGeneration generation) {
    return generation.trust() == trust(listener)
        // By identity: what has not changed was kept when these came after the others.
        && generation.identities().equals(identities(listener));
  }

  @Override
  public boolean haveIdentitiesOf(IdentityLoader.Loaded others) {
    return identities.equals(((LoadedIdentities) others).identities);
  }

  @Override
  public boolean haveTrustOf(IdentityLoader.Loaded others) {
    LoadedIdentities other = (LoadedIdentities) others;
    return trustOfIdentities.equals(other.trustOfIdentities)
        && trustOfListeners.equals(other.trustOfListeners);
  }

  @Override
  public IdentityLoader.Loaded after(IdentityLoader.Loaded loadedBefore) {
    LoadedIdentities before = (LoadedIdentities) loadedBefore;
    return new LoadedIdentities(
        problems,
        found,
        complete || before.complete,
        after(identities, before.identities, Identity::isSameAs),
        after(trustOfIdentities, before.trustOfIdentities, TrustBundle::isSameAs),
        after(trustOfListeners, before.trustOfListeners, TrustBundle::isSameAs));
  }

  LoadedIdentities telling(List<Problem> problems, List<Problem> warnings) {
    return new LoadedIdentities(
        problems, () -> warnings, complete, identities, trustOfIdentities, trustOfListeners);
  }

  private <T> Map<String, T> after(
      Map<String, T> now, Map<String, T> before, BiPredicate<T, T> same) {
    Map<String, T> units = new HashMap<>(complete ? Map.of() : before);
    now.forEach(
        (name, unit) -> {
          T old = before.get(name);
          units.put(name, old != null && same.test(old, unit) ? old : unit);
        });
    return units;
  }

  private List<Identity> identities(ListenerConfig listener) {
    return listener.identities().stream()
        .map(name -> Objects.requireNonNull(identities.get(name), name))
        .toList();
  }

  @Override
  public TrustBundle trust(ListenerConfig listener) {
    String identity = listener.identity();
    TrustBundle own = trustOfListeners.get(listener.setting());
    if (own != null) {
      return own;
    }
    return identity == null
        ? TrustBundle.EMPTY
        : trustOfIdentities.getOrDefault(identity, TrustBundle.EMPTY);
  }
}

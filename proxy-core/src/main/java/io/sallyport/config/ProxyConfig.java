package io.sallyport.config;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A whole, valid configuration. Every reference in it resolves: a listener's identity is a key of
 * {@code identities}, and the key ring of its envelope one of {@code keyRings}.
 *
 * @param transport which sockets to use
 * @param workers event loops, at least 1
 * @param identities by name
 * @param keyRings by name
 * @param inbound in the order of the file
 * @param outbound in the order of the file
 * @param admin where the admin server listens
 * @param drain how to stop
 * @param reload when to read files again
 * @param warnings what works but should not be left so
 * @param origins where each setting was written
 * @param settings every one that counts; none where they are made from flags
 */
public record ProxyConfig(
    TransportKind transport,
    int workers,
    Map<String, IdentityConfig> identities,
    Map<String, KeyRingConfig> keyRings,
    List<InboundConfig> inbound,
    List<OutboundConfig> outbound,
    AdminConfig admin,
    DrainConfig drain,
    ReloadConfig reload,
    List<Problem> warnings,
    Origins origins,
    List<Setting> settings) {

  /** One core is enough for most applications' traffic, and a second rides out its bursts. */
  private static final int MOST_AUTO_WORKERS = 2;

  public ProxyConfig {
    identities = Map.copyOf(identities);
    keyRings = Map.copyOf(keyRings);
    inbound = List.copyOf(inbound);
    outbound = List.copyOf(outbound);
    warnings = List.copyOf(warnings);
    settings = List.copyOf(settings);
  }

  /** One without key rings, in no file. */
  public ProxyConfig(
      TransportKind transport,
      int workers,
      Map<String, IdentityConfig> identities,
      List<InboundConfig> inbound,
      List<OutboundConfig> outbound,
      AdminConfig admin,
      DrainConfig drain,
      ReloadConfig reload,
      List<Problem> warnings,
      Origins origins) {
    this(
        transport,
        workers,
        identities,
        Map.of(),
        inbound,
        outbound,
        admin,
        drain,
        reload,
        warnings,
        origins,
        List.of());
  }

  /** What all identities of a listener have in common is in this; null where it has none. */
  public @Nullable IdentityConfig identity(ListenerConfig listener) {
    String name = listener.identity();
    return name == null ? null : identities.get(name);
  }

  /** Every file that this was read from or that it names, but for sockets. */
  public Set<Path> files() {
    Set<Path> files = new LinkedHashSet<>(origins.files());
    for (IdentityConfig identity : identities.values()) {
      files.addAll(identity.trust());
      identity.trustDomains().values().forEach(files::addAll);
      files.addAll(identity.revocation().crl());
      if (identity.source() != null) {
        files.addAll(identity.source().files());
      }
    }
    keyRings.values().forEach(ring -> files.addAll(ring.files()));
    inbound.forEach(listener -> files.addAll(listener.trust()));
    outbound.forEach(listener -> files.addAll(listener.trust()));
    return files;
  }

  /** What {@code workers = auto} is on this host. */
  public static int autoWorkers() {
    return Math.min(MOST_AUTO_WORKERS, Runtime.getRuntime().availableProcessors());
  }
}

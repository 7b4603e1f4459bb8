package io.sallyport.config;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The application comes in plaintext and is taken to a peer over TLS.
 *
 * @param connect endpoints, tried in turn until one connects; at least one
 * @param serverName the name for SNI and verification in place of the endpoint's host; null to use
 *     the host
 * @param envelope null to pass payloads as they are
 */
public record OutboundConfig(
    String name,
    Listen listen,
    List<Address> connect,
    @Nullable String serverName,
    @Nullable String identity,
    List<Path> trust,
    Allow allow,
    Tls tls,
    Limits limits,
    @Nullable EnvelopeConfig envelope)
    implements ListenerConfig {

  public OutboundConfig {
    connect = List.copyOf(connect);
    trust = List.copyOf(trust);
  }

  /** One that passes payloads as they are. */
  public OutboundConfig(
      String name,
      Listen listen,
      List<Address> connect,
      @Nullable String serverName,
      @Nullable String identity,
      List<Path> trust,
      Allow allow,
      Tls tls,
      Limits limits) {
    this(name, listen, connect, serverName, identity, trust, allow, tls, limits, null);
  }

  @Override
  public List<String> identities() {
    return identity == null ? List.of() : List.of(identity);
  }

  /** Whom a connection to this endpoint is meant to reach; null where nothing says it. */
  public @Nullable String host(Address endpoint) {
    if (serverName != null) {
      return serverName;
    }
    return endpoint instanceof Address.Tcp tcp ? tcp.host() : null;
  }

  @Override
  public String setting() {
    return "outbound." + name;
  }
}

package io.sallyport.config;

import io.sallyport.config.OutboundHttpConfig.Authority;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The application comes in plaintext and is taken to a peer over TLS.
 *
 * @param connect endpoints, tried in turn until one connects; none where {@code listen} is
 *     captured, whose connections know theirs, else at least one
 * @param passthrough of captured connections those that go on as they are, without TLS
 * @param serverName the name for SNI and verification in place of the endpoint's host; null to use
 *     the host
 * @param envelope null to pass payloads as they are; of streams where {@code http} is null, else of
 *     bodies
 * @param http null for {@code protocol = tcp}, which is any stream of bytes; else each request goes
 *     to an endpoint of its own
 */
public record OutboundConfig(
    String name,
    Listen listen,
    List<Address> connect,
    List<PassthroughRule> passthrough,
    @Nullable String serverName,
    @Nullable String identity,
    List<Path> trust,
    Allow allow,
    Tls tls,
    Limits limits,
    @Nullable EnvelopeConfig envelope,
    @Nullable OutboundHttpConfig http)
    implements ListenerConfig {

  /** RFC 9110 §4.2.2. */
  private static final int HTTPS_PORT = 443;

  public OutboundConfig {
    connect = List.copyOf(connect);
    passthrough = List.copyOf(passthrough);
    trust = List.copyOf(trust);
  }

  /** One that carries bytes, and passes payloads as they are. */
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
    this(
        name,
        listen,
        connect,
        List.of(),
        serverName,
        identity,
        trust,
        allow,
        tls,
        limits,
        null,
        null);
  }

  @Override
  public List<String> identities() {
    return identity == null ? List.of() : List.of(identity);
  }

  /** Whether a captured connection goes to this destination as it is. */
  public boolean passesThrough(Address.Tcp destination) {
    return passthrough.stream().anyMatch(rule -> rule.matches(destination));
  }

  /** Whom a connection to this endpoint is meant to reach; null where nothing says it. */
  public @Nullable String host(Address endpoint) {
    if (serverName != null) {
      return serverName;
    }
    return endpoint instanceof Address.Tcp tcp ? tcp.host() : null;
  }

  /**
   * What a request that goes to this endpoint names as its host and, where it is not the one of
   * HTTPS, its port; null where that is left to the application.
   */
  public @Nullable String authority(Address endpoint) {
    if (http == null || http.authority() instanceof Authority.Kept) {
      return null;
    }
    if (http.authority() instanceof Authority.Fixed fixed) {
      return fixed.text();
    }
    int port = endpoint instanceof Address.Tcp tcp ? tcp.port() : HTTPS_PORT;
    String host = Objects.requireNonNull(host(endpoint)).toLowerCase(Locale.ROOT);
    String inUri = host.indexOf(':') < 0 ? host : "[" + host + "]";
    return port == HTTPS_PORT ? inUri : inUri + ":" + port;
  }

  @Override
  public boolean carriesRequests() {
    return http != null;
  }

  @Override
  public String setting() {
    return "outbound." + name;
  }
}

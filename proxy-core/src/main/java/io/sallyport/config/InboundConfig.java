package io.sallyport.config;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Peers come in over TLS and are handed to the application in plaintext.
 *
 * @param forward the application; null where {@code listen} is captured, whose connections know it
 * @param identities at least one; of several the server name that a peer asks for chooses, and all
 *     have the same trust
 * @param sniRequired refuse a peer that asks for no name of theirs; else it is shown the first
 * @param clientAuth whether peers must show a certificate
 * @param enforce whether a peer that {@code allow} does not name is refused, and not only told of
 * @param proxyProtocol what the application is told of the peer before the first byte
 * @param envelope null to pass payloads as they are; of streams where {@code http} is null, else of
 *     bodies
 * @param http null for {@code protocol = tcp}, which is any stream of bytes; else there is no PROXY
 *     header
 */
public record InboundConfig(
    String name,
    Listen listen,
    @Nullable Address forward,
    List<String> identities,
    boolean sniRequired,
    List<Path> trust,
    ClientAuth clientAuth,
    Allow allow,
    boolean enforce,
    Tls tls,
    ProxyProtocol proxyProtocol,
    Limits limits,
    @Nullable EnvelopeConfig envelope,
    @Nullable HttpConfig http)
    implements ListenerConfig {

  public InboundConfig {
    identities = List.copyOf(identities);
    trust = List.copyOf(trust);
  }

  /** One that carries bytes, and passes payloads as they are. */
  public InboundConfig(
      String name,
      Listen listen,
      Address forward,
      List<String> identities,
      boolean sniRequired,
      List<Path> trust,
      ClientAuth clientAuth,
      Allow allow,
      boolean enforce,
      Tls tls,
      ProxyProtocol proxyProtocol,
      Limits limits) {
    this(
        name,
        listen,
        forward,
        identities,
        sniRequired,
        trust,
        clientAuth,
        allow,
        enforce,
        tls,
        proxyProtocol,
        limits,
        null,
        null);
  }

  @Override
  public boolean carriesRequests() {
    return http != null;
  }

  @Override
  public String setting() {
    return "inbound." + name;
  }

  /** {@code client-auth}. */
  public enum ClientAuth {
    REQUIRE,
    REQUEST,
    NONE
  }

  /** {@code proxy-protocol}. */
  public enum ProxyProtocol {
    NONE,
    V1,
    V2
  }
}

package io.sallyport.cli.demo;

import io.sallyport.BindFailed;
import io.sallyport.Proxy;
import io.sallyport.config.Address;
import io.sallyport.config.AdminConfig;
import io.sallyport.config.Allow;
import io.sallyport.config.DrainConfig;
import io.sallyport.config.IdentityConfig;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.config.InboundConfig.ProxyProtocol;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.Limits;
import io.sallyport.config.ListenerConfig.HalfClose;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.config.ListenerConfig.Tls;
import io.sallyport.config.ListenerConfig.TlsFloor;
import io.sallyport.config.Origins;
import io.sallyport.config.OutboundConfig;
import io.sallyport.config.ProxyConfig;
import io.sallyport.config.ReloadConfig;
import io.sallyport.config.TransportKind;
import io.sallyport.testcerts.PemFiles;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The two sidecars: one before the application, one before its client. Two proxies, as they would
 * be on two hosts; so the second can be told the port that the first one got.
 */
final class DemoSidecars implements AutoCloseable {

  private static final String LOOPBACK = "127.0.0.1";
  private static final String INBOUND = "server";
  private static final String OUTBOUND = "client";
  private static final Listen ANY_PORT = new Listen(new Address.Tcp(LOOPBACK, 0), 0600, List.of());
  private static final Tls TLS = new Tls(TlsFloor.TLS_1_2, List.of(), HalfClose.APPLICATION);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Limits LIMITS =
      new Limits(
          100,
          100,
          PATIENCE,
          PATIENCE,
          Duration.ZERO,
          Duration.ofMinutes(1),
          Duration.ZERO,
          Duration.ofHours(1),
          PATIENCE);

  private final Proxy inbound;
  private final Proxy outbound;

  private DemoSidecars(Proxy inbound, Proxy outbound) {
    this.inbound = inbound;
    this.outbound = outbound;
  }

  static DemoSidecars start(DemoPki pki, InetSocketAddress application, String version)
      throws InvalidConfig, BindFailed {
    Proxy inbound = Proxy.start(inboundConfig(pki, application.getPort()), version);
    try {
      int port = port(inbound, INBOUND);
      return new DemoSidecars(inbound, Proxy.start(outboundConfig(pki, port), version));
    } catch (InvalidConfig | BindFailed e) {
      inbound.close();
      throw e;
    }
  }

  /** TLS, in front of the application. */
  int inboundPort() {
    return port(inbound, INBOUND);
  }

  /** Plaintext, for the client. */
  int outboundPort() {
    return port(outbound, OUTBOUND);
  }

  int adminPort() {
    return port(inbound, "admin");
  }

  private static int port(Proxy proxy, String listener) {
    SocketAddress address = Objects.requireNonNull(proxy.addresses().get(listener));
    return ((InetSocketAddress) address).getPort();
  }

  private static ProxyConfig inboundConfig(DemoPki pki, int applicationPort) {
    Allow.Rule client =
        new Allow.Rule(
            "inbound." + INBOUND + ".allow.0", Map.of(Allow.Field.URI, List.of(DemoPki.CLIENT_ID)));
    InboundConfig listener =
        new InboundConfig(
            INBOUND,
            ANY_PORT,
            new Address.Tcp(LOOPBACK, applicationPort),
            List.of(INBOUND),
            false,
            List.of(),
            ClientAuth.REQUIRE,
            new Allow.Rules(List.of(client), false),
            true,
            TLS,
            ProxyProtocol.NONE,
            LIMITS);
    return config(identity(INBOUND, pki.server(), pki), List.of(listener), List.of(), ANY_PORT);
  }

  private static ProxyConfig outboundConfig(DemoPki pki, int inboundPort) {
    OutboundConfig listener =
        new OutboundConfig(
            OUTBOUND,
            ANY_PORT,
            List.of(new Address.Tcp(LOOPBACK, inboundPort)),
            "localhost",
            OUTBOUND,
            List.of(),
            new Allow.HostName(),
            TLS,
            LIMITS);
    return config(identity(OUTBOUND, pki.client(), pki), List.of(), List.of(listener), null);
  }

  private static IdentityConfig identity(String name, PemFiles files, DemoPki pki) {
    return new IdentityConfig(
        name,
        new IdentityConfig.PemFiles(files.certificate(), files.key(), null),
        List.of(pki.ca()),
        false);
  }

  private static ProxyConfig config(
      IdentityConfig identity,
      List<InboundConfig> inbound,
      List<OutboundConfig> outbound,
      @Nullable Listen admin) {
    return new ProxyConfig(
        TransportKind.AUTO,
        1,
        Map.of(identity.name(), identity),
        inbound,
        outbound,
        new AdminConfig(admin, null),
        new DrainConfig(Duration.ZERO, Duration.ofSeconds(1)),
        new ReloadConfig(Duration.ZERO),
        List.of(),
        Origins.NONE);
  }

  /** The client's first, so that its connections end before what they lead to. */
  @Override
  public void close() {
    outbound.stop().toCompletableFuture().join();
    inbound.stop().toCompletableFuture().join();
  }
}

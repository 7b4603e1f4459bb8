package io.sallyport.identity;

import io.sallyport.config.Address;
import io.sallyport.config.AdminConfig;
import io.sallyport.config.Allow;
import io.sallyport.config.DrainConfig;
import io.sallyport.config.IdentityConfig;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.config.InboundConfig.ProxyProtocol;
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
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Configurations of one identity and one or two listeners, with its files in a folder. */
final class TestSetup {
  static final Tls TLS_1_2_AND_1_3 = tls(TlsFloor.TLS_1_2, HalfClose.APPLICATION);

  private static final Limits LIMITS =
      new Limits(
          10,
          10,
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          Duration.ZERO,
          Duration.ZERO,
          Duration.ZERO,
          Duration.ofHours(1),
          Duration.ofSeconds(5));

  private final Path directory;
  private final AtomicInteger files = new AtomicInteger();

  TestSetup(Path directory) {
    this.directory = directory;
  }

  static Tls tls(TlsFloor floor, HalfClose halfClose, String... alpn) {
    return new Tls(floor, List.of(alpn), halfClose);
  }

  static InboundConfig inbound(@Nullable ClientAuth clientAuth, Tls tls) {
    return new InboundConfig(
        "web",
        listen(),
        new Address.Tcp("127.0.0.1", 1),
        List.of("default"),
        false,
        List.of(),
        clientAuth == null ? ClientAuth.NONE : clientAuth,
        new Allow.AnyTrusted(),
        true,
        tls,
        ProxyProtocol.NONE,
        LIMITS);
  }

  static OutboundConfig outbound(@Nullable String identity, List<Path> trust, Tls tls) {
    return new OutboundConfig(
        "peer",
        listen(),
        List.of(new Address.Tcp("127.0.0.1", 1)),
        null,
        identity,
        trust,
        new Allow.HostName(),
        tls,
        LIMITS);
  }

  private static Listen listen() {
    return new Listen(new Address.Tcp("127.0.0.1", 0), 0600, List.of());
  }

  static ProxyConfig config(
      IdentityConfig identity, List<InboundConfig> inbound, List<OutboundConfig> outbound) {
    return new ProxyConfig(
        TransportKind.NIO,
        1,
        Map.of(identity.name(), identity),
        inbound,
        outbound,
        new AdminConfig(null, null),
        new DrainConfig(Duration.ZERO, Duration.ofSeconds(1)),
        new ReloadConfig(Duration.ZERO),
        List.of(),
        Origins.NONE);
  }

  /** An identity named {@code default}. */
  IdentityConfig identity(TestIdentity identity, String trustPem) {
    return identity(identity.certificatePem(), identity.keyPem(), trustPem);
  }

  IdentityConfig identity(String certificatePem, String keyPem, String trustPem) {
    return identity(file(certificatePem), file(keyPem), null, List.of(file(trustPem)));
  }

  static IdentityConfig identity(
      Path certificate, Path key, @Nullable Path keyPassword, List<Path> trust) {
    return new IdentityConfig(
        "default", new IdentityConfig.PemFiles(certificate, key, keyPassword), trust, false);
  }

  /** A file of its own with this content, which its owner alone can read. */
  Path file(String content) {
    try {
      Path file = Files.createTempFile(directory, "file" + files.incrementAndGet(), ".pem");
      return Files.writeString(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package io.sallyport;

import io.sallyport.admin.ProxyView;
import io.sallyport.config.Address;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.ListenerConfig;
import io.sallyport.config.OutboundConfig;
import io.sallyport.identity.Identity;
import io.sallyport.identity.IdentityGeneration;
import io.sallyport.identity.IdentityPublisher;
import io.sallyport.listener.Acceptor;
import io.sallyport.policy.Peer;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the admin server shows of a running proxy, read when it is asked for. */
final class LiveView implements ProxyView {

  private final String version;
  private final Instant startedAt = Instant.now();
  private final Drain drain;
  private final List<Acceptor> inbound;
  private final List<Acceptor> outbound;
  private final List<IdentityPublisher> identities;

  /**
   * @param identities by listener
   */
  LiveView(
      String version,
      Drain drain,
      List<Acceptor> inbound,
      List<Acceptor> outbound,
      Map<String, IdentityPublisher> identities) {
    this.version = version;
    this.drain = drain;
    this.inbound = List.copyOf(inbound);
    this.outbound = List.copyOf(outbound);
    this.identities = List.copyOf(identities.values()); // in the order of the listeners
  }

  @Override
  public Readiness readiness() {
    if (drain.phase() != Drain.Phase.SERVING) {
      return new Readiness(State.DRAINING, List.of());
    }
    List<String> invalid = new ArrayList<>();
    Instant now = Instant.now();
    for (Identity identity : byName().values().stream().map(Shown::identity).toList()) {
      X509Certificate leaf = identity.leaf();
      if (now.isAfter(leaf.getNotAfter().toInstant())) {
        invalid.add(
            "certificate of identity "
                + identity.name()
                + " expired at "
                + leaf.getNotAfter().toInstant());
      }
    }
    return new Readiness(invalid.isEmpty() ? State.READY : State.CERTIFICATE_INVALID, invalid);
  }

  @Override
  public Status status() {
    List<ListenerStatus> listeners = new ArrayList<>();
    inbound.forEach(acceptor -> listeners.add(listener("inbound", acceptor)));
    outbound.forEach(acceptor -> listeners.add(listener("outbound", acceptor)));
    return new Status(
        version,
        startedAt,
        readiness().state(),
        listeners,
        byName().values().stream().map(LiveView::identity).toList());
  }

  @Override
  public void drain() {
    drain.announce();
  }

  private static ListenerStatus listener(String direction, Acceptor acceptor) {
    ListenerConfig config = acceptor.config();
    return new ListenerStatus(
        config.name(),
        direction,
        text(acceptor.address()),
        targets(config),
        config.identity(),
        acceptor.openConnections(),
        acceptor.acceptedConnections());
  }

  private static List<String> targets(ListenerConfig config) {
    if (config instanceof InboundConfig in) {
      return List.of(in.forward().toString());
    }
    return ((OutboundConfig) config).connect().stream().map(Address::toString).toList();
  }

  private static String text(SocketAddress address) {
    return address instanceof InetSocketAddress tcp
        ? new Address.Tcp(tcp.getAddress().getHostAddress(), tcp.getPort()).toString()
        : "unix:" + address;
  }

  /** One of several listeners may use an identity; it is shown once. */
  private Map<String, Shown> byName() {
    Map<String, Shown> shown = new LinkedHashMap<>();
    for (IdentityPublisher publisher : identities) {
      IdentityGeneration generation = publisher.live().current();
      Identity identity = generation.identity();
      if (identity != null) {
        shown.putIfAbsent(identity.name(), new Shown(identity, generation));
      }
    }
    return shown;
  }

  private record Shown(Identity identity, IdentityGeneration generation) {}

  private static IdentityStatus identity(Shown shown) {
    X509Certificate leaf = shown.identity().leaf();
    return new IdentityStatus(
        shown.identity().name(),
        leaf.getSubjectX500Principal().getName(),
        Peer.of(leaf).names(),
        leaf.getIssuerX500Principal().getName(),
        leaf.getNotBefore().toInstant(),
        leaf.getNotAfter().toInstant(),
        leaf.getSerialNumber().toString(16),
        sha256(leaf),
        shown.generation().number(),
        shown.generation().trust().anchors().stream()
            .map(anchor -> anchor.getSubjectX500Principal().getName())
            .toList());
  }

  private static String sha256(X509Certificate certificate) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
    } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
      throw new IllegalStateException(
          "every JDK has SHA-256, and a certificate has an encoding", e);
    }
  }
}

package io.sallyport.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.sallyport.config.Address;
import io.sallyport.config.Allow;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.config.InboundConfig.ProxyProtocol;
import io.sallyport.config.ListenerConfig.HalfClose;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.config.ListenerConfig.Tls;
import io.sallyport.config.ListenerConfig.TlsFloor;
import io.sallyport.config.Origins;
import io.sallyport.identity.IdentityGeneration;
import io.sallyport.identity.ServerNames;
import io.sallyport.identity.TrustBundle;
import io.sallyport.policy.AllowRules;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.KernelTcp;
import io.sallyport.rig.Transports;
import io.sallyport.tls.TlsContext;
import io.sallyport.tls.TlsRig;
import io.sallyport.transport.Transport;
import io.sallyport.upstream.OwnConnections;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A listener from its address to its first connection. */
final class AcceptorIT {

  private static final Address.Tcp ANY_PORT = new Address.Tcp("127.0.0.1", 0);

  private static InboundConfig config() {
    return new InboundConfig(
        "web",
        new Listen(ANY_PORT, 0600, List.of()),
        ANY_PORT,
        List.of("none"),
        false,
        List.of(),
        ClientAuth.NONE,
        new Allow.Anyone(),
        true,
        new Tls(TlsFloor.TLS_1_2, List.of(), HalfClose.APPLICATION),
        ProxyProtocol.NONE,
        AdmissionTest.limits(10, 10));
  }

  /** What an IPv6 socket can do too, at more cost for every connection. */
  @Test
  void anIpv4AddressIsServedByAnIpv4Socket() throws Exception {
    KernelTcp.assumeTold();
    Transport transport = Transports.transport("epoll");
    EventLoopGroup loops = transport.newLoops(1, "test");
    try {
      Place place = Place.bind(transport, loops, config().listen());
      int port = ((InetSocketAddress) place.address()).getPort();
      assertThat(KernelTcp.listensOverV4(port)).isTrue();
    } finally {
      loops.shutdownGracefully(0, 20, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  private static Acceptor closingAcceptor(Transport transport) {
    InboundConfig config = config();
    TlsContext context = TlsRig.context();
    AllowRules rules = AllowRules.compile(config.allow(), Origins.NONE, new ArrayList<>());
    Terms<InboundConfig> terms =
        new Terms<>(
            config,
            new IdentityGeneration(1, context, ServerNames.NONE, TrustBundle.EMPTY),
            rules,
            null);
    LiveTerms<InboundConfig> live = () -> terms;
    return new Acceptor(
        live,
        transport,
        new Captures(transport, new OwnConnections(), port -> false),
        new AdmissionTest.Recorder(),
        (connection, channel) -> channel.close());
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void whoComesWaitsUntilAllListenersAreReady(String kind) throws Exception {
    Transport transport = Transports.transport(kind);
    EventLoopGroup loops = transport.newLoops(1, "test");
    try {
      Acceptor acceptor = closingAcceptor(transport);
      Place place = Place.bind(transport, loops, config().listen());
      int port = ((InetSocketAddress) place.address()).getPort();
      try (Socket early = new Socket(InetAddress.getLoopbackAddress(), port)) {
        for (int turn = 0; turn < 3; turn++) {
          loops.submit(() -> {}).sync(); // the loop has looked at its sockets before
        }
        assertThat(acceptor.acceptedConnections()).isZero();

        acceptor.acceptAt(place);

        assertThat(early.getInputStream().read()).isEqualTo(-1);
        Eventually.holds("it is counted", () -> acceptor.acceptedConnections() == 1);
      }
    } finally {
      loops.shutdownGracefully(0, 20, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }
}

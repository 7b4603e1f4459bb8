package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.EventLoopGroup;
import io.sallyport.config.ConfigReader;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.ListenerConfig;
import io.sallyport.config.OutboundConfig;
import io.sallyport.config.ProxyConfig;
import io.sallyport.identity.IdentityGeneration;
import io.sallyport.identity.IdentityLoader;
import io.sallyport.identity.PeerCheck;
import io.sallyport.inbound.InboundListener;
import io.sallyport.listener.Acceptor;
import io.sallyport.listener.Captures;
import io.sallyport.listener.Place;
import io.sallyport.listener.Terms;
import io.sallyport.outbound.OutboundListener;
import io.sallyport.policy.AllowRules;
import io.sallyport.rig.Application;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RecordedLog.Line;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.Transports;
import io.sallyport.telemetry.Telemetry;
import io.sallyport.testcerts.TestIdentity;
import io.sallyport.transport.Transport;
import io.sallyport.upstream.Dialer;
import io.sallyport.upstream.Resolver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the gates refuse by themselves. The handshakes here admit every proven peer, as one does
 * that is resumed and asks no verifier; so whoever is kept out was kept out after it.
 */
final class GateIT {

  private final Pki pki;
  private final Transport transport = Transports.transport("auto");
  private final EventLoopGroup loops = transport.newLoops(1, "gate");
  private final Resolver resolver = new Resolver(transport);
  private final Dialer dialer = new Dialer(transport, resolver);
  private final Telemetry telemetry = new Telemetry("test");
  private final RecordedLog log = RecordedLog.start();
  private final List<IdentityGeneration> generations = new ArrayList<>();

  GateIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @AfterEach
  void stop() {
    log.close();
    resolver.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    generations.forEach(IdentityGeneration::release);
    telemetry.close();
  }

  private ProxyConfig read(String hocon) throws InvalidConfig {
    return ConfigReader.read(RunningProxy.write(pki, hocon));
  }

  /** Whose handshakes admit whomever the CA vouches for. */
  private <C extends ListenerConfig> Terms<C> unjudged(ProxyConfig config, C listener) {
    IdentityGeneration generation =
        IdentityLoader.load(config).generation(listener, 1, PeerCheck.ANY_TRUSTED);
    generations.add(generation);
    return new Terms<>(
        listener,
        generation,
        AllowRules.compile(listener.allow(), config.origins(), new ArrayList<>()),
        null);
  }

  private Captures captures() {
    return new Captures(transport, dialer.ours(), port -> false);
  }

  private int bound(Acceptor acceptor) throws IOException {
    acceptor.acceptAt(Place.bind(transport, loops, acceptor.config().listen()));
    return ((InetSocketAddress) acceptor.address()).getPort();
  }

  private int inbound(Application application, String allow) throws Exception {
    ProxyConfig config =
        read(
            "inbound.web { listen = \"127.0.0.1:0\", forward = \"%s\", allow = %s }"
                .formatted(application.address(), allow));
    InboundConfig listener = config.inbound().get(0);
    Terms<InboundConfig> terms = unjudged(config, listener);
    return bound(
        new InboundListener(() -> terms, dialer, telemetry.inbound("web"))
            .acceptor(transport, captures()));
  }

  private int outbound(String allow, Application... peers) throws Exception {
    List<String> endpoints = new ArrayList<>();
    for (Application peer : peers) {
      endpoints.add("\"" + peer.address() + "\"");
    }
    ProxyConfig config =
        read(
            "outbound.web { listen = \"127.0.0.1:0\", connect = %s, identity = client, allow = %s }"
                .formatted(endpoints, allow));
    OutboundConfig listener = config.outbound().get(0);
    Terms<OutboundConfig> terms = unjudged(config, listener);
    return bound(
        new OutboundListener(() -> terms, dialer, telemetry.outbound("web"))
            .acceptor(transport, captures()));
  }

  private Application echo(TestIdentity who) {
    return Application.servingTls(
        pki.context(who),
        "TLSv1.3",
        socket -> socket.getInputStream().transferTo(socket.getOutputStream()));
  }

  private static Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static void exchange(Socket socket) throws IOException {
    socket.getOutputStream().write('x');
    assertThat(socket.getInputStream().read()).isEqualTo('x');
  }

  private void assertDenied(String reason, int times) {
    assertThat(telemetry.scrape().lines())
        .contains(
            "sallyport_denials_total{listener=\"web\",reason=\"%s\"} %d.0"
                .formatted(reason, times));
  }

  @Test
  void ofAPeerWhomTheHandshakeLetThroughNothingReachesTheApplication() throws Exception {
    try (Application application = Application.echo()) {
      int port = inbound(application, "[ { uri = \"spiffe://elsewhere/*\" } ]");
      try (SSLSocket peer = pki.connect(pki.client(), port, "TLSv1.3")) {
        peer.startHandshake();
        assertThatThrownBy(() -> exchange(peer)).isInstanceOf(IOException.class);
      }
      Line end = log.connections("web", 1).get(0);
      assertThat(end.field("reason")).isEqualTo("denied");
      assertThat(end.field("cause")).isEqualTo("no_rule_matched");
      assertThat(end.field("peer")).isEqualTo("spiffe://test/client");
      assertThat(application.accepted()).isZero();
      assertDenied("no_rule_matched", 1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[ { uri = \"spiffe://elsewhere/*\" } ] | no_rule_matched",
        "null | host_name_mismatch"
      })
  void toAPeerWhomTheHandshakeLetThroughNothingIsSent(String allow, String denial)
      throws Exception {
    try (Application wrong = echo(pki.issue("wrong", leaf -> leaf.uri("spiffe://test/wrong")))) {
      int port = outbound(allow, wrong);
      try (Socket application = connect(port)) {
        assertThatThrownBy(() -> exchange(application))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("reset");
      }
      Line end = log.connections("web", 1).get(0);
      assertThat(end.field("reason")).isEqualTo("upstream_unreachable");
      assertThat(end.field("cause")).isEqualTo(denial);
      assertThat(end.field("peer")).isEqualTo("spiffe://test/wrong");
      assertThat(wrong.nextEnding()).containsIgnoringCase("reset");
      assertDenied(denial, 1);
    }
  }

  @Test
  void anEndpointThatIsRefusedAfterItsHandshakeGivesWayToTheNext() throws Exception {
    try (Application wrong = echo(pki.issue("wrong", leaf -> leaf.uri("spiffe://test/wrong")));
        Application right = echo(pki.server())) {
      int port = outbound("[ { uri = \"spiffe://test/server\" } ]", wrong, right);
      try (Socket application = connect(port)) {
        exchange(application);
      }
      assertThat(log.connections("web", 1).get(0).field("peer")).isEqualTo("spiffe://test/server");
      assertThat(wrong.accepted()).isOne();
      assertDenied("no_rule_matched", 1);
    }
  }
}

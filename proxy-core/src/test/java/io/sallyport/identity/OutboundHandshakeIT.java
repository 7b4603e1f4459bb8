package io.sallyport.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.IdentityConfig;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.config.ListenerConfig.Tls;
import io.sallyport.config.OutboundConfig;
import io.sallyport.rig.OpenSslServer;
import io.sallyport.testcerts.LeafSpec;
import io.sallyport.testcerts.PemFiles;
import io.sallyport.testcerts.TestCa;
import io.sallyport.tls.FatalAlertSent;
import io.sallyport.tls.Settled;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Handshakes that we begin. */
class OutboundHandshakeIT {
  private final Path directory;
  private final TestSetup setup;
  private final TestCa ca = TestCa.create();

  OutboundHandshakeIT(@TempDir Path directory) {
    this.directory = directory;
    setup = new TestSetup(directory);
  }

  @Test
  void showsItsCertificateAndTheServersNameAndIsTold() throws Exception {
    BlockingQueue<String> reached = new LinkedBlockingQueue<>();
    PeerCheck check = (leaf, host) -> reached.add(String.valueOf(host));
    try (PeerServer server = server(ClientAuth.REQUIRE, leaf -> leaf.dns("ledger"));
        PeerClient client = client(check)) {
      for (String host : List.of("ledger", "ledger.example", "my_ledger")) {
        assertThat(client.shakeHands(host, server.port())).isInstanceOf(Settled.class);

        assertThat(reached.poll(20, TimeUnit.SECONDS)).isEqualTo(host);
        Settled atServer = server.completed.poll(20, TimeUnit.SECONDS);
        assertThat(atServer).isNotNull();
        assertThat(atServer.chain()).hasSize(1);
        assertThat(atServer.serverName()).isEqualTo(host);
        client.hangUp();
      }
    }
  }

  @Test
  void sendsNoAddressForAName() throws Exception {
    try (PeerServer server = server(ClientAuth.NONE, leaf -> leaf.ip("127.0.0.1"));
        PeerClient client = client(PeerCheck.ANY_TRUSTED)) {
      client.shakeHands("127.0.0.1", server.port());

      Settled atServer = server.completed.poll(20, TimeUnit.SECONDS);
      assertThat(atServer).isNotNull();
      assertThat(atServer.serverName()).isNull();
    }
  }

  @Test
  void refusesAServerAndSaysWhy() throws Exception {
    refuses(leaf -> leaf.dns("ledger").expired(), HandshakeFailure.CERTIFICATE_EXPIRED);
    refuses(leaf -> leaf.dns("ledger").client(), HandshakeFailure.WRONG_PURPOSE);
    refuses(leaf -> leaf.cn("stranger"), HandshakeFailure.NOT_ALLOWED);
  }

  @Test
  void theServerIsToldWhyByAnAlert() throws Exception {
    try (PeerServer server = server(ClientAuth.NONE, leaf -> leaf.cn("stranger"));
        PeerClient client = client((leaf, host) -> false)) {
      client.shakeHands("ledger", server.port());

      FailedHandshake told = server.nextFailure();
      assertThat(told.failure()).isEqualTo(HandshakeFailure.REFUSED_BY_PEER);
      assertThat(told.detail()).isEqualTo("the peer sent alert handshake_failure");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ec", "ec384", "ec521", "ed25519", "rsa"})
  void everyKindOfOwnKeyServesBothWays(String kind) throws Exception {
    Consumer<LeafSpec> spec =
        leaf -> {
          switch (kind) {
            case "ec384" -> leaf.ec384();
            case "ec521" -> leaf.ec521();
            case "ed25519" -> leaf.ed25519();
            case "rsa" -> leaf.rsa();
            default -> leaf.ec();
          }
        };
    PemFiles files = ca.issue(spec).writeTo(directory, kind);
    String trust = setup.file(ca.certificatePem()).toString();
    for (String version : List.of("-tls1_2", "-tls1_3")) {
      try (PeerServer server = server(ClientAuth.NONE, spec)) {
        String printed =
            OpenSslClient.connect(
                server.port(), "Q\n", List.of(version, "-CAfile", trust, "-verify_return_error"));
        assertThat(printed).contains("Verify return code: 0 (ok)").contains("hello");
      }
    }
    IdentityConfig own =
        TestSetup.identity(files.certificate(), files.key(), null, List.of(Path.of(trust)));
    try (OpenSslServer server =
            new OpenSslServer(
                ca.issue(leaf -> leaf.dns("ledger")).writeTo(directory, "server"),
                List.of("-Verify", "2", "-verify_return_error", "-CAfile", trust));
        PeerClient client = new PeerClient(generation(own))) {
      assertThat(client.shakeHands("ledger", server.port())).isInstanceOf(Settled.class);
      server.write("hello\n");
      assertThat(client.said.poll(20, TimeUnit.SECONDS)).isNotNull();
    }
  }

  @Test
  void doesNotRenegotiateForAServer() throws Exception {
    IdentityConfig own = setup.identity(ca.issue(leaf -> leaf.dns("client")), ca.certificatePem());
    try (OpenSslServer server =
            new OpenSslServer(
                ca.issue(leaf -> leaf.dns("ledger")).writeTo(directory, "server"),
                List.of("-tls1_2"));
        PeerClient client = new PeerClient(generation(own))) {
      assertThat(client.shakeHands("ledger", server.port())).isInstanceOf(Settled.class);
      server.write("r\n");

      assertThat(client.caught.poll(20, TimeUnit.SECONDS)).isInstanceOf(FatalAlertSent.class);
    }
  }

  private void refuses(Consumer<LeafSpec> wishes, HandshakeFailure expected) throws Exception {
    PeerCheck check =
        (leaf, host) -> !leaf.getSubjectX500Principal().getName().contains("stranger");
    try (PeerServer server = server(ClientAuth.NONE, wishes);
        PeerClient client = client(check)) {
      assertThat(client.shakeHands("ledger", server.port()))
          .isInstanceOfSatisfying(
              FailedHandshake.class,
              failed -> {
                assertThat(failed.failure()).isEqualTo(expected);
                assertThat(failed.leaf()).isNotNull();
              });
    }
  }

  private PeerServer server(ClientAuth clientAuth, Consumer<LeafSpec> wishes)
      throws InterruptedException {
    // Built by hand: the loader would refuse what is wrong with some of these.
    var issued = ca.issue(wishes);
    InboundConfig inbound = TestSetup.inbound(clientAuth, TestSetup.TLS_1_2_AND_1_3);
    ServerNames names =
        new ServerNames(
            List.of(new Identity("default", issued.chain(), issued.key(), null)), false);
    TrustBundle trust = new TrustBundle(List.of(ca.certificate()));
    try {
      return new PeerServer(
          new IdentityGeneration(
              1, TlsContexts.server(inbound, names, trust, PeerCheck.ANY_TRUSTED), names, trust));
    } catch (javax.net.ssl.SSLException e) {
      throw new IllegalStateException(e);
    }
  }

  private PeerClient client(PeerCheck check) {
    IdentityConfig own = setup.identity(ca.issue(leaf -> leaf.dns("client")), ca.certificatePem());
    return new PeerClient(generation(own, check));
  }

  private static IdentityGeneration generation(IdentityConfig own) {
    return generation(own, PeerCheck.ANY_TRUSTED);
  }

  private static IdentityGeneration generation(IdentityConfig own, PeerCheck check) {
    Tls tls = TestSetup.TLS_1_2_AND_1_3;
    OutboundConfig outbound = TestSetup.outbound("default", List.of(), tls);
    return IdentityLoader.load(TestSetup.config(own, List.of(), List.of(outbound)))
        .generation(outbound, 1, check);
  }
}

package io.sallyport.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.IdentityConfig;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients with good and bad certificates are told, by openssl s_client. */
class PeerAlertIT {
  private static final String QUIT = "Q\n";

  private final Path directory;
  private final TestSetup setup;
  private final TestCa ca = TestCa.create();

  PeerAlertIT(@TempDir Path directory) {
    this.directory = directory;
    setup = new TestSetup(directory);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void admitsGoodCertificates(String version) throws Exception {
    admits(version, ca.issue(leaf -> leaf.dns("client").client()));
    admits(version, ca.issue(leaf -> leaf.dns("client").rsa()));
    admits(version, ca.intermediate().issue(leaf -> leaf.dns("client").ec384()));
  }

  @Test
  void asksForACertificateInWordsOfEachVersion() throws Exception {
    try (PeerServer server = new PeerServer(generation())) {
      String older = OpenSslClient.connect(server.port(), QUIT, List.of("-tls1_2"));
      assertThat(older).contains("SSL alert number 40");
      assertThat(server.nextFailure().failure()).isEqualTo(HandshakeFailure.NO_CERTIFICATE);

      String newer = OpenSslClient.connect(server.port(), QUIT, List.of("-tls1_3", "-ign_eof"));
      assertThat(newer).contains("SSL alert number 116");
      assertThat(server.nextFailure().failure()).isEqualTo(HandshakeFailure.NO_CERTIFICATE);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void namesTheFaultOfABadCertificate(String version) throws Exception {
    refuses(
        version,
        TestCa.create(other -> other.name("Other")).issue(leaf -> leaf.dns("client")),
        HandshakeFailure.UNKNOWN_CA,
        "unknown ca");
    refuses(
        version,
        ca.issue(leaf -> leaf.dns("client").expired()),
        HandshakeFailure.CERTIFICATE_EXPIRED,
        "certificate expired");
    refuses(
        version,
        ca.issue(leaf -> leaf.dns("client").notYetValid()),
        HandshakeFailure.CERTIFICATE_NOT_YET_VALID,
        "certificate expired");
    refuses(
        version,
        ca.issue(leaf -> leaf.dns("client").server()),
        HandshakeFailure.WRONG_PURPOSE,
        "unsupported certificate");
    refuses(
        version,
        ca.issue(leaf -> leaf.dns("client").unknownCriticalExtension()),
        HandshakeFailure.BAD_CERTIFICATE,
        "bad certificate");
    refuses(
        version,
        ca.issue(leaf -> leaf.cn("stranger")),
        HandshakeFailure.NOT_ALLOWED,
        "handshake failure");
  }

  @Test
  void aCheckThatFailsRefuses() throws Exception {
    PeerCheck broken =
        (leaf, host) -> {
          throw new IllegalStateException("broken");
        };
    try (PeerServer server = new PeerServer(generation(broken))) {
      String told =
          OpenSslClient.connect(
              server.port(),
              QUIT,
              OpenSslClient.with(
                  "-tls1_2", ca.issue(leaf -> leaf.dns("client")).writeTo(directory, "client")));

      assertThat(told).contains("alert handshake failure");
      assertThat(server.nextFailure().failure()).isEqualTo(HandshakeFailure.NOT_ALLOWED);
    }
  }

  private void admits(String version, TestIdentity client) throws Exception {
    try (PeerServer server = new PeerServer(generation())) {
      String printed =
          OpenSslClient.connect(
              server.port(), QUIT, OpenSslClient.with(version, client.writeTo(directory, "c")));

      assertThat(printed).contains("hello").doesNotContain("alert");
      assertThat(server.failed).isEmpty();
    }
  }

  private void refuses(String version, TestIdentity client, HandshakeFailure failure, String alert)
      throws Exception {
    try (PeerServer server = new PeerServer(generation())) {
      List<String> arguments =
          new java.util.ArrayList<>(
              OpenSslClient.with(version, client.writeTo(directory, "client")));
      arguments.add("-ign_eof");
      String printed = OpenSslClient.connect(server.port(), QUIT, arguments);

      FailedHandshake failed = server.nextFailure();
      assertThat(failed.failure()).as(failed.detail()).isEqualTo(failure);
      assertThat(failed.leaf()).isEqualTo(client.leaf());
      assertThat(printed).contains("alert " + alert).doesNotContain("hello");
    }
  }

  private IdentityGeneration generation() {
    return generation((leaf, host) -> host == null && !commonName(leaf).equals("stranger"));
  }

  private IdentityGeneration generation(PeerCheck check) {
    InboundConfig inbound = TestSetup.inbound(ClientAuth.REQUIRE, TestSetup.TLS_1_2_AND_1_3);
    IdentityConfig identity =
        setup.identity(ca.issue(leaf -> leaf.dns("app")), ca.certificatePem());
    return IdentityLoader.load(TestSetup.config(identity, List.of(inbound), List.of()))
        .generation(inbound, 1, check);
  }

  private static String commonName(X509Certificate leaf) {
    return leaf.getSubjectX500Principal().getName().replace("CN=", "");
  }
}

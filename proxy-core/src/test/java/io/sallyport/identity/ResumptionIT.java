package io.sallyport.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.IdentityConfig;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.config.ListenerConfig.Tls;
import io.sallyport.testcerts.PemFiles;
import io.sallyport.testcerts.TestCa;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions are resumed where they began and nowhere else. */
class ResumptionIT {
  private final Path directory;
  private final TestSetup setup;
  private final TestCa ca = TestCa.create();

  ResumptionIT(@TempDir Path directory) {
    this.directory = directory;
    setup = new TestSetup(directory);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void aTicketOpensTheContextThatGaveItAndNoOther(String version) throws Exception {
    Tls tls = TestSetup.TLS_1_2_AND_1_3;
    InboundConfig open = TestSetup.inbound(ClientAuth.NONE, tls);
    InboundConfig closed = TestSetup.inbound(ClientAuth.REQUIRE, tls);
    IdentityConfig identity =
        setup.identity(ca.issue(leaf -> leaf.dns("app")), ca.certificatePem());
    IdentityLoader.Loaded loaded =
        IdentityLoader.load(TestSetup.config(identity, List.of(open, closed), List.of()));
    Path session = directory.resolve("session.pem");
    PemFiles client = ca.issue(leaf -> leaf.dns("client")).writeTo(directory, "client");
    try (PeerServer giver = new PeerServer(loaded.generation(open, 1, PeerCheck.ANY_TRUSTED));
        PeerServer next = new PeerServer(loaded.generation(open, 2, PeerCheck.ANY_TRUSTED));
        PeerServer other = new PeerServer(loaded.generation(closed, 1, PeerCheck.ANY_TRUSTED))) {
      assertThat(connect(giver, version, "-sess_out", session)).contains("New, ");
      assertThat(Files.size(session)).isPositive();

      assertThat(connect(giver, version, "-sess_in", session)).contains("Reused, ");
      assertThat(connect(next, version, "-sess_in", session)).contains("New, ");
      List<String> withCertificate = new ArrayList<>(OpenSslClient.with(version, client));
      withCertificate.addAll(List.of("-sess_in", session.toString()));
      assertThat(OpenSslClient.connect(other.port(), "Q\n", withCertificate)).contains("New, ");
      OpenSslClient.connect(
          other.port(), "Q\n", List.of(version, "-ign_eof", "-sess_in", session.toString()));
      assertThat(other.nextFailure().failure()).isEqualTo(HandshakeFailure.NO_CERTIFICATE);
    }
  }

  private static String connect(PeerServer server, String version, String option, Path session)
      throws Exception {
    return OpenSslClient.connect(
        server.port(), "Q\n", List.of(version, option, session.toString()));
  }
}

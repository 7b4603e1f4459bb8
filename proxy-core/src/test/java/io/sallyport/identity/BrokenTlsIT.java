package io.sallyport.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.IdentityConfig;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.testcerts.TestCa;
import io.sallyport.tls.FatalAlertSent;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That nothing which breaks TLS after the handshake goes by unseen. */
class BrokenTlsIT {
  private final TestSetup setup;
  private final TestCa ca = TestCa.create();

  BrokenTlsIT(@TempDir Path directory) {
    setup = new TestSetup(directory);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void tellsOfARecordThatWasTamperedWith(String version) throws Exception {
    try (PeerServer server = server();
        Socket raw = new Socket(InetAddress.getLoopbackAddress(), server.port());
        SSLSocket tls = (SSLSocket) client().createSocket(raw, "app", server.port(), false)) {
      tls.setEnabledProtocols(new String[] {version});
      BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(tls.getInputStream(), StandardCharsets.US_ASCII));
      assertThat(reader.readLine()).isEqualTo("hello");
      byte[] forged = new byte[5 + 40];
      forged[0] = 23;
      forged[1] = 3;
      forged[2] = 3;
      forged[4] = 40;

      raw.getOutputStream().write(forged);

      assertThat(server.caught.poll(20, TimeUnit.SECONDS)).isInstanceOf(FatalAlertSent.class);
    }
  }

  @Test
  void tellsOfAClientThatWantsToRenegotiate() throws Exception {
    try (PeerServer server = server()) {
      String printed = OpenSslClient.connect(server.port(), "R\n", List.of("-tls1_2"));

      assertThat(printed).contains("RENEGOTIATING").contains("no renegotiation");
      assertThat(server.caught.poll(20, TimeUnit.SECONDS)).isInstanceOf(FatalAlertSent.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void saysNothingOfAPeerThatClosesProperly(String version) throws Exception {
    try (PeerServer server = server()) {
      OpenSslClient.connect(server.port(), "Q\n", List.of(version));

      assertThat(server.completed.poll(20, TimeUnit.SECONDS)).isNotNull();
      assertThat(server.closed.poll(20, TimeUnit.SECONDS)).isNotNull();
      assertThat(server.caught).isEmpty();
    }
  }

  private PeerServer server() throws InterruptedException {
    InboundConfig inbound = TestSetup.inbound(ClientAuth.NONE, TestSetup.TLS_1_2_AND_1_3);
    IdentityConfig identity =
        setup.identity(ca.issue(leaf -> leaf.dns("app")), ca.certificatePem());
    return new PeerServer(
        IdentityLoader.load(TestSetup.config(identity, List.of(inbound), List.of()))
            .generation(inbound, 1, PeerCheck.ANY_TRUSTED));
  }

  private SSLSocketFactory client() throws Exception {
    KeyStore trust = KeyStore.getInstance("PKCS12");
    trust.load(null, null);
    trust.setCertificateEntry("ca", ca.certificate());
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trust);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return context.getSocketFactory();
  }
}

package io.sallyport.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.testcerts.PemFiles;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** More CAs, and longer chains, than anybody should have. */
final class ManyCertificatesIT {

  /** Far more than there are slots for. */
  private static final int ATTEMPTS = 100;

  private static final String UNKNOWN_EXTENSION = "1.3.6.1.4.1.55555.2";

  private final Pki pki;
  private final RecordedLog log = RecordedLog.start();
  private final Application application = Application.echo();

  ManyCertificatesIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @AfterEach
  void stop() throws IOException {
    application.close();
    log.close();
  }

  private RunningProxy proxy(String more) {
    return RunningProxy.with(
        pki,
        """
        inbound.web { listen = "127.0.0.1:0", forward = "%s", allow = any-trusted, %s }
        """
            .formatted(application.address(), more));
  }

  private void letsIn(RunningProxy proxy, TestIdentity who, String version) throws IOException {
    try (SSLSocket socket = pki.connect(who, proxy.port("web"), version)) {
      socket.getOutputStream().write('x');
      assertThat(socket.getInputStream().read()).isEqualTo('x');
    }
  }

  private static void refuses(RunningProxy proxy, SSLContext who, String version)
      throws IOException {
    try (SSLSocket socket =
        (SSLSocket) who.getSocketFactory().createSocket("127.0.0.1", proxy.port("web"))) {
      socket.setEnabledProtocols(new String[] {version});
      socket.setSoTimeout(20_000);
      assertThatThrownBy(
              () -> {
                socket.getOutputStream().write('x');
                if (socket.getInputStream().read() < 0) {
                  throw new IOException("ended");
                }
              })
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void ofFiveThousandCasEveryOneVouchesAndNoneIsNamed() throws Exception {
    KeyPair key = TestCa.create().keyPair();
    TestCa last = pki.ca();
    StringBuilder bundle = new StringBuilder(last.certificatePem());
    for (int i = 0; i < 5000; i++) {
      String name = "CA number " + i;
      last = TestCa.create(ca -> ca.name(name).key(key));
      bundle.append(last.certificatePem());
    }
    TestIdentity belowTheLast = last.issue(leaf -> leaf.client());
    SSLContext stranger = pki.context(TestCa.create().issue(leaf -> leaf.client()));
    try (RunningProxy proxy = proxy("")) {
      Files.writeString(pki.file("ca.crt"), bundle);
      assertThat(proxy.reload().succeeded()).isTrue();

      for (String version : List.of("TLSv1.2", "TLSv1.3")) {
        letsIn(proxy, pki.client(), version);
        letsIn(proxy, belowTheLast, version);
        refuses(proxy, stranger, version);
        assertThat(openssl(proxy, version)).contains("No client certificate CA names sent");
      }
      assertThat(proxy.handshakeFailures("web"))
          .containsExactly(entry("no_certificate", 2), entry("unknown_ca", 2));
      assertThat(log.faults()).isEmpty();
    }
  }

  private static String openssl(RunningProxy proxy, String version) {
    return Program.run(
            List.of(
                Program.installed("openssl"),
                "s_client",
                "-connect",
                "127.0.0.1:" + proxy.port("web"),
                version.equals("TLSv1.2") ? "-tls1_2" : "-tls1_3"))
        .output();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aChainOfOneMebibyteIsRefusedByANamedLimitAndHoldsNothing(String version) throws Exception {
    byte[] padding = new byte[128 * 1024];
    TestCa ca = pki.ca();
    for (int i = 0; i < 7; i++) {
      ca = ca.intermediate(spec -> spec.extension(UNKNOWN_EXTENSION, false, padding));
    }
    SSLContext longest =
        pki.context(ca.issue(leaf -> leaf.client().extension(UNKNOWN_EXTENSION, false, padding)));
    try (RunningProxy proxy = proxy("max-connections = 2, max-handshakes = 2")) {
      for (int i = 0; i < ATTEMPTS; i++) {
        refuses(proxy, longest, version);
      }

      proxy.awaitClosed("web", CloseReason.HANDSHAKE_FAILED, ATTEMPTS);
      assertThat(log.connections("web"))
          .isNotEmpty() // not one for each: who fails so often has few lines
          .allSatisfy(
              line -> {
                assertThat(line.field("reason")).isEqualTo("handshake_failed");
                assertThat(line.field("detail")).contains("longer than 16 KiB");
              });
      proxy.awaitActive("web", 0);
      letsIn(proxy, pki.client(), version);
      letsIn(proxy, pki.client(), version);
      assertThat(application.accepted()).isEqualTo(2);
      assertThat(log.faults()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"TLSv1.2,application", "TLSv1.3,application", "TLSv1.3,full"})
  void certificatesThatLeadNowhereMayTakeFourKibibytes(String version, String halfClose)
      throws Exception {
    TestIdentity client = pki.client();
    try (RunningProxy proxy = proxy(engine(halfClose))) {
      letsIn(proxy, followedBy(client, junk(1_500), junk(1_500)), version);
      refuses(proxy, pki.context(followedBy(client, junk(1_500), junk(3_000))), version);
      refuses(proxy, pki.context(followedBy(client, junk(10_800))), version);
      X509Certificate itself = client.leaf();
      letsIn(proxy, followedBy(client, itself, pki.ca().certificate()), version);

      assertThat(log.connections("web", 4))
          .filteredOn(line -> line.field("reason").equals("handshake_failed"))
          .hasSize(2)
          .allSatisfy(
              line -> {
                assertThat(line.field("cause")).isEqualTo("bad_certificate");
                assertThat(line.field("detail"))
                    .contains("on the path to the CA; a peer may send at most 4096");
              });
    }
  }

  @ParameterizedTest
  @CsvSource({"TLSv1.2,application", "TLSv1.3,application", "TLSv1.3,full"})
  void ofALongChainNoneIsOverlooked(String version, String halfClose) throws Exception {
    X509Certificate[] junk = new X509Certificate[15];
    Arrays.fill(junk, junk(100));
    try (RunningProxy proxy = proxy(engine(halfClose))) {
      refuses(proxy, pki.context(followedBy(pki.client(), junk)), version);
    }
  }

  @Test
  void threeCertificatesOfElevenKilobytesAreRefusedByAnAlertAndNotLater() throws Exception {
    TestIdentity client = followedBy(pki.client(), junk(10_800), junk(10_800), junk(10_800));
    try (RunningProxy proxy = proxy("")) {
      PemFiles files = client.writeTo(pki.folder(), "long");
      for (String version : List.of("-tls1_2", "-tls1_3")) {
        assertThat(
                Program.run(
                        List.of(
                            Program.installed("openssl"),
                            "s_client",
                            "-connect",
                            "127.0.0.1:" + proxy.port("web"),
                            version,
                            "-ign_eof",
                            "-cert",
                            files.certificate().toString(),
                            "-cert_chain",
                            files.certificate().toString(),
                            "-key",
                            files.key().toString()))
                    .output())
            .contains("alert illegal parameter");
      }
      assertThat(log.connections("web", 2))
          .allSatisfy(line -> assertThat(line.field("detail")).contains("longer than 16 KiB"));
    }
  }

  @ParameterizedTest
  @CsvSource({"TLSv1.2,application", "TLSv1.3,application", "TLSv1.3,full"})
  void theLongestOfRealChainsComeInAndComeAgain(String version, String halfClose) throws Exception {
    KeyPair key = TestCa.create(ca -> ca.rsa(4096)).keyPair();
    TestCa ca = TestCa.create(root -> root.key(key));
    Files.writeString(pki.file("ca.crt"), ca.certificatePem(), StandardOpenOption.APPEND);
    TestCa last = ca;
    for (int i = 0; i < 3; i++) {
      last = last.intermediate(spec -> spec.key(key));
    }
    TestIdentity plain = last.issue(leaf -> leaf.client().key(key));
    TestIdentity withRoot = followedBy(plain, ca.certificate());
    TestIdentity longest =
        last.issue(
            leaf -> leaf.client().key(key).extension(UNKNOWN_EXTENSION, false, new byte[8_500]));
    try (RunningProxy proxy = proxy(engine(halfClose))) {
      for (TestIdentity who : List.of(plain, withRoot, longest)) {
        SSLContext again = pki.context(who);
        for (int i = 0; i < 2; i++) {
          try (SSLSocket socket =
              (SSLSocket) again.getSocketFactory().createSocket("localhost", proxy.port("web"))) {
            socket.setEnabledProtocols(new String[] {version});
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write('x');
            assertThat(socket.getInputStream().read()).isEqualTo('x');
          }
        }
      }
    }
  }

  private static String engine(String halfClose) {
    return halfClose.equals("full") ? "half-close = full, tls-min = 1.3" : "tls-min = 1.2";
  }

  /** Made by itself, so that it can lead to nobody whom we trust. */
  private static X509Certificate junk(int bytes) {
    return TestCa.create(ca -> ca.extension(UNKNOWN_EXTENSION, false, new byte[bytes]))
        .certificate();
  }

  private static TestIdentity followedBy(TestIdentity who, X509Certificate... more) {
    List<X509Certificate> chain = new ArrayList<>(who.chain());
    chain.addAll(List.of(more));
    return who.showing(chain);
  }
}

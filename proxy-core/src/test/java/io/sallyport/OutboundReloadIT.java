package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.math.BigInteger;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files change while the application is connected to servers. */
final class OutboundReloadIT {

  private static final String SERVER = "allow = [{ uri = \"spiffe://test/server\" }]";

  private final Pki pki;

  /** Who came to the servers, by the serial numbers of their certificates. */
  private final BlockingQueue<BigInteger> came = new LinkedBlockingQueue<>();

  OutboundReloadIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  private Application echo(TestIdentity who, String version) {
    return Application.servingTls(
        pki.context(who),
        version,
        socket -> {
          SSLSession session = ((SSLSocket) socket).getSession();
          came.add(((X509Certificate) session.getPeerCertificates()[0]).getSerialNumber());
          socket.getInputStream().transferTo(socket.getOutputStream());
        });
  }

  private static String outbound(String name, Application server, String more) {
    return """
           outbound.%s { listen = "127.0.0.1:0", connect = "%s", identity = client, %s }
           """
        .formatted(name, server.address(), more);
  }

  private static void exchange(Socket socket) throws IOException {
    socket.getOutputStream().write('x');
    assertThat(socket.getInputStream().read()).isEqualTo('x');
  }

  private void crl(TestIdentity... revoked) throws IOException {
    String list =
        pki.ca()
            .crlPem(
                spec -> {
                  for (TestIdentity each : revoked) {
                    spec.revoke(each.leaf());
                  }
                });
    Files.writeString(pki.file("ca.crl"), list);
  }

  @ParameterizedTest
  @CsvSource({
    "trust, application, NO_LONGER_TRUSTED",
    "trust, full,        NO_LONGER_TRUSTED",
    "rules, application, NO_LONGER_ALLOWED",
    "rules, full,        NO_LONGER_ALLOWED",
    "name,  application, NO_LONGER_ALLOWED",
    "crl,   application, CERTIFICATE_REVOKED",
    "crl,   full,        CERTIFICATE_REVOKED"
  })
  void aServerThatWouldBeRefusedNowIsLeftAndTheOthersStay(
      String changing, String halfClose, CloseReason reason) throws Exception {
    TestCa next = TestCa.create(spec -> spec.name("next CA"));
    Files.writeString(pki.file("ca.crt"), next.certificatePem(), StandardOpenOption.APPEND);
    crl();
    try (Application server = echo(pki.server(), "TLSv1.3");
        Application other = echo(next.issue(leaf -> leaf.ip("127.0.0.1")), "TLSv1.3")) {
      String listeners =
          """
          reload.interval = off
          identities.client.revocation { crl = "ca.crl", policy = best-effort }
          defaults.outbound { half-close = %s, tls-min = 1.3 }
          """
                  .formatted(halfClose)
              + outbound("other", other, "");
      String before = outbound("web", server, "server-name = else.test, " + SERVER);
      try (RunningProxy proxy = RunningProxy.with(pki, listeners + before);
          Socket open = proxy.connect("web");
          Socket stays = proxy.connect("other")) {
        exchange(open);
        exchange(stays);
        switch (changing) {
          case "trust" -> Files.writeString(pki.file("ca.crt"), next.certificatePem());
          case "crl" -> crl(pki.server());
          case "rules" -> proxy.rewrite(listeners + before.replace("test/server", "test/else"));
          default -> proxy.rewrite(listeners + before.replace(SERVER, "")); // the name must match
        }

        Reload reload = proxy.reload();

        assertThat(reload.problems()).isEmpty();
        assertThat(reload.connections()).isOne();
        proxy.awaitClosed("web", reason, 1);
        exchange(stays);
        assertThatThrownBy(() -> exchange(open)).isInstanceOf(IOException.class);
        try (Socket again = proxy.connect("web")) {
          assertThatThrownBy(() -> exchange(again)).isInstanceOf(IOException.class);
        }
      }
    }
  }

  @Test
  void whoComesNextIsTakenToAnotherEndpointAndWhoIsConnectedStays() throws Exception {
    try (Application server = echo(pki.server(), "TLSv1.3");
        Application other = echo(pki.server(), "TLSv1.3")) {
      String byHand = "reload.interval = off\n";
      try (RunningProxy proxy = RunningProxy.with(pki, byHand + outbound("web", server, SERVER));
          Socket open = proxy.connect("web")) {
        exchange(open);
        proxy.rewrite(byHand + outbound("web", other, SERVER));

        assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 0));

        try (Socket next = proxy.connect("web")) {
          exchange(next);
        }
        assertThat(List.of(server.accepted(), other.accepted())).containsExactly(1, 1);
        exchange(open);
      }
    }
  }

  /** A session that was resumed would show the server who we were when it began. */
  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aRenewedCertificateIsShownToAServerThatKnowsUs(String version) throws Exception {
    try (Application server = echo(pki.server(), version);
        RunningProxy proxy =
            RunningProxy.with(pki, "reload.interval = off\n" + outbound("web", server, SERVER));
        Socket open = proxy.connect("web")) {
      exchange(open);
      assertThat(shown()).isEqualTo(pki.client().leaf().getSerialNumber());
      TestIdentity renewed = pki.issue("client", leaf -> leaf.cn("client"));

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 0));

      try (Socket next = proxy.connect("web")) {
        exchange(next);
      }
      assertThat(shown()).isEqualTo(renewed.leaf().getSerialNumber());
      exchange(open);
    }
  }

  private @Nullable BigInteger shown() throws InterruptedException {
    return came.poll(20, TimeUnit.SECONDS);
  }
}

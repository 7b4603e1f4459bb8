package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates expire on connections that are open. */
final class ExpiryIT {

  private static final String STRICT = "{listener=\"strict\"}";
  private static final String MILD = "{listener=\"mild\"}";

  private final Pki pki;
  private final Instant end = Instant.now().plusSeconds(6).truncatedTo(ChronoUnit.SECONDS);

  ExpiryIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  private static void exchange(Socket socket) throws IOException {
    socket.getOutputStream().write('x');
    assertThat(socket.getInputStream().read()).isEqualTo('x');
  }

  @Test
  void whoseCertificateHasExpiredIsClosedAfterTheGraceAndShownUntilThen() throws Exception {
    TestIdentity brief = pki.issue("brief", leaf -> leaf.client().validity(Instant.EPOCH, end));
    try (Application application = Application.echo();
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                defaults.inbound { listen = "127.0.0.1:0", forward = "%s", allow = any-trusted }
                inbound.strict { expiry-grace = 0s }
                inbound.mild {}
                """
                    .formatted(application.address()));
        SSLSocket strict = pki.connect(brief, proxy.port("strict"), "TLSv1.3");
        SSLSocket mild = pki.connect(brief, proxy.port("mild"), "TLSv1.3");
        SSLSocket other = pki.connect(pki.client(), proxy.port("strict"), "TLSv1.3")) {
      exchange(strict);
      exchange(mild);
      exchange(other);
      assertThat(proxy.metric("sallyport_connections_past_expiry" + MILD)).isZero();

      proxy.awaitClosed("strict", CloseReason.CERTIFICATE_EXPIRED, 1);
      assertThat(Instant.now()).isAfter(end);
      proxy.awaitMetric("sallyport_connections_past_expiry" + MILD, 1);

      exchange(mild);
      exchange(other);
      assertThat(proxy.metric("sallyport_connections_past_expiry" + STRICT)).isZero();
      // It has lost nothing that was not its own to lose: trust and rules are as they were.
      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 0, 0));
      exchange(mild);
    }
  }

  @Test
  void aGraceEndsTooAndUntilThenNothingDoes() throws Exception {
    TestIdentity brief = pki.issue("brief", leaf -> leaf.client().validity(Instant.EPOCH, end));
    try (Application application = Application.echo();
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s", allow = any-trusted, expiry-grace = 2s
                }
                """
                    .formatted(application.address()));
        SSLSocket peer = pki.connect(brief, proxy.port("web"), "TLSv1.3")) {
      exchange(peer);

      proxy.awaitClosed("web", CloseReason.CERTIFICATE_EXPIRED, 1);

      // Less the tenth by which it may come earlier.
      assertThat(Instant.now()).isAfter(end.plusMillis(1800));
      proxy.awaitMetric("sallyport_connections_past_expiry{listener=\"web\"}", 0);
    }
  }

  @Test
  void aPeerThatWeReachedIsLeftWhenItsCertificateHasExpired() throws Exception {
    TestIdentity brief =
        pki.issue("brief", leaf -> leaf.dns("localhost").validity(Instant.EPOCH, end));
    try (Application peer =
            Application.servingTls(
                pki.context(brief),
                "TLSv1.3",
                socket -> socket.getInputStream().transferTo(socket.getOutputStream()));
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                outbound.peer {
                  listen = "127.0.0.1:0", connect = "%s", identity = client,
                  server-name = localhost, expiry-grace = 0s
                }
                """
                    .formatted(peer.address()));
        Socket application = proxy.connect("peer")) {
      exchange(application);

      proxy.awaitClosed("peer", CloseReason.CERTIFICATE_EXPIRED, 1);

      assertThat(Instant.now()).isAfter(end);
    }
  }

  @Test
  void whoHasLeftARemovedListenerIsShownAsExpiredNoMore() throws Exception {
    TestIdentity brief = pki.issue("brief", leaf -> leaf.client().validity(Instant.EPOCH, end));
    try (Application application = Application.echo()) {
      String stays =
          "inbound.stays { listen = \"127.0.0.1:0\", forward = \"%s\", allow = any-trusted }\n"
              .formatted(application.address());
      String mild = stays.replace("stays", "mild");
      try (RunningProxy proxy = RunningProxy.with(pki, stays + mild);
          SSLSocket open = pki.connect(brief, proxy.port("mild"), "TLSv1.3")) {
        exchange(open);
        proxy.rewrite(stays);
        assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 0));
        proxy.awaitMetric("sallyport_connections_past_expiry" + MILD, 1);

        open.close();

        proxy.awaitMetric("sallyport_connections_past_expiry" + MILD, 0);
      }
    }
  }
}

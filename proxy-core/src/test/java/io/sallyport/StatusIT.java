package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import io.sallyport.rig.Application;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the admin server tells of a proxy that is really there. */
final class StatusIT {

  private final Pki pki;

  StatusIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  private RunningProxy proxy(Application application) {
    return RunningProxy.with(
        pki,
        """
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", allow = any-trusted
        }
        inbound.peers {
          listen = "unix:FOLDER/peers.sock", forward = "unix:FOLDER/app.sock", allow = any-trusted
        }
        outbound.ledger {
          listen = "127.0.0.1:0", connect = [ "unix:FOLDER/peers.sock", "ledger.test:443" ]
          identity = client, server-name = localhost
        }
        outbound.open {
          listen = "127.0.0.1:0", connect = "ledger.test:443", identity = none, trust = "ca.crt"
        }
        """
            .formatted(application.address()));
  }

  private static Config status(RunningProxy proxy) {
    return ConfigFactory.parseString(
        proxy.get("/status").body(), ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
  }

  private static List<? extends Config> listeners(RunningProxy proxy) {
    return status(proxy).getConfigList("listeners");
  }

  private static String connections(RunningProxy proxy, int listener) {
    Config shown = listeners(proxy).get(listener);
    return shown.getInt("connections_active") + " of " + shown.getInt("connections_total");
  }

  private static void exchange(Socket socket) throws IOException {
    socket.getOutputStream().write('x');
    assertThat(socket.getInputStream().read()).isEqualTo('x');
  }

  @Test
  void namesEveryListenerWithItsAddressAndItsTargets() throws Exception {
    try (Application application = Application.echo();
        RunningProxy proxy = proxy(application)) {
      String peers = "unix:" + pki.file("peers.sock");
      assertThat(listeners(proxy))
          .extracting(
              each -> each.getString("name"),
              each -> each.getString("direction"),
              each -> each.getString("address"),
              each -> each.getStringList("target"),
              each -> each.getIsNull("identity") ? "none" : each.getString("identity"))
          .containsExactly(
              tuple("web", "inbound", tcp(proxy, "web"), List.of(application.address()), "default"),
              tuple("peers", "inbound", peers, List.of("unix:" + pki.file("app.sock")), "default"),
              tuple(
                  "ledger",
                  "outbound",
                  tcp(proxy, "ledger"),
                  List.of(peers, "ledger.test:443"),
                  "client"),
              tuple("open", "outbound", tcp(proxy, "open"), List.of("ledger.test:443"), "none"));
      assertThat(status(proxy).getString("version")).isEqualTo("test");
      assertThat(status(proxy).getString("state")).isEqualTo("ready");
      assertThat(Instant.parse(status(proxy).getString("started_at")))
          .isBeforeOrEqualTo(Instant.now());
    }
  }

  private static String tcp(RunningProxy proxy, String listener) {
    return "127.0.0.1:" + proxy.port(listener);
  }

  @Test
  void countsConnectionsWhileTheyComeAndGo() throws Exception {
    try (Application application = Application.echo();
        RunningProxy proxy = proxy(application);
        SSLSocket stays = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3")) {
      exchange(stays);
      assertThat(connections(proxy, 0)).isEqualTo("1 of 1");
      try (SSLSocket goes = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3")) {
        exchange(goes);
        assertThat(connections(proxy, 0)).isEqualTo("2 of 2");
      }
      Eventually.holds("one has gone", () -> connections(proxy, 0).equals("1 of 2"));
      assertThat(connections(proxy, 1)).isEqualTo("0 of 0");
      assertThat(connections(proxy, 2)).isEqualTo("0 of 0");
    }
  }

  @Test
  void showsEachIdentityOnceInTheOrderOfTheListenersThatUseIt() throws Exception {
    try (Application application = Application.echo();
        RunningProxy proxy = proxy(application)) {
      List<? extends Config> identities = status(proxy).getConfigList("identities");

      assertThat(identities)
          .extracting(each -> each.getString("name"))
          .containsExactly("default", "client");
      Config shown = identities.get(0);
      X509Certificate leaf = pki.server().chain().get(0);
      assertThat(shown.getString("subject")).isEqualTo("CN=leaf");
      assertThat(shown.getStringList("names"))
          .containsExactlyInAnyOrder("dns:localhost", "ip:127.0.0.1", "uri:spiffe://test/server");
      assertThat(shown.getString("issuer")).isEqualTo("CN=test CA");
      assertThat(shown.getStringList("trust")).containsExactly("CN=test CA");
      assertThat(Instant.parse(shown.getString("not_before")))
          .isEqualTo(leaf.getNotBefore().toInstant());
      assertThat(Instant.parse(shown.getString("not_after")))
          .isEqualTo(leaf.getNotAfter().toInstant());
      assertThat(shown.getString("serial")).isEqualTo(leaf.getSerialNumber().toString(16));
      assertThat(shown.getString("sha256"))
          .isEqualTo(
              HexFormat.of()
                  .formatHex(MessageDigest.getInstance("SHA-256").digest(leaf.getEncoded())));
      assertThat(shown.getInt("generation")).isOne();
      assertThat(identities.get(1).getStringList("names")).contains("uri:spiffe://test/client");
    }
  }

  @Test
  void isNotReadyFromTheMomentOnThatACertificateOfOursHasExpired() throws Exception {
    Instant end = Instant.now().plusSeconds(6).truncatedTo(ChronoUnit.SECONDS);
    pki.issue("brief", leaf -> leaf.dns("localhost").validity(Instant.EPOCH, end));
    try (Application application = Application.echo();
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                identities.brief { certificate = "brief.crt", key = "brief.key", trust = "ca.crt" }
                defaults.inbound { listen = "127.0.0.1:0", forward = "%s", allow = any-trusted }
                inbound.web {}
                inbound.soon { identity = brief }
                """
                    .formatted(application.address()))) {
      Eventually.holds("503", () -> proxy.get("/readyz").statusCode() == 503);

      assertThat(Instant.now()).isAfter(end);
      assertThat(proxy.get("/readyz").body().lines())
          .containsExactly(
              "certificate_invalid", "certificate of identity brief expired at " + end);
      assertThat(status(proxy).getString("state")).isEqualTo("certificate_invalid");
      assertThat(proxy.get("/livez").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void isReadyUntilItIsToldToDrain() throws Exception {
    try (Application application = Application.echo();
        RunningProxy proxy = proxy(application)) {
      assertThat(proxy.get("/readyz").statusCode()).isEqualTo(200);
      assertThat(proxy.get("/readyz").body().lines()).containsExactly("ready");

      assertThat(proxy.post("/drain").statusCode()).isEqualTo(202);

      assertThat(proxy.get("/readyz").statusCode()).isEqualTo(503);
      assertThat(proxy.get("/readyz").body().lines()).containsExactly("draining");
      assertThat(status(proxy).getString("state")).isEqualTo("draining");
    }
  }
}

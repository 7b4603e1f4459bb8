package io.sallyport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is connected, and by what a connection is known at both of its ends. */
final class ConnectionsIT {

  private final Pki pki;

  ConnectionsIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  private RunningProxy inbound(String forward, String more) {
    return RunningProxy.with(
        pki,
        """
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", allow = [ { uri = "spiffe://test/*" } ]
          tls-min = "1.3", %s
        }
        """
            .formatted(forward, more));
  }

  private RunningProxy outbound(String connect, String more) {
    return RunningProxy.with(
        pki,
        """
        outbound.ledger {
          listen = "127.0.0.1:0", connect = %s, identity = client, tls-min = "1.3", %s
        }
        """
            .formatted(connect, more));
  }

  private static Config connections(RunningProxy proxy, String query) {
    return ConfigFactory.parseString(
        proxy.get("/connections" + query).body(),
        ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
  }

  private static void exchange(Socket socket) throws IOException {
    socket.getOutputStream().write('x');
    assertThat(socket.getInputStream().read()).isEqualTo('x');
  }

  @ParameterizedTest
  @CsvSource({
    "half-close = application, half-close = application", // BoringSSL at both ends
    "half-close = full, half-close = application",
    "half-close = application, half-close = full",
  })
  void aConnectionHasOneIdAtBothItsEnds(String here, String there) throws Exception {
    try (RecordedLog log = RecordedLog.start();
        Application application = Application.echo();
        RunningProxy inbound = inbound(application.address(), there);
        RunningProxy outbound = outbound("\"127.0.0.1:" + inbound.port("web") + "\"", here)) {
      String id;
      try (Socket client = outbound.connect("ledger")) {
        exchange(client);
        id = connections(outbound, "").getConfigList("connections").get(0).getString("id");
        assertThat(connections(inbound, "").getConfigList("connections").get(0).getString("id"))
            .isEqualTo(id)
            .matches("[0-9a-f]{16}");
      }
      assertThat(log.connections("web", 1).get(0).field("id")).isEqualTo(id);
      assertThat(log.connections("ledger", 1).get(0).field("id")).isEqualTo(id);
    }
  }

  @ParameterizedTest
  @CsvSource({"http/1.1", "h2"})
  void aLineOfTheAccessLogHasTheIdOfTheConnectionAtBothItsEnds(String alpn) throws Exception {
    try (RecordedLog log = RecordedLog.start();
        HttpApplication application = HttpApplication.start();
        RunningProxy inbound =
            inbound(application.address(), "protocol = http, http.access-log = json");
        RunningProxy outbound =
            outbound(
                "\"127.0.0.1:" + inbound.port("web") + "\"",
                "protocol = http, http.access-log = json, alpn = [ \"" + alpn + "\" ]")) {
      String id;
      try (HttpPeer caller = HttpPeer.over(outbound.connect("ledger"))) {
        caller.get("/");
        caller.get("/again");
        id = connections(inbound, "").getConfigList("connections").get(0).getString("id");
      }

      Eventually.holds("a line at both ends", () -> log.lines("request").size() == 4);
      assertThat(log.lines("request"))
          .allSatisfy(line -> assertThat(line.field("id")).isEqualTo(id))
          .extracting(line -> line.field("listener"))
          .contains("web", "ledger");
    }
  }

  @Test
  void whoIsConnectedIsToldByPeerAndByConnection() throws Exception {
    try (Application application = Application.echo();
        RunningProxy proxy = inbound(application.address(), "client-auth = require");
        SSLSocket one = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3");
        SSLSocket two = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3");
        SSLSocket other = pki.connect(pki.server(), proxy.port("web"), "TLSv1.3")) {
      exchange(one);
      exchange(one);
      exchange(two);
      exchange(other);

      Config all = connections(proxy, "");

      assertThat(all.getInt("total")).isEqualTo(3);
      assertThat(all.getConfigList("peers"))
          .extracting(each -> each.getString("peer") + " " + each.getInt("connections"))
          .containsExactly("spiffe://test/client 2", "spiffe://test/server 1");
      List<? extends Config> open = all.getConfigList("connections");
      assertThat(open)
          .extracting(each -> each.getString("remote"))
          .containsExactlyInAnyOrder(from(one), from(two), from(other));
      Config first =
          open.stream()
              .filter(each -> each.getString("remote").equals(from(one)))
              .findFirst()
              .orElseThrow();
      assertThat(first.getString("listener")).isEqualTo("web");
      assertThat(first.getLong("bytes_to_application")).isEqualTo(2);
      assertThat(first.getLong("bytes_to_peer")).isEqualTo(2);
      assertThat(Instant.parse(first.getString("opened_at"))).isBeforeOrEqualTo(Instant.now());
      assertThat(Instant.parse(first.getString("peer_not_after")))
          .isEqualTo(pki.client().chain().get(0).getNotAfter().toInstant());
      assertThat(connections(proxy, "?limit=1").getConfigList("connections")).hasSize(1);
      assertThat(connections(proxy, "?limit=1").getInt("total")).isEqualTo(3);
      assertThat(proxy.get("/connections?format=text&limit=1").body())
          .startsWith("3 open\n2 of spiffe://test/client at web\n")
          .hasLineCount(3);
    }
  }

  private static String from(Socket socket) {
    return "127.0.0.1:" + socket.getLocalPort();
  }

  @Test
  void whoHasNotShownItselfYetIsConnectedToo() throws Exception {
    try (Application application = Application.echo();
        RunningProxy proxy = inbound(application.address(), "");
        Socket silent = proxy.connect("web")) {
      proxy.awaitActive("web", 1);

      Config shown = connections(proxy, "").getConfigList("connections").get(0);

      assertThat(shown.getString("remote")).isEqualTo(from(silent));
      assertThat(shown.getIsNull("peer")).isTrue();
      assertThat(shown.getString("id")).matches("[0-9a-f]{16}");
    }
  }

  @Test
  void nobodyReadsMoreThanAThousandAtOnce() {
    try (RunningProxy proxy = inbound("127.0.0.1:1", "")) {
      for (String query : List.of("limit=1001", "limit=-1", "limit=", "limit=1&limit=1", "x=1")) {
        assertThat(proxy.get("/connections?" + query).statusCode()).as(query).isEqualTo(400);
      }
      assertThat(proxy.get("/connections?limit=1000").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void manyConnectionsAreCountedWhileTheyComeAndGo() throws Exception {
    try (Application application = Application.echo();
        RunningProxy proxy = inbound(application.address(), "")) {
      List<SSLSocket> open = new ArrayList<>();
      try {
        for (int n = 0; n < 20; n++) {
          SSLSocket socket = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3");
          exchange(socket);
          open.add(socket);
          assertThat(connections(proxy, "?limit=0").getInt("total")).isEqualTo(n + 1);
        }
      } finally {
        for (SSLSocket socket : open) {
          socket.close();
        }
      }
      proxy.awaitActive("web", 0);
      assertThat(connections(proxy, "").getInt("total")).isZero();
    }
  }

  @Test
  void whoFailsOverAndOverHasALineForTenAndOneForTheRest() throws Exception {
    try (RecordedLog log = RecordedLog.start()) {
      try (RunningProxy proxy = inbound("127.0.0.1:1", "")) {
        for (int n = 0; n < 30; n++) {
          try (Socket plain = proxy.connect("web")) {
            plain.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
            plain.getInputStream().readAllBytes();
          }
        }
        proxy.awaitClosed("web", CloseReason.HANDSHAKE_FAILED, 30);
      }

      assertThat(log.connections("web")).hasSize(10);
      assertThat(log.connections("web").get(0).fields())
          .containsEntry("cause", "plain_http")
          .containsEntry("try", "have it use https");
      RecordedLog.Line rest = log.lines("connections failed in the same way").get(0);
      assertThat(rest.fields())
          .containsEntry("listener", "web")
          .containsEntry("cause", "plain_http")
          .containsEntry("far", "127.0.0.1")
          .containsEntry("count", "20");
    }
  }
}

package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import io.sallyport.rig.Application;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.Http2Peer;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the admin server tells of those who were refused. */
final class DenialsIT {

  private static final String RULES =
      """
      inbound.web {
        listen = "127.0.0.1:0", forward = "%s", protocol = http
        allow = [
          { uri = "spiffe://test/other", methods = [ GET ], paths = "/api/**" }
          { uri = "spiffe://test/client", methods = [ GET ], paths = "/api/**" }
        ]
      }
      """;

  private final Pki pki;

  DenialsIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  private static List<? extends Config> denials(RunningProxy proxy) {
    HttpResponse<String> page = proxy.get("/denials");
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("content-type")).contains("application/json");
    return ConfigFactory.parseString(
            page.body(), ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON))
        .getConfigList("denials");
  }

  @Test
  void aConnectionThatNoRuleAllowsIsToldOfWithTheNearestRule() throws Exception {
    TestIdentity stranger = pki.issue("stranger", leaf -> leaf.uri("spiffe://test/ns/stranger"));
    Instant before = Instant.now();
    try (Application application = Application.echo();
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s"
                  allow = [ { cn = "nobody" }, { uri = "spiffe://test/ns/friend" } ]
                }
                """
                    .formatted(application.address()))) {
      assertThat(denials(proxy)).isEmpty();
      for (int i = 0; i < 2; i++) {
        try (SSLSocket socket = pki.connect(stranger, proxy.port("web"), "TLSv1.3")) {
          assertThat(ended(socket)).isTrue();
        }
      }
      Eventually.holds("both are told of", () -> count(proxy) == 2);

      Config denial = denials(proxy).get(0);
      assertThat(denials(proxy)).hasSize(1);
      assertThat(denial.getString("listener")).isEqualTo("web");
      assertThat(denial.getString("peer")).isEqualTo("spiffe://test/ns/stranger");
      assertThat(denial.getString("remote")).startsWith("127.0.0.1:");
      assertThat(denial.getString("reason")).isEqualTo("no_rule_matched");
      assertThat(denial.getString("nearest_rule")).isEqualTo("inbound.web.allow.1");
      assertThat(denial.getStringList("failed_on")).containsExactly("uri");
      assertThat(Instant.parse(denial.getString("first_at"))).isAfterOrEqualTo(before);
      assertThat(Instant.parse(denial.getString("last_at")))
          .isAfterOrEqualTo(Instant.parse(denial.getString("first_at")));
    }
  }

  private static int count(RunningProxy proxy) {
    return denials(proxy).stream().mapToInt(each -> each.getInt("count")).sum();
  }

  /** In TLS 1.3 the client learns of it when it reads. */
  private static boolean ended(SSLSocket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void aRequestThatNoRuleAllowsIsToldOfInEitherVersionOfHttp() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = RunningProxy.with(pki, RULES.formatted(application.address()))) {
      try (SSLSocket socket = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3");
          HttpPeer one = HttpPeer.over(socket);
          Http2Peer two = Http2Peer.open(pki, pki.client(), proxy.port("web"))) {
        assertThat(
                one.ask("DELETE /api/x?secret=1 HTTP/1.1\r\nHost: Shop.test:8443\r\n\r\n").status())
            .isEqualTo(403);
        assertThat(two.get("/admin?token=abc").status()).isEqualTo(403);
        assertThat(two.get("/admin?token=abd").status()).isEqualTo(403);
        assertThat(one.get("/api/x").status()).isEqualTo(200);
      }

      assertThat(proxy.get("/denials").body()).doesNotContain("secret", "token");
      assertThat(denials(proxy)).hasSize(1);
      Config denial = denials(proxy).get(0);
      assertThat(denial.getString("peer")).isEqualTo("spiffe://test/client");
      assertThat(denial.getString("reason")).isEqualTo("request_not_allowed");
      assertThat(denial.getInt("count")).isEqualTo(3);
      Config overTwo = denial.getConfigList("requests").get(0);
      assertThat(overTwo.getString("method")).isEqualTo("GET");
      assertThat(overTwo.getString("path")).isEqualTo("/admin");
      assertThat(overTwo.getString("host")).isEqualTo("localhost");
      assertThat(overTwo.getInt("count")).isEqualTo(2);
      assertThat(overTwo.getString("nearest_rule")).isEqualTo("inbound.web.allow.1");
      assertThat(overTwo.getStringList("failed_on")).containsExactly("paths");
      Config overOne = denial.getConfigList("requests").get(1);
      assertThat(overOne.getString("method")).isEqualTo("DELETE");
      assertThat(overOne.getString("path")).isEqualTo("/api/x");
      assertThat(overOne.getStringList("failed_on")).containsExactly("methods");
    }
  }

  @Test
  void whatAPeerAsksForNeitherBreaksThePageNorFillsIt() throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = RunningProxy.with(pki, RULES.formatted(application.address()));
        Http2Peer peer = Http2Peer.open(pki, pki.client(), proxy.port("web"))) {
      String hostile = "/%22},%7b%22x%22:\"'<script>";
      assertThat(peer.get(hostile).status()).isIn(0, 400, 403);
      assertThat(peer.get("/a/..%2f").status()).isEqualTo(400);
      for (int i = 0; i < 100; i++) {
        assertThat(peer.get("/" + "x".repeat(5000) + i).status()).isEqualTo(403);
        assertThat(peer.get("/" + i).status()).isEqualTo(403);
      }

      assertThat(proxy.get("/denials").body()).hasSizeLessThan(4000).doesNotContain("\"x\"");
      assertThat(denials(proxy))
          .extracting(each -> each.getString("reason"))
          .containsExactlyInAnyOrder("request_not_allowed", "ambiguous_path");
      Config requests = denials(proxy).get(0);
      assertThat(requests.getInt("count")).isGreaterThanOrEqualTo(200);
      assertThat(requests.getConfigList("requests")).hasSize(4);
    }
  }

  @Test
  void aServerThatIsNotTheOneWeMeantIsToldOf() throws Exception {
    try (Application application = Application.echo();
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                inbound.web { listen = "unix:FOLDER/web.sock", forward = "%s", allow = any-trusted }
                outbound.ledger {
                  listen = "127.0.0.1:0", connect = "unix:FOLDER/web.sock", identity = client
                  allow = [ { uri = "spiffe://test/ledger" } ]
                }
                """
                    .formatted(application.address()));
        Socket socket = proxy.connect("ledger")) {
      Eventually.holds("it is told of", () -> !denials(proxy).isEmpty());

      Config denial = denials(proxy).get(0);
      assertThat(denial.getString("listener")).isEqualTo("ledger");
      assertThat(denial.getString("peer")).isEqualTo("spiffe://test/server");
      assertThat(denial.getString("remote")).contains("web.sock");
      assertThat(denial.getString("nearest_rule")).isEqualTo("outbound.ledger.allow.0");
      assertThat(socket.isConnected()).isTrue();
    }
  }
}

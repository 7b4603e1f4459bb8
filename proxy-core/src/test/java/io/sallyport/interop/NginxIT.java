package io.sallyport.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.sallyport.rig.Curl;
import io.sallyport.rig.Nginx;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program.Outcome;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** nginx as the application and as the server, curl at the other end. */
final class NginxIT {

  private final Pki pki;
  private final RecordedLog log = RecordedLog.start();

  NginxIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @AfterEach
  void stop() {
    assertThat(log.faults()).isEmpty();
    log.close();
  }

  private Path bigFile() throws IOException {
    byte[] content = new byte[8 * 1024 * 1024];
    new Random(1).nextBytes(content);
    Files.createDirectories(pki.file("www"));
    return Files.write(pki.file("www/big"), content);
  }

  private Path got() {
    return pki.file("got");
  }

  // As the application.

  private Nginx application() throws IOException {
    return Nginx.in(
        pki.folder(),
        """
        server {
          listen 127.0.0.1:PORT;
          listen unix:FOLDER/app.sock;
          root FOLDER/www;
          location = / { return 200 "nginx behind $server_addr\\n"; }
        }
        """);
  }

  private RunningProxy inbound(String forward) {
    return RunningProxy.with(
        pki,
        """
        inbound.web {
          listen = "127.0.0.1:0"
          forward = "%s"
          alpn = [ "http/1.1" ]
          allow = [ { dns = "client.test" } ]
        }
        """
            .formatted(forward));
  }

  @ParameterizedTest
  @CsvSource({"tcp, 1.2", "tcp, 1.3", "unix, 1.2", "unix, 1.3"})
  void servesBehindAnInboundListener(String kind, String version) throws Exception {
    Path big = bigFile();
    try (Nginx nginx = application();
        RunningProxy proxy =
            inbound(kind.equals("tcp") ? "127.0.0.1:" + nginx.port() : "unix:FOLDER/app.sock")) {
      Curl curl = Curl.of(pki).as("client").tls(version);

      assertThat(curl.get(proxy.port("web")).output())
          .contains("nginx behind " + (kind.equals("tcp") ? "127.0.0.1" : "unix:"))
          .containsPattern("ALPN.* accepted.* http/1.1");

      String file = "https://127.0.0.1:" + proxy.port("web") + "/big";
      assertThat(curl.with("--output", got().toString()).get(file).exitCode()).isZero();
      assertThat(Files.mismatch(got(), big)).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v2"})
  void learnsFromTheProxyHeaderWhoCame(String version) throws Exception {
    String servers =
        """
        server {
          listen 127.0.0.1:PORT proxy_protocol;
          location / { return 200 "came from $proxy_protocol_addr:$proxy_protocol_port\\n"; }
        }
        """;
    try (Nginx nginx = Nginx.in(pki.folder(), servers);
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                inbound.web {
                  listen = "127.0.0.1:0"
                  forward = "127.0.0.1:%d"
                  proxy-protocol = %s
                  allow = any-trusted
                }
                """
                    .formatted(nginx.port(), version))) {
      Outcome curl =
          Curl.of(pki)
              .as("client")
              .with("--write-out", "and did come from %{local_ip}:%{local_port}\n")
              .get(proxy.port("web"));

      assertThat(curl.output())
          .containsPattern("came from (127\\.0\\.0\\.1:\\d+)\nand did come from \\1\n");
    }
  }

  // As the server.

  /**
   * Serves two: {@code server}, which asks for a certificate, and {@code other}, of another name.
   */
  private Nginx servers(String versions) throws IOException {
    pki.issue("other", leaf -> leaf.dns("other.test"));
    return Nginx.in(
        pki.folder(),
        """
        ssl_protocols VERSIONS;
        server {
          listen 127.0.0.1:PORT ssl;
          ssl_certificate FOLDER/server.crt;
          ssl_certificate_key FOLDER/server.key;
          ssl_client_certificate FOLDER/ca.crt;
          ssl_verify_client on;
          root FOLDER/www;
          location = / { return 200 "$ssl_protocol $ssl_client_s_dn $ssl_server_name\\n"; }
        }
        server {
          listen 127.0.0.1:OTHER ssl;
          ssl_certificate FOLDER/other.crt;
          ssl_certificate_key FOLDER/other.key;
          location / { return 200 "the other\\n"; }
        }
        """
            .replace("VERSIONS", versions));
  }

  private RunningProxy outbound(String identity, String... endpoints) {
    return RunningProxy.with(
        pki,
        """
        outbound.away {
          listen = "127.0.0.1:0"
          identity = %s
          connect = [ "%s" ]
          trust = "ca.crt"
        }
        """
            .formatted(identity, String.join("\", \"", endpoints)));
  }

  private static Outcome get(RunningProxy proxy, Curl curl, String path) {
    return curl.get("http://127.0.0.1:" + proxy.port("away") + path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.2", "1.3"})
  void isReachedByAnOutboundListener(String version) throws Exception {
    Path big = bigFile();
    try (Nginx nginx = servers("TLSv" + version);
        RunningProxy proxy = outbound("client", "localhost:" + nginx.port())) {
      assertThat(get(proxy, Curl.of(pki), "/").output())
          .contains("TLSv" + version + " CN=client localhost\n");

      Curl curl = Curl.of(pki).with("--output", got().toString());
      assertThat(get(proxy, curl, "/big").exitCode()).isZero();
      assertThat(Files.mismatch(got(), big)).isEqualTo(-1);
    }
  }

  @Test
  void saysItselfThatItWantsACertificate() throws Exception {
    try (Nginx nginx = servers("TLSv1.3");
        RunningProxy proxy = outbound("none", "localhost:" + nginx.port())) {
      assertThat(get(proxy, Curl.of(pki), "/").output())
          .contains("400 Bad Request", "No required SSL certificate was sent");
    }
  }

  @Test
  void isFoundBehindADeadEndpointAndOneOfAnotherName() throws Exception {
    String dead = "127.0.0.1:" + Nginx.freePort();
    try (Nginx nginx = servers("TLSv1.2 TLSv1.3");
        RunningProxy proxy =
            outbound(
                "client", dead, "localhost:" + nginx.otherPort(), "127.0.0.1:" + nginx.port())) {
      assertThat(get(proxy, Curl.of(pki), "/").output()).contains("TLSv1.3 CN=client");

      assertThat(log.lines("endpoint cannot be had; trying the next one"))
          .satisfiesExactly(
              first -> {
                assertThat(first.field("endpoint")).isEqualTo(dead);
                assertThat(first.field("cause")).isEqualTo("refused");
              },
              second -> {
                assertThat(second.field("endpoint")).isEqualTo("localhost:" + nginx.otherPort());
                assertThat(second.field("cause")).isEqualTo("not_allowed");
              });
      assertThat(proxy.handshakeFailures("away")).containsExactly(entry("not_allowed", 1));
      assertThat(denials(proxy, "host_name_mismatch")).isEqualTo(1);
      assertThat(denials(proxy, "no_rule_matched")).isZero();
      assertThat(log.connections("away", 1).get(0).field("peer")).isEqualTo("spiffe://test/server");
    }
  }

  private static double denials(RunningProxy proxy, String reason) {
    return proxy.metric("sallyport_denials_total{listener=\"away\",reason=\"" + reason + "\"}");
  }

  @Test
  void isNotFoundAndTheApplicationIsToldAtOnce() throws Exception {
    String dead = "127.0.0.1:" + Nginx.freePort();
    try (Nginx nginx = servers("TLSv1.3");
        RunningProxy proxy = outbound("client", dead, "localhost:" + nginx.otherPort())) {
      assertThat(get(proxy, Curl.of(pki), "/").output()).containsIgnoringCase("reset by peer");

      RecordedLog.Line line = log.connections("away", 1).get(0);
      assertThat(line.field("reason")).isEqualTo("upstream_unreachable");
      assertThat(line.field("cause")).isEqualTo("not_allowed");
      assertThat(line.field("detail"))
          .startsWith("localhost:" + nginx.otherPort())
          .contains("host_name_mismatch");
      assertThat(line.field("peer")).contains("other.test");
    }
  }

  @Test
  void isReachedThroughBothDirections() throws Exception {
    try (Nginx nginx = application();
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                inbound.web {
                  listen = "unix:FOLDER/web.sock"
                  forward = "127.0.0.1:%d"
                  allow = [ { uri = "spiffe://test/client" } ]
                }
                outbound.away {
                  listen = "127.0.0.1:0"
                  connect = "unix:FOLDER/web.sock"
                  identity = client
                  allow = [ { uri = "spiffe://test/server" } ]
                }
                """
                    .formatted(nginx.port()))) {
      assertThat(get(proxy, Curl.of(pki), "/").output()).contains("nginx behind 127.0.0.1");

      assertThat(log.connections("away", 1).get(0).field("peer")).isEqualTo("spiffe://test/server");
      assertThat(log.connections("web", 1).get(0).field("peer")).isEqualTo("spiffe://test/client");
    }
  }
}

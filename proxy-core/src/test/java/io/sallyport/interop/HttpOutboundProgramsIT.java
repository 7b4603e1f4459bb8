package io.sallyport.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.rig.Curl;
import io.sallyport.rig.Nginx;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program;
import io.sallyport.rig.Program.Outcome;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HTTP/1.1 by the programs that people use: curl inside, nginx outside. */
final class HttpOutboundProgramsIT {

  private static final String NGINX =
      """
      server {
        listen 127.0.0.1:PORT ssl;
        ssl_certificate FOLDER/server.crt;
        ssl_certificate_key FOLDER/server.key;
        ssl_client_certificate FOLDER/ca.crt;
        ssl_verify_client on;
        keepalive_requests 40;
        client_max_body_size 0;
        location / {
          add_header asked-for $http_host;
          add_header caller $ssl_client_s_dn;
          root FOLDER/files;
        }
        location /proxied/ {
          proxy_http_version 1.1;
          proxy_set_header Host inner.test;
          proxy_pass https://127.0.0.1:OTHER/;
          proxy_ssl_certificate FOLDER/client.crt;
          proxy_ssl_certificate_key FOLDER/client.key;
        }
      }
      server {
        listen 127.0.0.1:OTHER ssl;
        ssl_certificate FOLDER/server.crt;
        ssl_certificate_key FOLDER/server.key;
        client_max_body_size 0;
        location / {
          return 200 $content_length,$http_transfer_encoding;
        }
      }
      """;

  private final Pki pki;
  private final RecordedLog log = RecordedLog.start();

  HttpOutboundProgramsIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @AfterEach
  void stop() {
    assertThat(log.faults()).isEmpty();
    log.close();
  }

  private RunningProxy proxy(Nginx nginx) {
    return RunningProxy.with(
        pki,
        """
        workers = 1
        outbound.out {
          listen = "127.0.0.1:0", connect = "127.0.0.1:%d", identity = client, protocol = http
          authority = "files.test"
        }
        """
            .formatted(nginx.port()));
  }

  private byte[] file(String name, int bytes) throws IOException {
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    Path file = pki.file("files/" + name);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
    return content;
  }

  private Curl curl() {
    return Curl.of(pki).with("--http1.1");
  }

  private static String url(RunningProxy proxy, String path) {
    return "http://127.0.0.1:" + proxy.port("out") + path;
  }

  @Test
  void filesOfNginxComeWholeUnderOurNameAndForItsOwn() throws Exception {
    byte[] big = file("big", 20_000_000);
    file("small", 100);
    try (Nginx nginx = Nginx.in(pki.folder(), NGINX);
        RunningProxy proxy = proxy(nginx)) {
      Path got = pki.file("got");
      Outcome outcome = curl().with("--output", got.toString()).get(url(proxy, "/big"));
      assertThat(outcome.output()).contains("asked-for: files.test", "caller: CN=client");
      assertThat(Files.readAllBytes(got)).isEqualTo(big);
      assertThat(curl().with("--head").get(url(proxy, "/small")).output())
          .contains("Content-Length: 100");
      assertThat(curl().get(url(proxy, "/missing")).output()).contains("404 Not Found");
      assertThat(proxy.metric("sallyport_upstream_connects_total{listener=\"out\"}")).isOne();
    }
  }

  @Test
  void uploadsOfCurlReachWhatStandsBehindNginx() throws Exception {
    file("big", 5_000_000);
    String big = "@" + pki.file("files/big");
    try (Nginx nginx = Nginx.in(pki.folder(), NGINX);
        RunningProxy proxy = proxy(nginx)) {
      assertThat(curl().with("--data-binary", big).get(url(proxy, "/proxied/")).output())
          .contains("5000000,");
      assertThat(
              curl()
                  .with("--data-binary", big, "--header", "Transfer-Encoding: chunked")
                  .get(url(proxy, "/proxied/"))
                  .output())
          .contains("5000000,");
    }
  }

  @Test
  void noneOfManyRequestsIsLostThoughNginxKeepsClosingConnections() throws Exception {
    file("small", 100);
    try (Nginx nginx = Nginx.in(pki.folder(), NGINX);
        RunningProxy proxy = proxy(nginx)) {
      Outcome outcome =
          Program.run(
              List.of(
                  Program.installed("h2load"),
                  "--h1",
                  "--requests=3000",
                  "--clients=20",
                  url(proxy, "/small")));

      assertThat(outcome.output())
          .contains("3000 succeeded, 0 failed, 0 errored", "status codes: 3000 2xx");
      assertThat(proxy.metric("sallyport_upstream_connects_total{listener=\"out\"}"))
          .isGreaterThanOrEqualTo(3000 / 40);
      proxy.awaitMetric("sallyport_upstream_requests_outstanding{listener=\"out\"}", 0);
    }
  }
}

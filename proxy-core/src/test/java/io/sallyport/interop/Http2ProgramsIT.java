package io.sallyport.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.rig.Curl;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.Nginx;
import io.sallyport.rig.Payload;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program;
import io.sallyport.rig.Program.Outcome;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/2 by the programs that people use: curl, nghttp, h2load and Java outside, nginx inside. */
final class Http2ProgramsIT {

  private static final long BYTES = 64L * Payload.MIB;

  private final Pki pki;
  private final RecordedLog log = RecordedLog.start();

  Http2ProgramsIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @AfterEach
  void stop() {
    assertThat(log.faults()).isEmpty();
    log.close();
  }

  private RunningProxy proxy(String application) {
    return RunningProxy.with(
        pki,
        """
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", protocol = http
          peer-header = spiffe-id
          allow = [ { uri = "spiffe://test/client" } ]
        }
        """
            .formatted(application));
  }

  private Nginx nginx() throws IOException {
    return Nginx.in(
        pki.folder(),
        """
        server {
          listen 127.0.0.1:PORT;
          root FOLDER/www;
          if_modified_since before;
          large_client_header_buffers 4 32k;
          location = / { return 200 "caller $http_x_peer_spiffe_id at $host over $http_x_forwarded_proto\\n"; }
        }
        """);
  }

  private Path file(String name, int bytes) throws IOException {
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    Path file = pki.file(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, content);
  }

  private Curl curl() {
    return Curl.of(pki).as("client").with("--http2");
  }

  private static String url(RunningProxy proxy, String path) {
    return "https://localhost:" + proxy.port("web") + path;
  }

  /** Takes any body and tells its hash. */
  private static HttpApplication hashing() {
    return HttpApplication.answering(
        (request, out) -> {
          String hash = Payload.hashOf(request.body(), BYTES);
          HttpApplication.write(
              out, "HTTP/1.1 200 OK\r\nContent-Length: " + hash.length() + "\r\n\r\n" + hash);
        });
  }

  @Test
  void nginxLearnsWhoIsCallingAndCurlKeepsItsConnection() throws Exception {
    try (Nginx nginx = nginx();
        RunningProxy proxy = proxy("127.0.0.1:" + nginx.port())) {
      Outcome both =
          curl()
              .with("-H", "X-Peer-Spiffe-Id: spiffe://test/admin", url(proxy, "/"))
              .get(url(proxy, "/"));

      assertThat(both.exitCode()).as(both.output()).isZero();
      assertThat(both.output())
          .contains("HTTP/2 200", "caller spiffe://test/client at localhost over https")
          .containsAnyOf("Re-using existing connection", "Reusing existing connection");
      assertThat(proxy.metric("sallyport_connections_total{listener=\"web\"}")).isEqualTo(1);
    }
  }

  @Test
  void filesPassWholeInRangesAndAsConditionsSay() throws Exception {
    Path big = file("www/big", 5_000_000);
    try (Nginx nginx = nginx();
        RunningProxy proxy = proxy("127.0.0.1:" + nginx.port())) {
      Path got = pki.file("got");
      Outcome whole = curl().with("-o", got.toString()).get(url(proxy, "/big"));
      assertThat(whole.exitCode()).as(whole.output()).isZero();
      assertThat(got).hasSameBinaryContentAs(big);

      Outcome range = curl().with("-o", got.toString(), "-r", "1000-1999").get(url(proxy, "/big"));
      assertThat(range.output()).contains("HTTP/2 206");
      assertThat(Files.size(got)).isEqualTo(1000);

      Outcome head = curl().with("--head").get(url(proxy, "/big"));
      assertThat(head.exitCode()).as(head.output()).isZero();
      assertThat(head.output()).contains("HTTP/2 200", "5000000");

      Outcome condition =
          curl().with("-z", "Fri, 01 Jan 2100 00:00:00 GMT").get(url(proxy, "/big"));
      assertThat(condition.output()).contains("HTTP/2 304");

      assertThat(curl().get(url(proxy, "/missing")).output()).contains("HTTP/2 404");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"length", "no length", "expect"})
  void curlUploadsSixtyFourMebibytes(String how) throws Exception {
    Path body = pki.file("body");
    Payload payload = new Payload(5, BYTES);
    try (OutputStream out = Files.newOutputStream(body)) {
      payload.write(out);
    }
    try (HttpApplication application = hashing();
        RunningProxy proxy = proxy(application.address())) {
      Curl curl = curl().with("--max-time", "120");
      switch (how) {
        case "no length" ->
            curl.with("-X", "PUT", "-H", "Content-Length:", "--data-binary", "@" + body);
        case "expect" -> curl.with("-H", "Expect: 100-continue", "-T", body.toString());
        default -> curl.with("-H", "Expect:", "-T", body.toString());
      }
      Outcome outcome = curl.get(url(proxy, "/"));

      assertThat(outcome.exitCode()).as(outcome.output()).isZero();
      assertThat(outcome.output()).contains("HTTP/2 200", payload.hash());
      boolean known = !application.next().values("content-length").isEmpty();
      assertThat(known).isEqualTo(!how.equals("no length"));
    }
  }

  @Test
  void curlDownloadsSixtyFourMebibytes() throws Exception {
    Path big = pki.file("www/big");
    Files.createDirectories(big.getParent());
    try (OutputStream out = Files.newOutputStream(big)) {
      new Payload(6, BYTES).write(out);
    }
    try (Nginx nginx = nginx();
        RunningProxy proxy = proxy("127.0.0.1:" + nginx.port())) {
      Path got = pki.file("got");
      Outcome outcome =
          curl().with("--max-time", "120", "-o", got.toString()).get(url(proxy, "/big"));

      assertThat(outcome.exitCode()).as(outcome.output()).isZero();
      assertThat(got).hasSameBinaryContentAs(big);
    }
  }

  @Test
  void curlSeesAnswersBeforeTheAnswerAndOneBeforeItsRequestIsWhole() throws Exception {
    Path body = file("body", 3_000_000);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  HttpApplication.write(out, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
                  HttpApplication.write(
                      out, "HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nearly");
                });
        RunningProxy proxy = proxy(application.address())) {
      Outcome outcome = curl().with("-H", "Expect:", "-T", body.toString()).get(url(proxy, "/"));

      assertThat(outcome.output()).contains("HTTP/2 103", "link: </a>", "HTTP/2 403", "early");
    }
  }

  @Test
  void nghttpAsksForManyFilesOnOneConnection() throws Exception {
    String nghttp = Program.installed("nghttp");
    file("www/big", 1_000_000);
    try (Nginx nginx = nginx();
        RunningProxy proxy = proxy("127.0.0.1:" + nginx.port())) {
      List<String> command =
          new ArrayList<>(
              List.of(
                  nghttp,
                  "--null-out",
                  "--verbose",
                  "--multiply=20",
                  "--cert=" + pki.file("client.crt"),
                  "--key=" + pki.file("client.key"),
                  "--trailer=x-sum: 7",
                  "--continuation",
                  "--padding=100"));
      command.add(url(proxy, "/big"));
      command.add(url(proxy, "/"));
      Outcome outcome = Program.run(command);

      assertThat(outcome.exitCode()).as(outcome.output()).isZero();
      assertThat(outcome.output().lines().filter(line -> line.contains(":status: 200")).count())
          .as(outcome.output())
          .isEqualTo(40);
      assertThat(outcome.output()).doesNotContain("RST_STREAM");
      assertThat(proxy.metric("sallyport_connections_total{listener=\"web\"}")).isEqualTo(1);
    }
  }

  /** It shows no certificate. */
  @Test
  void h2loadIsServedToTheLastOfItsRequests() throws Exception {
    String h2load = Program.installed("h2load");
    try (Nginx nginx = nginx();
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                inbound.web {
                  listen = "127.0.0.1:0", forward = "127.0.0.1:%d", protocol = http
                  client-auth = none, allow = anyone
                }
                """
                    .formatted(nginx.port()))) {
      Outcome outcome =
          Program.run(
              List.of(
                  h2load,
                  "--requests=20000",
                  "--clients=4", // nginx takes 512 connections
                  "--max-concurrent-streams=50",
                  url(proxy, "/")),
              120);

      assertThat(outcome.output())
          .contains("Application protocol: h2")
          .contains("20000 succeeded, 0 failed, 0 errored, 0 timeout")
          .contains("status codes: 20000 2xx");
    }
  }

  private HttpClient java() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_2)
        .sslContext(pki.context(pki.client()))
        .connectTimeout(Duration.ofSeconds(20))
        .build();
  }

  private static HttpRequest.Builder to(RunningProxy proxy, String path) {
    return HttpRequest.newBuilder(URI.create(url(proxy, path))).timeout(Duration.ofMinutes(2));
  }

  @Test
  void javaAsksForManyThingsAtOnceAndEachIsItsOwn() throws Exception {
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  String body = request.target() + request.body().readAllBytes().length;
                  HttpApplication.write(
                      out,
                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
                          .formatted(body.length(), body));
                });
        RunningProxy proxy = proxy(application.address())) {
      HttpClient client = java();
      // The first one makes the connection that the others share.
      assertThat(client.send(to(proxy, "/").build(), BodyHandlers.ofString()).version())
          .isEqualTo(HttpClient.Version.HTTP_2);
      List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
      for (int i = 0; i < 90; i++) {
        all.add(
            client.sendAsync(
                to(proxy, "/" + i + "/")
                    .POST(BodyPublishers.ofByteArray(new byte[i * 1000]))
                    .build(),
                BodyHandlers.ofString()));
      }
      for (int i = 0; i < all.size(); i++) {
        assertThat(all.get(i).get(60, TimeUnit.SECONDS).body()).isEqualTo("/" + i + "/" + i * 1000);
      }
      assertThat(proxy.metric("sallyport_connections_total{listener=\"web\"}")).isEqualTo(1);
    }
  }

  @Test
  void sixtyFourMebibytesGoEachWayAtOnceUnharmed() throws Exception {
    Payload request = new Payload(7, BYTES);
    Payload response = new Payload(8, BYTES);
    try (HttpApplication application =
            HttpApplication.answering(
                (asked, out) -> {
                  HttpApplication.write(
                      out, "HTTP/1.1 200 OK\r\nContent-Length: " + BYTES + "\r\n\r\n");
                  CompletableFuture<Void> sending = response.sending(out);
                  assertThat(Payload.hashOf(asked.body(), BYTES)).isEqualTo(request.hash());
                  sending.join();
                });
        RunningProxy proxy = proxy(application.address())) {
      PipedOutputStream end = new PipedOutputStream();
      PipedInputStream body = new PipedInputStream(end, Payload.MIB);
      CompletableFuture<Void> sending = request.sending(end).thenRun(() -> close(end));
      HttpResponse<InputStream> got =
          java()
              .send(
                  to(proxy, "/").PUT(BodyPublishers.ofInputStream(() -> body)).build(),
                  BodyHandlers.ofInputStream());

      assertThat(Payload.hashOf(got.body(), BYTES)).isEqualTo(response.hash());
      sending.get(60, TimeUnit.SECONDS);
    }
  }

  private static void close(OutputStream out) {
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

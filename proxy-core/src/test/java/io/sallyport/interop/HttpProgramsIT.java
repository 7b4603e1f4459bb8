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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP by the programs that people use: curl outside, nginx and Python inside. */
final class HttpProgramsIT {

  private static final String PYTHON =
      """
      import http.server, sys
      class Echo(http.server.BaseHTTPRequestHandler):
          protocol_version = 'HTTP/1.1'
          def do_POST(self):
              body = b''
              if self.headers.get('Transfer-Encoding') == 'chunked':
                  while True:
                      size = int(self.rfile.readline(), 16)
                      body += self.rfile.read(size)
                      self.rfile.readline()
                      if size == 0: break
              else:
                  body = self.rfile.read(int(self.headers['Content-Length']))
              self.send_response(200)
              self.send_header('Transfer-Encoding', 'chunked')
              self.end_headers()
              for part in (body[:len(body) // 2], body[len(body) // 2:]):
                  if part:
                      self.wfile.write(b'%x\\r\\n' % len(part) + part + b'\\r\\n')
              self.wfile.write(b'0\\r\\n\\r\\n')
          def log_message(self, *args): pass
      server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Echo)
      print('listening on', server.server_address[1], flush=True)
      server.serve_forever()
      """;

  private final Pki pki;
  private final RecordedLog log = RecordedLog.start();

  HttpProgramsIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @AfterEach
  void stop() {
    assertThat(log.faults()).isEmpty();
    log.close();
  }

  private RunningProxy proxy(int application) {
    return proxy(application, "http1");
  }

  private RunningProxy proxy(int application, String appProtocol) {
    return RunningProxy.with(
        pki,
        """
        inbound.web {
          listen = "127.0.0.1:0", forward = "127.0.0.1:%d", protocol = http, app-protocol = %s
          peer-header = spiffe-id
          allow = [ { uri = "spiffe://test/client", paths = [ "/", "/files/**", "/echo" ] } ]
        }
        """
            .formatted(application, appProtocol));
  }

  private Path file(String name, int bytes) throws IOException {
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    Path file = pki.file(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, content);
  }

  private Curl curl() {
    return Curl.of(pki).as("client").with("--http1.1");
  }

  private static String url(RunningProxy proxy, String path) {
    return "https://127.0.0.1:" + proxy.port("web") + path;
  }

  private Nginx nginx(String protocol) throws IOException {
    return Nginx.in(
        pki.folder(),
        """
        server {
          listen 127.0.0.1:PORT PROTOCOL;
          root FOLDER/www;
          if_modified_since before;
          location = / { return 200 "caller $http_x_peer_spiffe_id at $host over $http_x_forwarded_proto\\n"; }
        }
        """
            .replace("PROTOCOL", protocol.equals("h2c") ? "http2" : ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"http1", "h2c"})
  void nginxLearnsWhoIsCallingAndCurlKeepsItsConnection(String appProtocol) throws Exception {
    try (Nginx nginx = nginx(appProtocol);
        RunningProxy proxy = proxy(nginx.port(), appProtocol)) {
      Outcome both =
          curl()
              .with("-H", "X-Peer-Spiffe-Id: spiffe://test/admin", url(proxy, "/"))
              .get(url(proxy, "/"));

      assertThat(both.exitCode()).as(both.output()).isZero();
      assertThat(both.output())
          .contains("caller spiffe://test/client at 127.0.0.1 over https")
          .containsAnyOf("Re-using existing connection", "Reusing existing connection");
      assertThat(proxy.metric("sallyport_connections_total{listener=\"web\"}")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"http1", "h2c"})
  void filesPassWholeInRangesAndAsConditionsSay(String appProtocol) throws Exception {
    Path big = file("www/files/big", 5_000_000);
    try (Nginx nginx = nginx(appProtocol);
        RunningProxy proxy = proxy(nginx.port(), appProtocol)) {
      Path got = pki.file("got");
      Outcome whole = curl().with("-o", got.toString()).get(url(proxy, "/files/big"));
      assertThat(whole.exitCode()).as(whole.output()).isZero();
      assertThat(got).hasSameBinaryContentAs(big);

      Outcome range =
          curl().with("-o", got.toString(), "-r", "1000-1999").get(url(proxy, "/files/big"));
      assertThat(range.output()).contains("HTTP/1.1 206");
      assertThat(Files.size(got)).isEqualTo(1000);

      Outcome head = curl().with("--head").get(url(proxy, "/files/big"));
      assertThat(head.output()).contains("HTTP/1.1 200", "5000000");

      Outcome condition =
          curl().with("-z", "Fri, 01 Jan 2100 00:00:00 GMT").get(url(proxy, "/files/big"));
      assertThat(condition.output()).contains("HTTP/1.1 304");

      Outcome missing = curl().get(url(proxy, "/files/missing"));
      assertThat(missing.output()).contains("HTTP/1.1 404");

      Outcome denied = curl().get(url(proxy, "/other"));
      assertThat(denied.output()).contains("HTTP/1.1 403", "application/problem+json");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length", "Transfer-Encoding", "Expect"})
  void pythonGetsWhatIsUploadedAndGivesItBack(String how) throws Exception {
    Path body = file("body", 3_000_000);
    Path script = Files.writeString(pki.file("echo.py"), PYTHON);
    try (Program python = Program.start(List.of(Program.installed("python3"), script.toString()))) {
      String line = python.awaitLine(each -> each.startsWith("listening on "));
      int port = Integer.parseInt(line.substring("listening on ".length()).strip());
      try (RunningProxy proxy = proxy(port)) {
        Path got = pki.file("got");
        Curl curl = curl().with("-o", got.toString(), "--data-binary", "@" + body);
        switch (how) {
          case "Transfer-Encoding" -> curl.with("-H", "Transfer-Encoding: chunked");
          case "Expect" -> curl.with("-H", "Expect: 100-continue");
          default -> curl.with("-H", "Expect:");
        }
        Outcome outcome = curl.get(url(proxy, "/echo"));

        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
        assertThat(got).hasSameBinaryContentAs(body);
        if (how.equals("Expect")) {
          assertThat(outcome.output()).contains("HTTP/1.1 100");
        }
      }
    }
  }
}

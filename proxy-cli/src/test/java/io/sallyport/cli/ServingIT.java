package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.sallyport.cli.Command.Ended;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command as a process that serves. */
final class ServingIT {

  private final Path folder;
  private final HttpServer application;

  ServingIT(@TempDir Path folder) throws IOException {
    this.folder = folder;
    application = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    application.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 5);
          exchange.getResponseBody().write("hello".getBytes(US_ASCII));
          exchange.close();
        });
    application.start();
    assertThat(certs("server", "--dns", "localhost", "--ip", "127.0.0.1").exitCode()).isZero();
    assertThat(certs("client", "--spiffe", "spiffe://test/client").exitCode()).isZero();
  }

  @AfterEach
  void stop() {
    application.stop(0);
  }

  private Ended certs(String name, String... names) {
    String[] line = new String[5 + names.length];
    System.arraycopy(
        new String[] {"certs", "--dir", folder.toString(), "--name", name}, 0, line, 0, 5);
    System.arraycopy(names, 0, line, 5, names.length);
    return Command.run(line);
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private Command serving(String drain) throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("proxy.conf"),
            """
            sallyport {
              identities.server { certificate = "server.crt", key = "server.key", trust = "ca.crt" }
              inbound.web {
                listen = "127.0.0.1:0", forward = "127.0.0.1:%d", identity = server
                allow = [ { uri = "spiffe://test/client" } ]
              }
              admin.listen = "127.0.0.1:0"
              drain { %s }
            }
            """
                .formatted(application.getAddress().getPort(), drain));
    return Command.start("run", "-c", config.toString(), "--log-format", "json");
  }

  /** From the line that says it is ready. */
  private static int port(Command command, String listener) throws InterruptedException {
    String ready = command.line(line -> line.contains("\"ready\""));
    Matcher address = Pattern.compile("\"" + listener + "\":\"[^\"]*?:(\\d+)\"").matcher(ready);
    assertThat(address.find()).as(ready).isTrue();
    return Integer.parseInt(address.group(1));
  }

  private Ended curl(int port) {
    return Command.start(
            new ProcessBuilder(
                List.of(
                    "curl",
                    "-sS",
                    "--cacert",
                    file("ca.crt"),
                    "--cert",
                    file("client.crt"),
                    "--key",
                    file("client.key"),
                    "https://localhost:" + port + "/")))
        .ended();
  }

  private static String get(int port, String path) throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            BodyHandlers.ofString())
        .body();
  }

  /** What still waits in the kernel's queue is nobody's connection yet. */
  private static void awaitOneConnection(int admin, Socket socket) throws Exception {
    assertThat(socket.isConnected()).isTrue();
    String active = "sallyport_connections_active{listener=\"web\"} 1";
    while (get(admin, "/metrics").lines().noneMatch(line -> line.startsWith(active))) {
      Thread.onSpinWait();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void servesUntilASignalAndExitsWith0(String signal) throws Exception {
    try (Command command = serving("delay = 0s, deadline = 20s")) {
      assertThat(curl(port(command, "web")).out()).isEqualTo("hello\n");
      assertThat(get(port(command, "admin"), "/readyz")).startsWith("ready");
      command.signal("HUP");
      command.line(line -> line.contains("SIGHUP"));
      assertThat(curl(port(command, "web")).out()).isEqualTo("hello\n");

      command.signal(signal);
      Ended ended = command.ended();

      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(ended.err().lines()).allMatch(line -> line.startsWith("{\"time\":"));
    }
  }

  @Test
  void exitsWith3WhenConnectionsAreCutAtTheDeadline() throws Exception {
    try (Command command = serving("delay = 0s, deadline = 1s");
        Socket stays = new Socket(InetAddress.getLoopbackAddress(), port(command, "web"))) {
      awaitOneConnection(port(command, "admin"), stays);
      command.signal("TERM");
      Ended ended = command.ended();

      assertThat(ended.exitCode()).as(ended.err()).isEqualTo(3);
      assertThat(ended.err()).contains("\"reason\":\"drain_deadline\"");
    }
  }

  @Test
  void aSecondSignalMeansNow() throws Exception {
    try (Command command = serving("delay = 0s, deadline = 1h");
        Socket stays = new Socket(InetAddress.getLoopbackAddress(), port(command, "web"))) {
      awaitOneConnection(port(command, "admin"), stays);
      command.signal("TERM");
      command.line(line -> line.contains("\"stopping\""));
      command.signal("TERM");

      assertThat(command.ended().exitCode()).isEqualTo(3);
    }
  }

  @Test
  void serverAndClientWorkWithFlagsAlone() throws Exception {
    String target = "127.0.0.1:" + application.getAddress().getPort();
    try (Command server =
            Command.start(
                "server",
                "--listen",
                "127.0.0.1:0",
                "--target",
                target,
                "--cert",
                file("server.crt"),
                "--key",
                file("server.key"),
                "--cacert",
                file("ca.crt"),
                "--allow-uri",
                "spiffe://test/*",
                "--shutdown-timeout",
                "5s");
        Command client =
            Command.start(
                "client",
                "--listen",
                "127.0.0.1:0",
                "--target",
                "localhost:" + port(server, "tunnel"),
                "--cert",
                file("client.crt"),
                "--key",
                file("client.key"),
                "--cacert",
                file("ca.crt"),
                "--verify-dns",
                "localhost")) {
      assertThat(get(port(client, "tunnel"), "/")).isEqualTo("hello");
    }
  }

  @Test
  void theDemoTriesItself() {
    Ended ended = Command.run("demo", "--once");

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    assertThat(ended.out().lines()).hasSize(3).allMatch(line -> line.startsWith("ok "));
  }

  @Test
  void theDemosCurlLinesWorkWhenPasted() throws Exception {
    try (Command demo = Command.start("demo")) {
      demo.line(
          line -> line.startsWith("curl") && !line.contains("--cert ") && line.contains("https"));
      List<String> lines = demo.curlLines();
      assertThat(lines).hasSize(3);
      for (int i = 0; i < 3; i++) {
        Ended pasted =
            Command.start(new ProcessBuilder("bash", "-c", lines.get(i) + " -sS")).ended();
        assertThat(pasted.exitCode() == 0).as(lines.get(i) + pasted.err()).isEqualTo(i < 2);
      }
      Matcher made = Pattern.compile("--cacert (\\S+)/ca.crt").matcher(lines.get(2));
      assertThat(made.find()).isTrue();
      assertThat(Path.of(made.group(1))).exists();

      demo.signal("INT");
      Ended ended = demo.ended();

      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(Path.of(made.group(1))).doesNotExist();
    }
  }

  @Test
  void helpVersionAndCompletion() throws Exception {
    Ended version = Command.run("version");
    assertThat(version.exitCode()).isZero();
    assertThat(version.out()).contains("sallyport", "netty", "BoringSSL");
    for (String name :
        List.of("run", "server", "client", "check", "demo", "certs", "inspect", "version")) {
      Ended help = Command.run(name, "--help");
      assertThat(help.exitCode()).as(name).isZero();
      assertThat(help.out()).startsWith("Usage: sallyport " + name);
    }
    Path script = Files.writeString(folder.resolve("c.bash"), Command.run("completion").out());
    assertThat(
            Command.start(new ProcessBuilder("bash", "-n", script.toString())).ended().exitCode())
        .isZero();
  }

  @Test
  void inspectTellsWhoAServerIs() throws Exception {
    try (Command command = serving("delay = 0s, deadline = 1s")) {
      Ended file = Command.run("inspect", file("server.crt"), "--cacert", file("ca.crt"));
      assertThat(file.exitCode()).as(file.err()).isZero();
      assertThat(file.out()).contains("dns:localhost", "days left");

      Ended server =
          Command.run(
              "inspect",
              "localhost:" + port(command, "web"),
              "--cacert",
              file("ca.crt"),
              "--cert",
              file("client.crt"),
              "--key",
              file("client.key"));
      assertThat(server.exitCode()).as(server.err()).isZero();
      assertThat(server.out()).contains("TLSv1.3", "dns:localhost");
    }
  }
}

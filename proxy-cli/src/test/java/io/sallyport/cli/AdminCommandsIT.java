package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.cli.Command.Ended;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Those that ask a proxy that runs. */
final class AdminCommandsIT {

  private static final byte[] REQUEST =
      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII);

  private final Site site;
  private final Path config;

  AdminCommandsIT(@TempDir Path folder) throws IOException {
    site = new Site(folder);
    config = Path.of(site.config("delay = 1h, deadline = 2h"));
  }

  /** So that nothing is reloaded before somebody asks. */
  @BeforeEach
  void lookAtNoFile() throws IOException {
    append("sallyport.reload.interval = off");
  }

  @AfterEach
  void close() {
    site.close();
  }

  private void append(String setting) throws IOException {
    Files.writeString(config, setting + "\n", APPEND);
  }

  private Command run() {
    return Command.start("run", "-c", config.toString());
  }

  private static String admin(Command proxy) throws InterruptedException {
    return "--admin=127.0.0.1:" + proxy.port("admin");
  }

  /** An exchange over a connection that stays open. */
  private SSLSocket served(Command proxy) throws Exception {
    SSLSocket client = site.connect(proxy.port("web"));
    client.getOutputStream().write(REQUEST);
    assertThat(client.getInputStream().read()).isEqualTo('H');
    return client;
  }

  @Test
  void reloadTellsWhatADryRunWouldCloseAndThenClosesIt() throws Exception {
    try (Command proxy = run();
        SSLSocket client = served(proxy)) {
      append("sallyport.inbound.web.allow = [ { uri = \"spiffe://test/another\" } ]");

      assertThat(Command.run("reload", "--dry-run", admin(proxy)))
          .isEqualTo(new Ended(0, "would reload: listeners changed 1, connections closed 1\n", ""));
      client.getOutputStream().write(REQUEST);
      assertThat(site.curl(proxy.port("web")).out()).isEqualTo("hello\n");

      assertThat(Command.run("reload", admin(proxy)))
          .isEqualTo(new Ended(0, "reloaded: listeners changed 1, connections closed 1\n", ""));
      proxy.line(
          line -> line.contains("\"connection closed\"") && line.contains("no_longer_allowed"));
      assertThat(site.curl(proxy.port("web")).exitCode()).isNotZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"--dry-run, would reload", "--timeout=1m, reloaded what can serve"})
  void aBadReloadFailsForTheReasonsThatCheckTells(String flag, String outcome) throws Exception {
    try (Command proxy = run()) {
      String admin = admin(proxy);
      append("sallyport.inbound.web { forwrad = \"127.0.0.1:1\", allow = [] }");
      Files.writeString(Path.of(site.file("server.key")), "-----BEGIN PRIVATE KEY-----\nMIIE");

      Ended reload = Command.run("reload", flag, admin);

      assertThat(reload.exitCode()).isEqualTo(1);
      assertThat(reload.out()).isEqualTo(outcome + ": listeners changed 0, connections closed 0\n");
      assertThat(reload.err())
          .contains("did you mean forward?", "inbound.web.allow", "identities.server.key")
          .isEqualTo(Command.run("check", "-c", config.toString()).err());
      assertThat(site.curl(proxy.port("web")).out()).isEqualTo("hello\n");
    }
  }

  @Test
  void whatActsTellsProgramsWhatCameOfIt() throws Exception {
    try (Command proxy = run()) {
      String admin = admin(proxy);
      assertThat(Command.run("reload", "--json", "--dry-run", admin))
          .isEqualTo(
              new Ended(
                  0,
                  "{\"outcome\":\"would reload\",\"listeners_changed\":0,\"connections_closed\":0,\"problems\":[]}\n",
                  ""));
      append("sallyport.inbound.web.forwrad = \"127.0.0.1:1\"");

      Ended reload = Command.run("reload", "--json", admin);

      assertThat(reload.exitCode()).isEqualTo(1);
      assertThat(reload.out())
          .startsWith("{\"outcome\":\"reloaded what can serve\",")
          .containsPattern("\"problems\":\\[\"[^\"]*did you mean forward\\?\"\\]\\}\n");
      assertThat(reload.err()).isEmpty();
      assertThat(Command.run("drain", "--json", admin))
          .isEqualTo(new Ended(0, "{\"state\":\"draining\"}\n", ""));
    }
  }

  @Test
  void statusTellsListenersAndIdentitiesInWordsOrAsJson() throws Exception {
    try (Command proxy = run();
        SSLSocket client = served(proxy)) {
      assertThat(client.isConnected()).isTrue();

      Ended words = Command.run("status", admin(proxy));
      assertThat(words.exitCode()).isZero();
      assertThat(words.err()).isEmpty();
      assertThat(words.out().lines())
          .anySatisfy(line -> assertThat(line).startsWith("sallyport ").contains(" is ready, for "))
          .anySatisfy(
              line ->
                  assertThat(line)
                      .startsWith("inbound web: 127.0.0.1:" + proxy.port("web") + " to ")
                      .endsWith(" as server; 1 open, 1 accepted"))
          .anySatisfy(
              line ->
                  assertThat(line).startsWith("identity server: ").contains("left, generation 1"));

      Ended json = Command.run("status", "--json", admin(proxy));
      assertThat(json.exitCode()).isZero();
      assertThat(json.out()).startsWith("{\"version\":").contains("\"connections_active\":1");
    }
  }

  @Test
  void denialsTellWhoWasRefusedAndWhatWasMissing() throws Exception {
    append("sallyport.inbound.web.allow = [ { uri = \"spiffe://test/another\" } ]");
    try (Command proxy = run()) {
      proxy.port("web");
      assertThat(Command.run("denials", admin(proxy)))
          .isEqualTo(new Ended(0, "nobody was refused\n", ""));
      assertThat(site.curl(proxy.port("web")).exitCode()).isNotZero();

      Ended words = Command.run("denials", admin(proxy));
      assertThat(words.exitCode()).isZero();
      assertThat(words.out())
          .startsWith("no_rule_matched at web: spiffe://test/client from 127.0.0.1:")
          .endsWith("; nearest rule inbound.web.allow.0, but for uri\n");
      assertThat(Command.run("denials", "--json", admin(proxy)).out())
          .startsWith("{\"denials\":[{\"listener\":\"web\"");
    }
  }

  @Test
  void connectionsTellWhoIsThereByTheIdThatTheLogHas() throws Exception {
    try (Command proxy = run()) {
      String id;
      try (SSLSocket client = served(proxy)) {
        Ended words = Command.run("connections", admin(proxy));
        assertThat(words.exitCode()).isZero();
        assertThat(words.out()).startsWith("1 open\n1 of spiffe://test/client at web\n");
        String line = words.out().lines().toList().get(2);
        assertThat(line)
            .contains(" at web: spiffe://test/client from 127.0.0.1:" + client.getLocalPort());
        id = line.substring(0, line.indexOf(' '));

        assertThat(Command.run("connections", "--limit=0", "--json", admin(proxy)))
            .isEqualTo(new Ended(0, "{\"total\":1,\"peers\":[],\"connections\":[]}\n", ""));
      }
      proxy.line(line -> line.contains("\"connection closed\"") && line.contains(id));
    }
  }

  @Test
  void theLogLevelIsChangedWhileItRuns() throws Exception {
    try (Command proxy = run()) {
      String level = "http://127.0.0.1:" + proxy.port("admin") + "/loglevel";
      assertThat(Command.runOther("curl", "-sS", level).out()).isEqualTo("info\n");

      assertThat(Command.runOther("curl", "-sS", "-X", "PUT", "-d", "debug", level).out())
          .isEqualTo("debug\n");

      proxy.line(line -> line.contains("\"log level changed\"") && line.contains("debug"));
      new Socket(InetAddress.getLoopbackAddress(), proxy.port("web")).close();
      proxy.line(line -> line.contains("\"level\":\"debug\"") && line.contains("no_bytes"));
      assertThat(Command.runOther("curl", "-sS", "-X", "PUT", "-d", "loud", level).out())
          .isEqualTo("the body is to be error, warn, info, debug or trace\n");
    }
  }

  @Test
  void theAdminServerIsFoundByTheConfigurationOnAUnixSocketToo() throws Exception {
    append("sallyport.admin.listen = \"unix:" + site.file("admin.sock") + "\"");
    try (Command proxy = run()) {
      proxy.port("web");
      assertThat(Command.run("reload", "-c", config.toString()))
          .isEqualTo(new Ended(0, "reloaded: listeners changed 0, connections closed 0\n", ""));

      append("sallyport.inbound.web.allow = []");
      Ended bad = Command.run("reload", "-c", config.toString());
      assertThat(bad.exitCode()).isEqualTo(1);
      assertThat(bad.err()).startsWith("error: inbound.web.allow (proxy.conf:12): ");
      assertThat(Command.run("reload", "--admin=unix:" + site.file("admin.sock")).err())
          .isEqualTo(bad.err());
    }
  }

  @Test
  void anAddressThatTheConfigurationDoesNotTellIsAskedFor() throws Exception {
    assertThat(Command.run("drain", "-c", config.toString()))
        .isEqualTo(
            new Ended(
                2,
                "",
                "error: admin.listen: leaves the port to the system in %s;".formatted(config)
                    + " give --admin the address that the log says\n"));
    append("sallyport.admin.listen = off");
    assertThat(Command.run("reload", "-c", config.toString()))
        .isEqualTo(
            new Ended(
                2,
                "",
                "error: admin.listen: is off in %s; turn it on and restart, or send a signal%n"
                    .formatted(config)));
  }

  @Test
  void drainTurnsReadinessAndStillServes() throws Exception {
    try (Command proxy = run()) {
      String ready = "http://127.0.0.1:" + proxy.port("admin") + "/readyz";

      assertThat(Command.run("drain", admin(proxy))).isEqualTo(new Ended(0, "draining\n", ""));
      assertThat(Command.runOther("curl", "-sS", ready).out()).startsWith("draining");
      assertThat(site.curl(proxy.port("web")).out()).isEqualTo("hello\n");

      proxy.signal("TERM");
      assertThat(proxy.ended().exitCode()).as("an hour of delay is not waited").isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "denials", "connections", "reload", "drain"})
  void eachComesThroughAForwardedPortToo(String command) throws Exception {
    try (Command proxy = run();
        ServerSocket forwarded = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int admin = proxy.port("admin");
      CompletableFuture<Void> forwarding =
          CompletableFuture.runAsync(() -> forwardOne(forwarded, admin));

      Ended ended =
          Command.run(command, "--json", "--admin", "localhost:" + forwarded.getLocalPort());

      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(ended.out()).startsWith("{").endsWith("}\n");
      forwarding.join();
    }
  }

  /** One connection, both ways, as {@code kubectl port-forward} has it. */
  private static void forwardOne(ServerSocket from, int to) {
    try (Socket client = from.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), to)) {
      CompletableFuture<Void> asked =
          CompletableFuture.runAsync(
              () -> {
                try {
                  client.getInputStream().transferTo(server.getOutputStream());
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      server.getInputStream().transferTo(client.getOutputStream());
      client.shutdownOutput();
      asked.join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @CsvSource({"reload", "drain"})
  void saysThatNobodyIsThere(String command) throws Exception {
    String remedy = "; see whether the proxy runs and what its admin.listen says\n";
    try (Socket deaf = new Socket()) {
      // Taken, so that nobody else comes to listen there.
      deaf.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      String address = "127.0.0.1:" + deaf.getLocalPort();
      assertThat(Command.run(command, "--admin", address))
          .isEqualTo(new Ended(1, "", "error: " + address + ": Connection refused" + remedy));
    }
    String socket = "unix:" + site.file("no.sock");
    assertThat(Command.run(command, "--admin", socket))
        .isEqualTo(new Ended(1, "", "error: " + socket + ": No such file or directory" + remedy));
  }

  @Test
  void waitsNoLongerThanItIsTold() throws Exception {
    try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + mute.getLocalPort();
      assertThat(Command.run("reload", "--admin", address, "--timeout", "200ms").err())
          .isEqualTo(
              "error: "
                  + address
                  + ": has not answered in time; see its log, or wait longer with --timeout\n");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HTTP/1.1 200 OK~content-length: 2~~hi | answers 200, hi",
        "HTTP/1.1 404 Not Found~Content-Length: 4~X: y~~a\u001b[m | answers 404, a?[m",
        "HTTP/1.1 200 OK~Content-Length: 30~~reloaded | its answer was cut short",
        "HTTP/1.1 200 OK~~reloaded | does not answer as an admin server",
        "220 mail.test | does not answer as an admin server",
      })
  void isNotTakenInByAnotherServer(String answer, String fault) throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Void> answered =
          CompletableFuture.runAsync(() -> answer(other, answer.replace("~", "\r\n")));
      String address = "127.0.0.1:" + other.getLocalPort();
      Ended ended = Command.run("reload", "--admin", address);
      answered.join();

      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.out()).isEmpty();
      assertThat(ended.err()).startsWith("error: " + address + ": " + fault + "; ");
    }
  }

  private static void answer(ServerSocket server, String answer) {
    try (Socket client = server.accept()) {
      // Whole, lest the end be a reset.
      byte[] request =
          client
              .getInputStream()
              .readNBytes(
                  "POST /reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                      .length());
      assertThat(request).startsWith("POST /reload ".getBytes(US_ASCII));
      client.getOutputStream().write(answer.getBytes(US_ASCII));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}

package io.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.cli.Command.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sockets that systemd would pass, passed to the real process. */
final class SocketActivationIT {

  private static final Map<String, String> AS_SYSTEMD_SETS_IT = Map.of();

  private final Site site;

  SocketActivationIT(@TempDir Path folder) throws IOException {
    site = new Site(folder);
  }

  @AfterEach
  void close() {
    site.close();
  }

  /**
   * @param listeners the rest of the configuration; APP is where the application is
   */
  private String config(String listeners) throws IOException {
    return Files.writeString(
            site.folder().resolve("proxy.conf"),
            """
            sallyport {
              identities.server { certificate = "server.crt", key = "server.key", trust = "ca.crt" }
              identities.client { certificate = "client.crt", key = "client.key", trust = "ca.crt" }
              defaults.inbound { identity = server, forward = "APP", allow = any-trusted }
              admin.listen = off
              drain { delay = 0s, deadline = 20s }
              reload.interval = off
            %s
            }
            """
                .formatted(listeners)
                .replace("APP", site.address()))
        .toString();
  }

  private Command pass(List<String> sockets, String listeners) throws IOException {
    return Systemd.pass(sockets, AS_SYSTEMD_SETS_IT, "run", "-c", config(listeners));
  }

  private static void awaitReady(Command command) throws InterruptedException {
    command.line(line -> line.contains("\"ready\""));
  }

  private static Ended curl(String... arguments) {
    String[] line = new String[arguments.length + 2];
    line[0] = "curl";
    line[1] = "-sS";
    System.arraycopy(arguments, 0, line, 2, arguments.length);
    return Command.runOther(line);
  }

  @ParameterizedTest
  @CsvSource({"tcp", "tcp6", "tcp-any"})
  void servesPeersAtATcpSocketThatIsPassed(String kind) throws Exception {
    try (Command command =
        pass(List.of("web=" + kind), "inbound.web { listen = \"systemd:web\" }")) {
      int port = Systemd.port(command, "web");
      awaitReady(command);

      assertThat(command.port("web")).isEqualTo(port);
      assertThat(site.curl(port).out()).isEqualTo("hello\n");

      command.signal("TERM");
      assertThat(command.ended().exitCode()).isZero();
    }
  }

  @Test
  void servesTheApplicationAndTheOperatorAtUnixSocketsThatArePassed() throws Exception {
    Path out = site.folder().resolve("out.sock");
    Path admin = site.folder().resolve("admin.sock");
    try (Command command =
        pass(
            List.of("web=tcp", "out=unix:" + out, "admin=unix:" + admin),
            """
            inbound.web { listen = "systemd:web" }
            outbound.out { listen = "systemd:out", connect = "unix:/nowhere/peer.sock", \
            server-name = localhost, identity = client, allow-uid = [ %s ] }
            admin.listen = "systemd:admin"
            """
                .formatted(Files.getAttribute(site.folder(), "unix:uid")))) {
      awaitReady(command);

      assertThat(curl("--unix-socket", admin.toString(), "http://localhost/readyz").out())
          .contains("ready");
      assertThat(curl("--unix-socket", admin.toString(), "http://localhost/status").out())
          .contains("unix:" + out);
      // It is let in, and finds that the peer cannot be had.
      assertThat(curl("--unix-socket", out.toString(), "http://localhost/").exitCode()).isNotZero();
      assertThat(curl("--unix-socket", admin.toString(), "http://localhost/metrics").out())
          .contains("sallyport_connections_total{listener=\"out\"} 1.0");

      command.signal("TERM");
      assertThat(command.ended().exitCode()).isZero();
    }
    assertThat(out).as("systemd's own").exists();
    assertThat(admin).exists();
  }

  @Test
  void showsAnAbstractUnixSocketAsPeopleWriteIt() throws Exception {
    String name = "@sallyport-" + ProcessHandle.current().pid();
    try (Command command =
        pass(List.of("web=unix:" + name), "inbound.web { listen = \"systemd:web\" }")) {
      command.line(line -> line.contains("\"ready\"") && line.contains("\"unix:" + name + "\""));
      assertThat(
              curl(
                      "--abstract-unix-socket",
                      name.substring(1),
                      "--cacert",
                      site.file("ca.crt"),
                      "--cert",
                      site.file("client.crt"),
                      "--key",
                      site.file("client.key"),
                      "https://localhost/")
                  .out())
          .isEqualTo("hello\n");
    }
  }

  @Test
  void aServerWithoutAConfigurationTakesOneToo() throws Exception {
    try (Command command =
        Systemd.pass(
            List.of("tls=tcp-any"),
            AS_SYSTEMD_SETS_IT,
            "server",
            "--listen=systemd:tls",
            "--target=" + site.address(),
            "--cert=" + site.file("server.crt"),
            "--key=" + site.file("server.key"),
            "--cacert=" + site.file("ca.crt"),
            "--allow-all")) {
      int port = Systemd.port(command, "tls");
      awaitReady(command);

      assertThat(site.curl(port).out()).isEqualTo("hello\n");
    }
  }

  @Test
  void reloadsKeepWhatIsPassedWhicheverListenerUsesIt() throws Exception {
    String web = "inbound.web { listen = \"systemd:web\" }\n";
    String other = "inbound.other { listen = \"127.0.0.1:0\" }\n";
    try (Command command = pass(List.of("web=tcp"), web + other)) {
      int port = Systemd.port(command, "web");
      awaitReady(command);

      reload(command, web.replace("}", ", max-connections = 7 }") + other, 1);
      assertThat(site.curl(port).out()).as("other limits").isEqualTo("hello\n");

      reload(command, web.replace("inbound.web", "inbound.www") + other, 2);
      assertThat(site.curl(port).out()).as("another name").isEqualTo("hello\n");

      reload(command, other, 3);
      try (Command waiting = site.startCurl(port, "/")) {
        reload(command, web + other, 4);
        assertThat(waiting.ended().out()).as("gone and come again").isEqualTo("hello\n");
      }

      reload(command, web.replace("web\"", "nothing\"") + other, 5);
      assertThat(site.curl(port).out()).as("a reload that fails").isEqualTo("hello\n");
      assertThat(command.line(line -> line.contains("systemd:nothing cannot be had")))
          .contains("inbound.web.listen (proxy.conf:8)")
          .contains("no socket of that name was passed, but web");
    }
  }

  private void reload(Command command, String listeners, int times) throws Exception {
    config(listeners);
    command.signal("HUP");
    command.awaitLines(
        line -> line.contains("\"reloaded\"") || line.contains("\"reload failed;"), times);
  }

  @Test
  void tellsOfWhatNobodyNames() throws Exception {
    try (Command command =
        pass(List.of("web=tcp", "spare=tcp"), "inbound.web { listen = \"systemd:web\" }")) {
      awaitReady(command);

      assertThat(command.line(line -> line.contains("that no listener names")))
          .contains("\"name\":\"spare\"");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "other=tcp; no socket of that name was passed, but other; FileDescriptorName=web",
        "web=tcp web=tcp; 2 sockets of that name were passed; a .socket unit",
        "web=tcp-blocking; it blocks; NonBlocking=true",
        "web=tcp-deaf; it is no socket that listens; Accept=no",
        "web=udp; it is no socket that listens; ListenStream=",
        "web=file; file descriptor 3 is no socket; ListenStream=",
      })
  void refusesWhatCannotBeListenedAt(String sockets, String fault, String remedy) throws Exception {
    try (Command command =
        pass(List.of(sockets.split(" ")), "inbound.web { listen = \"systemd:web\" }")) {
      Ended ended = command.ended();

      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.err())
          .contains("error: inbound.web.listen (proxy.conf:8): systemd:web cannot be had: ")
          .contains(fault)
          .contains(remedy);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "LISTEN_PID=1; sockets were passed to process 1, and this is",
        "LISTEN_PID=; LISTEN_PID is not set",
        "LISTEN_FDS=two; LISTEN_FDS is \"two\", and no number of sockets",
        "LISTEN_FDNAMES=a:b; LISTEN_FDNAMES has 2 names for 1 sockets",
        "LISTEN_FDS=0; no socket"
      })
  void takesNothingThatIsNotMeantForIt(String variable, String why) throws Exception {
    String[] nameAndValue = variable.split("=", -1);
    try (Command command =
        Systemd.pass(
            List.of("web=tcp"),
            Map.of(nameAndValue[0], nameAndValue[1]),
            "run",
            "-c",
            config("inbound.web { listen = \"systemd:web\" }"))) {
      Ended ended = command.ended();

      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.err()).contains("inbound.web.listen (proxy.conf:8)").contains(why);
    }
  }

  @Test
  void plaintextStaysAtHomeOnSocketsThatArePassedToo() throws Exception {
    String out =
        "outbound.out { listen = \"systemd:out\", connect = \"localhost:1\", identity = client }";
    try (Command command = pass(List.of("out=tcp-any"), out)) {
      Ended ended = command.ended();

      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.err())
          .contains("outbound.out.listen (proxy.conf:8)")
          .contains("it is open to other hosts, on 0.0.0.0:")
          .contains("allow-plaintext-off-host");
    }
    try (Command command =
        pass(List.of("out=tcp-any"), out.replace("}", ", allow-plaintext-off-host = true }"))) {
      awaitReady(command);
    }
    try (Command command =
        pass(
            List.of("web=tcp", "admin=tcp-any"),
            "inbound.web { listen = \"systemd:web\" }\nadmin.listen = \"systemd:admin\"")) {
      assertThat(command.ended().err())
          .contains("admin.listen (proxy.conf:9)")
          .contains("admin.allow-off-host");
    }
  }

  @Test
  void whoMayConnectIsAskedOfUnixSocketsAlone() throws Exception {
    try (Command command =
        pass(List.of("web=tcp"), "inbound.web { listen = \"systemd:web\", allow-uid = [ 0 ] }")) {
      assertThat(command.ended().err())
          .contains("inbound.web.listen (proxy.conf:8)")
          .contains("allow-uid is for Unix sockets");
    }
  }

  @Test
  void checkRefusesWhatNeedsAnotherTransport() throws Exception {
    Ended ended =
        Command.run(
            "check", "-c", config("transport = nio\ninbound.web { listen = \"systemd:web\" }"));

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.out() + ended.err())
        .contains("inbound.web.listen (proxy.conf:9): nio takes no sockets from systemd");
  }

  @Test
  void whatIsPassedIsNotThereForCheckAndNoFaultOfTheConfiguration() throws Exception {
    Ended ended = Command.run("check", "-c", config("inbound.web { listen = \"systemd:web\" }"));

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
  }
}

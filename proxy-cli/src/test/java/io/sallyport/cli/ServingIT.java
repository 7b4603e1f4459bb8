package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.cli.Command.Ended;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code run}, from its first line to its exit code. */
final class ServingIT {

  private final Site site;

  ServingIT(@TempDir Path folder) throws IOException {
    site = new Site(folder);
  }

  @AfterEach
  void close() {
    site.close();
  }

  private Command serving(String drain, String... more) throws IOException {
    return Command.startInForeground(
        Flags.with(new String[] {"run", "-c", site.config(drain)}, more));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void servesUntilASignalAndExitsWith0(String signal) throws Exception {
    try (Command command = serving("delay = 0s, deadline = 1h")) {
      String ready = "http://127.0.0.1:" + command.port("admin") + "/readyz";
      assertThat(site.curl(command.port("web")).out()).isEqualTo("hello\n");
      assertThat(Command.runOther("curl", "-sS", "-f", ready).out()).startsWith("ready");

      command.signal("HUP");
      command.line(line -> line.contains("nothing has changed"));
      assertThat(site.curl(command.port("web")).out()).isEqualTo("hello\n");

      command.signal(signal);
      Ended ended = command.ended();

      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(ended.out()).isEmpty();
      // Into a pipe, the log is JSON and nothing else is said.
      assertThat(ended.err().lines()).allMatch(line -> line.startsWith("{\"time\":"));
      assertThat(ended.err())
          .contains("\"msg\":\"stopping\",\"signal\":\"SIG" + signal + "\"")
          .contains("\"msg\":\"stopped\",\"connections\":\"ended\"");
    }
  }

  @Test
  void aHangupTakesWhatHasChangedAndTellsEachTimeWhatCannotServe() throws Exception {
    Path config = Path.of(site.config("delay = 0s"));
    String text = Files.readString(config).replace("admin.", "reload.interval = off, admin.");
    Files.writeString(config, text);
    try (Command command = Command.startInForeground("run", "-c", config.toString())) {
      int port = command.port("web");
      Files.writeString(config, text.replace("allow", "alow"));
      command.signal("HUP");
      String first = command.line(line -> line.contains("did you mean allow?"));
      command.signal("HUP");
      command.line(line -> line.contains("did you mean allow?") && !line.equals(first));
      assertThat(site.curl(port).out()).isEqualTo("hello\n");

      Files.writeString(config, text.replace("test/client", "test/stranger"));
      command.signal("HUP");
      command.line(line -> line.contains("\"msg\":\"reloaded\""));
      assertThat(site.curl(port).exitCode()).isNotZero();
    }
  }

  @Test
  void exitsWith3WhenConnectionsAreCutAtTheDeadline() throws Exception {
    try (Command command = serving("delay = 0s, deadline = 1s");
        Command held = site.startCurl(command.port("web"), "/held")) {
      site.awaitHeldRequest();
      command.signal("TERM");
      Ended ended = command.ended();

      assertThat(ended.exitCode()).as(ended.err()).isEqualTo(3);
      assertThat(ended.err().lines())
          .anyMatch(
              line ->
                  line.contains("\"reason\":\"drain_deadline\"")
                      && line.contains("spiffe://test/client"))
          .anyMatch(line -> line.contains("\"msg\":\"stopped\",\"connections\":\"cut\""));
      assertThat(held.ended().exitCode()).isNotZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"TERM, TERM", "INT, INT", "TERM, INT"})
  void aSecondSignalMeansNow(String first, String second) throws Exception {
    try (Command command = serving("delay = 1h, deadline = 2h");
        Command held = site.startCurl(command.port("web"), "/held")) {
      site.awaitHeldRequest();
      command.signal(first);
      command.line(line -> line.contains("\"stopping\""));
      command.signal(second);
      Ended ended = command.ended();

      assertThat(ended.exitCode()).as(ended.err()).isEqualTo(3);
      assertThat(ended.err()).contains("\"msg\":\"stopping now\",\"signal\":\"SIG" + second);
      assertThat(held.ended().exitCode()).isNotZero();
    }
  }

  @Test
  void onATerminalTheLogIsTextAndCtrlCStops() throws Exception {
    ProcessBuilder run = Command.sallyport("run", "-c", site.config("delay = 0s"));
    try (Command command = Command.startOnTerminal(run)) {
      command.line(line -> line.matches("\\S+Z INFO  ready version=\\S+ admin=\\S+ web=\\S+"));
      command.type("\u0003");
      Ended ended = command.ended();

      assertThat(ended.exitCode()).as(ended.out()).isZero();
      assertThat(ended.out())
          .contains("Z INFO  stopping signal=SIGINT", "Z INFO  stopped connections=ended")
          .doesNotContain("{\"time\":");
    }
  }

  @Test
  void theLogIsTextWithDetailsWhenTheFlagsSaySo() throws Exception {
    try (Command command = serving("delay = 0s", "--log-format", "text", "--log-level", "debug")) {
      assertThat(command.line(line -> line.contains(" ready ")))
          .matches("\\S+Z INFO  ready version=\\S+ admin=127.0.0.1:\\d+ web=127.0.0.1:\\d+");
      command.signal("TERM");
      assertThat(command.ended().err()).contains("Z DEBUG ").doesNotContain("{\"time\":");
    }
  }

  @Test
  void belowTheLevelAskedForNothingIsLogged() throws Exception {
    Files.setPosixFilePermissions(
        Path.of(site.file("server.key")), PosixFilePermissions.fromString("rw-r--r--"));
    try (Command command = serving("delay = 0s", "--log-level", "warn")) {
      command.line(line -> line.contains("can be read by group or others; chmod 600"));
      command.signal("TERM");
      Ended ended = command.ended();

      assertThat(ended.exitCode()).isZero();
      assertThat(ended.err().lines())
          .singleElement()
          .asString()
          .contains("\"level\":\"warn\"", "identities.server.key (proxy.conf:2)");
    }
  }

  @Test
  void goesOnServingWhenNobodyReadsItsLog() throws Exception {
    Path socket = Path.of(site.file("web.sock"));
    String config = site.config("delay = 0s");
    Files.writeString(
        Path.of(config), "sallyport.inbound.web.listen = \"unix:" + socket + "\"\n", APPEND);
    Process unread = Command.sallyport("run", "-c", config).start();
    try {
      while (!Files.exists(socket)) {
        assertThat(unread.isAlive()).isTrue();
        Thread.onSpinWait();
      }
      for (int stranger = 0; stranger < 1000; stranger++) {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
          channel.write(ByteBuffer.wrap("no TLS\r\n".getBytes(US_ASCII)));
          // The answer is an alert and the end: each of them has been seen and logged.
          while (channel.read(ByteBuffer.allocate(64)) >= 0) {}
        }
      }

      Ended curl =
          Command.runOther(
              "curl",
              "-sS",
              "--max-time",
              "20",
              "--unix-socket",
              socket.toString(),
              "--cacert",
              site.file("ca.crt"),
              "--cert",
              site.file("client.crt"),
              "--key",
              site.file("client.key"),
              "https://localhost/");
      assertThat(curl.out()).as(curl.err()).isEqualTo("hello\n");
    } finally {
      unread.destroyForcibly().waitFor();
    }
  }
}

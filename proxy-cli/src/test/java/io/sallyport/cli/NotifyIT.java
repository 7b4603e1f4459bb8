package io.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.cli.Command.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the real process tells systemd of itself, received by a socket such as systemd's. */
final class NotifyIT {

  private static final String SERVING = "READY=1|STATUS=serving";
  private static final String RELOADING =
      "RELOADING=1|MONOTONIC_USEC=N|STATUS=reading the files again";

  private final Site site;
  private final String config;

  NotifyIT(@TempDir Path folder) throws IOException {
    site = new Site(folder);
    config = site.config("delay = 0s, deadline = 20s");
  }

  @AfterEach
  void close() {
    site.close();
  }

  private Command run(Map<String, String> environment) {
    ProcessBuilder builder = Command.sallyport("run", "-c", config);
    builder.environment().putAll(environment);
    return Command.start(builder);
  }

  private static void await(Command listening, String told) throws InterruptedException {
    listening.line(line -> line.equals(told));
  }

  @Test
  void tellsOfItsWholeLifeInOrder() throws Exception {
    String address = site.file("notify.sock");
    try (Command listening = Systemd.listen(address);
        Command command =
            Command.start(
                withSocket(Command.startableInForeground("run", "-c", config), address))) {
      await(listening, SERVING);
      long before = System.nanoTime() / 1000;
      command.signal("HUP");
      listening.awaitLines(line -> line.equals(SERVING), 2);
      long after = System.nanoTime() / 1000;

      Files.writeString(Path.of(config), "sallyport { inbound.web.lisen = 1 }");
      command.signal("HUP");
      String failed = listening.line(line -> line.contains("reload failed"));
      command.signal("TERM");
      assertThat(command.ended().exitCode()).isZero();
      await(listening, "STATUS=stopped");

      assertThat(failed)
          .startsWith("READY=1|STATUS=serving; reload failed, what served before serves on: ")
          .contains("inbound.web.lisen (proxy.conf:1): unknown setting")
          .endsWith(" (and 4 more, see the log)");
      assertThat(listening.out().lines().map(line -> line.replaceAll("\\d{5,}", "N")))
          .containsExactly(
              "LISTENING",
              SERVING,
              RELOADING,
              SERVING,
              RELOADING,
              failed,
              "STOPPING=1|STATUS=draining open connections",
              "STATUS=stopped");
      Matcher micros = Pattern.compile("MONOTONIC_USEC=(\\d+)").matcher(listening.out());
      assertThat(micros.find()).isTrue();
      // The clock of this process and of that one is the machine's.
      assertThat(Long.parseLong(micros.group(1))).isBetween(before, after);
    }
  }

  @Test
  void tellsOfReloadsThatNoSignalCaused() throws Exception {
    String address = site.file("notify.sock");
    Path file = Path.of(config);
    String sound = Files.readString(file);
    try (Command listening = Systemd.listen(address);
        Command command = run(Map.of("NOTIFY_SOCKET", address))) {
      await(listening, SERVING);
      String admin = "127.0.0.1:" + command.port("admin");
      assertThat(Command.run("reload", "--admin", admin).exitCode()).isZero();
      listening.awaitLines(line -> line.equals(SERVING), 2);
      assertThat(Command.run("reload", "--admin", admin, "--dry-run").exitCode()).isZero();

      // Found by a look at the files, as is that it is mended.
      Files.writeString(file, sound.replace("forward", "forwrd"));
      String failed = listening.line(line -> line.contains("reload failed"));
      Files.writeString(file, sound);
      listening.awaitLines(line -> line.equals(SERVING), 3);

      assertThat(failed).startsWith("READY=1|STATUS=serving; reload failed, ");
      assertThat(listening.out().lines().map(line -> line.replaceAll("\\d{5,}", "N")))
          .containsExactly(
              "LISTENING", SERVING, RELOADING, SERVING, RELOADING, failed, RELOADING, SERVING);
    }
  }

  @Test
  void saysInTheEndThatConnectionsWereCut() throws Exception {
    String address = site.file("notify.sock");
    try (Command listening = Systemd.listen(address);
        Command command = run(Map.of("NOTIFY_SOCKET", address));
        Command held = site.startCurl(command.port("web"), "/held")) {
      site.awaitHeldRequest();
      command.signal("TERM");
      await(listening, "STOPPING=1|STATUS=draining open connections");
      command.signal("TERM");

      assertThat(command.ended().exitCode()).isEqualTo(3);
      await(listening, "STATUS=stopped, and connections were cut");
    }
  }

  private static ProcessBuilder withSocket(ProcessBuilder builder, String address) {
    builder.environment().put("NOTIFY_SOCKET", address);
    return builder;
  }

  @Test
  void tellsAnAbstractSocketThatItIsAliveAsOftenAsIsAsked() throws Exception {
    String address = "@sallyport-notify-" + ProcessHandle.current().pid();
    try (Command listening = Systemd.listen(address);
        Command command = run(Map.of("NOTIFY_SOCKET", address, "WATCHDOG_USEC", "200000"))) {
      await(listening, SERVING);
      int before = (int) listening.out().lines().filter("WATCHDOG=1"::equals).count();
      listening.awaitLines("WATCHDOG=1"::equals, before + 5);

      command.signal("TERM");
      assertThat(command.ended().exitCode()).isZero();
    }
  }

  @Test
  void isSilentAboutBeingAliveWhereThatIsAskedOfAnother() throws Exception {
    String address = site.file("notify.sock");
    try (Command listening = Systemd.listen(address);
        Command command =
            run(Map.of("NOTIFY_SOCKET", address, "WATCHDOG_USEC", "1000", "WATCHDOG_PID", "1"))) {
      await(listening, SERVING);
      command.signal("TERM");
      command.ended();
      await(listening, "STOPPING=1|STATUS=draining open connections");

      assertThat(listening.out()).doesNotContain("WATCHDOG");
    }
  }

  @Test
  void anEndThatIsAskedForBeforeItServesIsNoFailure() throws Exception {
    Path unit = Path.of("..", "deploy", "systemd", "sallyport.service");
    String codes =
        Files.readAllLines(unit).stream()
            .filter(line -> line.startsWith("SuccessExitStatus="))
            .findFirst()
            .orElseThrow();
    try (Command command = run(Map.of("SALLYPORT_JAVA_OPTS", "-showversion"))) {
      command.line(line -> line.contains("Runtime Environment"));
      command.signal("TERM");

      assertThat(codes.split("[= ]")).contains(Integer.toString(command.ended().exitCode()));
    }
  }

  @Test
  void isNotReadyWhenItCannotStart() throws Exception {
    String address = site.file("notify.sock");
    Files.writeString(Path.of(config), "sallyport { inbound.web { listen = \"systemd:web\" } }");
    try (Command listening = Systemd.listen(address);
        Command command = run(Map.of("NOTIFY_SOCKET", address))) {
      assertThat(command.ended().exitCode()).isEqualTo(2);
      assertThat(listening.out()).isEqualTo("LISTENING\n");
    }
  }

  @Test
  void servesAllTheSameWhenNobodyCanBeTold() throws Exception {
    for (String address : new String[] {site.file("nobody.sock"), "relative", "", "vsock:2:9"}) {
      try (Command command = run(Map.of("NOTIFY_SOCKET", address))) {
        assertThat(site.curl(command.port("web")).out()).isEqualTo("hello\n");
        assertThat(command.line(line -> line.contains("systemd") && line.contains("told")))
            .contains("\"fault\"");
      }
    }
  }

  @Test
  void loadsNothingOfItWhereSystemdDoesNotAskForIt() throws Exception {
    Path loaded = site.folder().resolve("classes.txt");
    try (Command command = run(Map.of("SALLYPORT_JAVA_OPTS", "-Xlog:class+load:file=" + loaded))) {
      command.port("web");
      command.signal("TERM");
      Ended ended = command.ended();

      assertThat(ended.exitCode()).isZero();
      assertThat(Files.readString(loaded))
          .contains("io.sallyport.cli.Serving")
          .doesNotContain("io.sallyport.cli.systemd");
    }
  }
}

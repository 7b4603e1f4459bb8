package io.sallyport.cli.systemd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The units that are shipped, held against systemd's own tool. */
final class UnitsIT {

  private static final Path UNITS = Path.of("..", "deploy", "systemd");
  private static final Path SERVICE = UNITS.resolve("sallyport.service");
  private static final Path ANALYZE = Path.of("/usr/bin/systemd-analyze");

  private record Ended(int exitCode, String output) {}

  private static Ended analyze(String... arguments) throws Exception {
    assumeThat(ANALYZE).as("systemd-analyze is not installed").isExecutable();
    String[] line = new String[arguments.length + 1];
    line[0] = ANALYZE.toString();
    System.arraycopy(arguments, 0, line, 1, arguments.length);
    Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), output);
  }

  @Test
  void theServiceIsExposedToLittle() throws Exception {
    Ended ended =
        analyze("security", "--offline=true", "--threshold=20", "--no-pager", "" + SERVICE);

    assertThat(ended.exitCode()).as(ended.output()).isZero();
    assertThat(ended.output()).contains("Overall exposure level for sallyport.service: 1.");
  }

  @Test
  void systemdKnowsEverySettingOfTheUnits() throws Exception {
    Path folder = Files.createTempDirectory("units");
    try {
      // The program need not be installed where the test runs.
      String service =
          Files.readString(SERVICE).replace("/opt/sallyport/bin/sallyport", "/bin/true");
      Path copy = Files.writeString(folder.resolve("sallyport.service"), service);
      Path socket =
          Files.copy(UNITS.resolve("sallyport.socket"), folder.resolve("sallyport.socket"));

      Ended ended = analyze("verify", "--man=no", "" + copy, "" + socket);

      assertThat(ended.output())
          .doesNotContain("Unknown")
          .doesNotContain("Failed to parse")
          .doesNotContain("sallyport.service:")
          .doesNotContain("sallyport.socket:");
    } finally {
      try (var files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
  }

  /** systemd gives up a service that is started more than 5 times in 10 s. */
  @Test
  void aServiceThatFailsAtOnceIsTriedForEver() throws IOException {
    String between = setting("RestartSec").replace("s", "");

    assertThat(Integer.parseInt(between) * 5).isGreaterThanOrEqualTo(10);
    assertThat(setting("Restart")).isEqualTo("always");
  }

  @Test
  void aReloadOfFilesThatCannotServeFails() throws IOException {
    String run = setting("ExecStart");

    assertThat(Files.readAllLines(SERVICE))
        .containsSubsequence(
            "ExecReload=/bin/kill -HUP $MAINPID",
            "ExecReload=" + run.replace(" run -c ", " check -c "));
  }

  @Test
  void nothingThatJavaNeedsIsHiddenOrForbidden() throws IOException {
    assertThat(Files.readAllLines(SERVICE))
        .as("Java looks for IPv6 addresses in /proc/net, and compiles")
        .doesNotContain("ProcSubset=pid", "MemoryDenyWriteExecute=true");
  }

  private static String setting(String name) throws IOException {
    return Files.readAllLines(SERVICE).stream()
        .filter(line -> line.startsWith(name + "="))
        .map(line -> line.substring(name.length() + 1))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theSocketIsTheOneThatItsCommentHasInTheConfiguration() throws IOException {
    List<String> socket = Files.readAllLines(UNITS.resolve("sallyport.socket"));

    assertThat(socket)
        .contains(
            "#   inbound.web.listen = \"systemd:web\"",
            "FileDescriptorName=web",
            "Service=sallyport.service");
    assertThat(Files.readAllLines(SERVICE)).contains("NonBlocking=true", "Type=notify");
  }
}

package io.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.cli.Command.Ended;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code demo}, as somebody tries it who has just unpacked Sallyport. */
final class DemoIT {

  @Test
  void triesItself() {
    Ended ended = Command.run("demo", "--once");

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    assertThat(ended.err()).isEmpty();
    assertThat(ended.out().lines())
        .satisfiesExactly(
            line -> assertThat(line).matches("ok +through both sidecars +HTTP/1.1 200 OK"),
            line -> assertThat(line).matches("ok +straight, with certificate +HTTP/1.1 200 OK"),
            line ->
                assertThat(line)
                    .matches("ok +straight, without certificate +refused: .*certificate_required"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void itsCurlLinesWorkWhenPastedAndASignalEndsIt(String signal) throws Exception {
    try (Command demo = Command.startInForeground("demo")) {
      Path folder = pasted(demo);
      assertThat(folder).exists();

      demo.signal(signal);
      Ended ended = demo.ended();

      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(folder).doesNotExist();
    }
  }

  @Test
  void keepsItsCertificatesInAFolderThatIsNamed(@TempDir Path folder) throws Exception {
    Path named = folder.resolve("it's a demo");
    try (Command demo = Command.startInForeground("demo", "--dir", named.toString())) {
      assertThat(pasted(demo)).isEqualTo(named);
      demo.signal("INT");
      assertThat(demo.ended().exitCode()).isZero();
    }
    assertThat(named.resolve("demo-client.key")).exists();
    byte[] ca = Files.readAllBytes(named.resolve("ca.crt"));

    assertThat(Command.run("demo", "--once", "--dir", named.toString()).exitCode()).isZero();
    assertThat(named.resolve("ca.crt")).hasBinaryContent(ca);
  }

  @Test
  void needsAFolderThatItCanWrite(@TempDir Path folder) throws Exception {
    Path taken = Files.writeString(folder.resolve("taken"), "");

    assertThat(Command.run("demo", "--dir", taken.toString()))
        .isEqualTo(
            new Ended(
                1,
                "",
                "error: "
                    + taken
                    + ": cannot be made a folder: a file is in its place; name another folder\n"));
  }

  /** Runs its lines as a shell would; returns the folder that they name. */
  private static Path pasted(Command demo) throws InterruptedException {
    // The last line of all.
    demo.line(line -> line.equals("# Ctrl-C ends it."));
    List<String> lines = demo.out().lines().filter(line -> line.startsWith("curl ")).toList();
    assertThat(lines).hasSize(3);
    for (String line : lines.subList(0, 2)) {
      Ended curl = Command.runOther("bash", "-c", line + " -sS");
      assertThat(curl.out()).as(line + curl.err()).startsWith("Hello from the application");
    }
    Ended refused = Command.runOther("bash", "-c", lines.get(2) + " -sS");
    assertThat(refused.exitCode()).isNotZero();
    assertThat(refused.out()).isEmpty();
    assertThat(refused.err()).contains("certificate required");
    Matcher folder = Pattern.compile("--cacert (.+)/ca\\.crt").matcher(lines.get(2));
    assertThat(folder.find()).isTrue();
    return Path.of(folder.group(1).replace("'\\''", "\0").replace("'", "").replace('\0', '\''));
  }
}

package io.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.cli.Command.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** {@code bench/run}: what it says and leaves, in runs too short for figures that mean anything. */
final class BenchIT {

  private static final Path BENCH = Path.of("bench").toAbsolutePath();

  private static final String[] SHORT = {
    "--rounds", "1", "--seconds", "1", "--warm-up", "1", "--idle", "10", "--peers", "nginx"
  };

  private final Path folder;
  private final Path temporary;

  BenchIT(@TempDir Path folder) throws IOException {
    this.folder = folder;
    temporary = Files.createDirectory(folder.resolve("temporary"));
  }

  @BeforeEach
  void seeThatItCanRun() {
    Stream.of("python3", "nginx", "openssl", "wrk", "h2load").forEach(Command::assumeInstalled);
  }

  private ProcessBuilder bench(String... arguments) {
    ProcessBuilder builder = Command.sallyport(arguments);
    builder.command().set(0, BENCH.resolve("run").toString());
    builder.environment().put("TMPDIR", temporary.toString());
    return builder;
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void theTableTheChartAndTheJsonHaveTheSameFigures() throws Exception {
    String[] wanted = {"--tests", "keepalive,mtls,h2,memory"};
    String[] files = {"--chart", file("chart.svg"), "--json", file("figures.json")};
    try (Command bench = Command.start(bench(Flags.with(Flags.with(SHORT, wanted), files)))) {
      bench.line(line -> line.startsWith("memory, round 1 of 1: "));
      List<ProcessHandle> started = bench.descendants();
      assertThat(started).as("Sallyport, nginx and the application").hasSizeGreaterThan(3);

      Ended ended = bench.ended();

      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(started).noneMatch(ProcessHandle::isAlive);
      assertThat(temporary).isEmptyDirectory();
      List<List<String>> rows = rows(ended.out());
      assertThat(rows.get(0)).startsWith("", "unit", "sallyport", "nginx").endsWith("ratio");
      assertThat(rows.stream().skip(1).map(row -> row.get(1)))
          .containsExactly("µs", "µs", "µs", "MiB", "KiB");
      List<String> drawn = texts(folder.resolve("chart.svg"));
      String json = Files.readString(folder.resolve("figures.json"));
      for (List<String> row : rows.subList(1, rows.size())) {
        assertThat(Double.parseDouble(row.get(2))).as(row.toString()).isPositive();
        assertThat(drawn)
            .contains(row.get(0))
            .contains("sallyport " + row.get(2) + " " + row.get(1))
            .contains("nginx " + row.get(3) + " " + row.get(1));
        assertThat(json).contains("\"title\": \"" + row.get(0) + "\"");
      }
      assertThat(ended.out())
          .contains("; nginx 1.", System.getProperty("java.version"), "--tests keepalive,mtls,h2");
    }
  }

  /** The cells of the table, its line of dashes left out. */
  private static List<List<String>> rows(String markdown) {
    return markdown
        .lines()
        .filter(line -> line.startsWith("|") && !line.startsWith("|-"))
        .map(line -> List.of(line.substring(1, line.length() - 1).split("\\|", -1)))
        .map(cells -> cells.stream().map(String::strip).toList())
        .toList();
  }

  /** Of what is well formed. */
  private static List<String> texts(Path svg) throws Exception {
    Document picture =
        DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(svg.toFile());
    NodeList found = picture.getElementsByTagName("text");
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < found.getLength(); i++) {
      texts.add(found.item(i).getTextContent().replace(" →", ""));
    }
    return texts;
  }

  @ParameterizedTest
  @CsvSource({"INT", "TERM"})
  void leavesNothingBehindWhenItIsInterrupted(String signal) throws Exception {
    ProcessBuilder endless =
        bench("--tests", "keepalive", "--peers", "nginx", "--warm-up", "1", "--seconds", "600");
    try (Command bench = Command.start(Command.startableInForeground(endless))) {
      bench.line(line -> line.equals("keepalive, round 1 of 5: sallyport"));
      List<ProcessHandle> started = bench.descendants();
      assertThat(started).as("Sallyport, nginx and the application").hasSizeGreaterThan(3);

      bench.signal(signal);
      Ended ended = bench.ended();

      assertThat(ended.exitCode()).isEqualTo(130);
      assertThat(ended.err()).endsWith("interrupted; what was started has ended\n");
      assertThat(started).noneMatch(ProcessHandle::isAlive);
      assertThat(temporary).isEmptyDirectory();
    }
  }

  @Test
  void runsWhatIsThereAndSaysWhatItHasLeftOut() throws Exception {
    String[] wanted = {"--tests", "keepalive,h2", "--peers", "nginx,stunnel"};
    ProcessBuilder bench = bench(Flags.with(SHORT, wanted));
    bench
        .environment()
        .put("PATH", pathOf("python3", "openssl", "wrk", "dirname", "readlink", "sed", "cmp"));

    Ended ended = Command.run(bench);

    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(rows(ended.out())).hasSize(2);
    assertThat(ended.err()).contains("apt-get install ").contains("nghttp2-client", "stunnel4");
    assertThat(ended.out())
        .endsWith(
            "\nLeft out: stunnel, which is not installed;"
                + " h2, since h2load is not installed.\n");
  }

  @Test
  void whatItCannotDoWithoutIsNamedWithItsPackage() throws Exception {
    ProcessBuilder bench = bench();
    bench.environment().put("PATH", pathOf("python3"));

    Ended ended = Command.run(bench);

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).isEqualTo("error: openssl: not installed; apt-get install openssl\n");
  }

  /** One with nothing but these. */
  private String pathOf(String... programs) throws IOException {
    Path bin = Files.createDirectory(folder.resolve("bin"));
    for (String program : programs) {
      Command.assumeInstalled(program);
      String real =
          program.equals("python3")
              // Which may be a script of its own that chooses one.
              ? Command.runOther(program, "-c", "import sys; print(sys.executable)").out()
              : Command.runOther("sh", "-c", "command -v " + program).out();
      Path script = bin.resolve(program);
      Files.writeString(script, "#!/bin/sh%nexec %s \"$@\"%n".formatted(real.strip()));
      Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    return bin.toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--sallyport|/nowhere|error: --sallyport: no bin/sallyport in /nowhere; build it with ",
        "--tests|keepalive,speed|error: argument --tests: \"speed\" is not known; choose from keep",
        "--peers|apache|error: argument --peers: \"apache\" is not known; choose from haproxy, ",
        "--rounds|0|error: argument --rounds: \"0\" is no number from 1 up; see --help",
        "--chart|/nowhere/a|error: --chart: /nowhere/a: No such file or directory; name a file ",
        "--fast|yes|error: unrecognized arguments: --fast yes; see --help",
      })
  void wrongArgumentsAreSaidInOneLine(String setting, String value, String said) {
    Ended ended = Command.run(bench(setting, value));

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err().lines()).singleElement().asString().startsWith(said);
  }

  @Test
  void helpNamesEachTestAndEachPeer() {
    Ended ended = Command.run(bench("--help"));

    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out().replaceAll("\\s+", " "))
        .contains("--tests", "keepalive, handshake, mtls, download, upload,")
        .contains("haproxy, nginx, hitch, stunnel", "--namespace", "Exit codes: ");
  }

  @Test
  void itsArithmeticHolds() {
    Ended ended =
        Command.runOther(
            "python3",
            "-B",
            "-m",
            "unittest",
            "discover",
            "-s",
            BENCH.toString(),
            "-p",
            "*_test.py");

    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.err()).containsPattern("Ran [1-9]\\d* tests");
  }
}

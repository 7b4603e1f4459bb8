package io.sallyport.cli;

import static io.sallyport.cli.DataFolder.CHUNK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sallyport.cli.Command.Ended;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What other programs seal opens here, and what is sealed here opens there. */
final class EnvelopeInteropIT {

  private static final String PYTHON = program("envelope.py");
  private static final String GO = program("raw.go");
  private static final String AAD_HEX = "00ff62";

  private final DataFolder data;

  EnvelopeInteropIT(@TempDir Path folder) {
    data = new DataFolder(folder);
  }

  private static String program(String name) {
    return Path.of("src", "test", "resources", "envelopes", name).toAbsolutePath().toString();
  }

  /** From a file to a file. */
  private void through(String from, String to, ProcessBuilder program) {
    program.redirectInput(data.path(from).toFile()).redirectOutput(data.path(to).toFile());
    Ended ended = Command.run(program);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.err()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "raw, 0",
    "raw, 100000",
    "direct, 0",
    "direct, 16383",
    "direct, 16384",
    "direct, 100000",
    "wrapped, 0",
    "wrapped, 49152",
    "wrapped, 100000"
  })
  void pythonsCryptography(String kind, int length) throws Exception {
    assumeThat(Command.runOther("python3", "-c", "import cryptography").exitCode())
        .as("Python has the package cryptography")
        .isZero();
    data.data("plain", length);
    String key = data.key("2026-a");
    String[] flags =
        switch (kind) {
          case "raw" -> new String[] {"-k", key, "--format", "raw"};
          case "direct" -> new String[] {"-k", key, "--aad-hex", AAD_HEX};
          default -> new String[] {"--kek", key, "--aad-hex", AAD_HEX};
        };

    through("plain", "sealed", Command.sallyport(Flags.with(new String[] {"seal"}, flags)));
    through("sealed", "opened", python("open", kind));
    assertThat(data.path("opened")).hasSameBinaryContentAs(data.path("plain"));

    through("plain", "sealed", python("seal", kind));
    through("sealed", "opened", Command.sallyport(Flags.with(new String[] {"open"}, flags)));
    assertThat(data.path("opened")).hasSameBinaryContentAs(data.path("plain"));
  }

  private ProcessBuilder python(String action, String kind) {
    return new ProcessBuilder(
        "python3", PYTHON, action, kind, "2026-a", data.file("2026-a.key"), AAD_HEX);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5 * CHUNK + 1})
  void go(int length) throws Exception {
    Command.runOther("go", "version");
    data.data("plain", length);
    String key = data.key("2026-a");

    through("plain", "sealed", Command.sallyport("seal", "-k", key, "--format", "raw"));
    through("sealed", "opened", new ProcessBuilder("go", "run", GO, "open", keyFile()));
    assertThat(data.path("opened")).hasSameBinaryContentAs(data.path("plain"));

    through("plain", "sealed", new ProcessBuilder("go", "run", GO, "seal", keyFile()));
    through("sealed", "opened", Command.sallyport("open", "-k", key, "--format", "raw"));
    assertThat(data.path("opened")).hasSameBinaryContentAs(data.path("plain"));
  }

  private String keyFile() {
    return data.file("2026-a.key");
  }
}

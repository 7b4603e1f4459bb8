package io.sallyport.cli.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogFormatTest {

  @ParameterizedTest
  @CsvSource({
    "/dev/pts/3, true",
    "/dev/tty1, true",
    "/dev/ttyS0, true",
    "/dev/console, true",
    "pipe:[4711], false",
    "socket:[4711], false",
    "/dev/null, false",
    "/var/log/dev/pts/3, false",
    "/dev/pts/ptmx.log, false"
  })
  void theDescriptorTellsATerminal(String target, boolean terminal, @TempDir Path directory)
      throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("2"), Path.of(target));

    boolean found = LogFormat.isTerminal(null, link);
    // JUnit warns of links that lead out of its directory.
    Files.delete(link);

    assertThat(found).isEqualTo(terminal);
  }

  @Test
  void theLauncherKnowsBest(@TempDir Path directory) throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("2"), Path.of("/dev/pts/0"));
    boolean terminal = LogFormat.isTerminal("false", link);
    Files.delete(link);

    assertThat(terminal).isFalse();
    assertThat(LogFormat.isTerminal("true", link)).isTrue();
  }

  @Test
  void withoutProcItIsTakenForAFile(@TempDir Path directory) {
    assertThat(LogFormat.isTerminal(null, directory.resolve("missing"))).isFalse();
  }

  @Test
  void aFormAskedForByNameIsTaken() {
    assertThat(LogFormat.HUMAN.resolved()).isEqualTo(LogFormat.HUMAN);
    assertThat(LogFormat.JSON.resolved()).isEqualTo(LogFormat.JSON);
    assertThat(LogFormat.AUTO.resolved()).isNotEqualTo(LogFormat.AUTO);
  }
}

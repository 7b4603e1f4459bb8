package io.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.cli.Command.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A start whose identity is to come from a Workload API, and does not. */
final class SpiffeStartIT {

  private final Path socket;
  private final Path config;

  SpiffeStartIT(@TempDir Path folder) throws IOException {
    socket = folder.resolve("agent.sock");
    config =
        Files.writeString(
            folder.resolve("proxy.conf"),
            """
            sallyport {
              identities.default.spiffe {
                socket = ${?SPIFFE_ENDPOINT_SOCKET}, timeout = ${TIMEOUT}
              }
              inbound.web {
                listen = "127.0.0.1:0", forward = "127.0.0.1:1", allow = any-trusted
              }
            }
            """);
  }

  private ProcessBuilder sallyport(String command, String timeout) {
    ProcessBuilder builder = Command.sallyport(command, "-c", config.toString());
    builder.environment().put("SPIFFE_ENDPOINT_SOCKET", "unix://" + socket);
    builder.environment().put("TIMEOUT", timeout);
    return builder;
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "check"})
  void endsAsForAKeyFileThatIsNotThere(String command) {
    Ended ended = Command.run(sallyport(command, "5s"));

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err())
        .contains(
            "error: identities.default.spiffe (proxy.conf:2): unix:"
                + socket
                + " does not exist; check the path, that the agent runs, and that its socket is"
                + " mounted here");
  }

  @Test
  void aSignalEndsItAtOnceWhileItWaits() throws Exception {
    try (Command command = Command.start(sallyport("run", "1h"))) {
      command.line(line -> line.contains("gives no identity yet"));

      command.signal("TERM");

      assertThat(command.ended().exitCode()).isEqualTo(143);
    }
  }
}

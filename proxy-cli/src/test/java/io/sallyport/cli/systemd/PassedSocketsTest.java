package io.sallyport.cli.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is asked of sockets by name, SocketActivationIT shows with real ones. */
class PassedSocketsTest {

  private static final long PID = 7;

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "7; 2; web:admin; [admin, web]",
        "7; 2; web:web; [web]",
        "7; 1; ; [unknown]",
        "7; 0; ''; []",
        "7; 0; ; []",
        "8; 1; web; []",
        "; 1; web; []",
        "7; 2; web; []",
        "7; 1; web:admin; []",
        "7; -1; ; []",
        "7; 2147483648; ; []",
        "7; 2147483647; ; []",
        "7; many; ; []"
      })
  void areThoseThatTheEnvironmentNamesForThisProcess(
      String pid, String count, String names, String taken) {
    Map<String, String> environment = new HashMap<>();
    environment.put("LISTEN_FDS", count);
    if (pid != null) {
      environment.put("LISTEN_PID", pid);
    }
    if (names != null) {
      environment.put("LISTEN_FDNAMES", names);
    }

    assertThat(PassedSockets.of(environment, PID).namesNotTaken()).hasToString(taken);
  }
}

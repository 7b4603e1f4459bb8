package io.sallyport.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The files in config/, which people copy. */
class ShippedConfigTest {

  private static final Path FOLDER = Path.of("../config");

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.sorted().toList();
    }
  }

  @Test
  void areTheFilesThatTheManualNames() throws IOException {
    assertThat(files())
        .extracting(file -> file.getFileName().toString())
        .containsExactly(
            "audit.conf",
            "both-ways.conf",
            "captured.conf",
            "crl.conf",
            "envelope.conf",
            "grpc.conf",
            "http-identity.conf",
            "http-rules.conf",
            "inbound-mtls.conf",
            "legacy-tls12.conf",
            "object-store.conf",
            "outbound.conf",
            "sni.conf",
            "spiffe-workload-api.conf",
            "spiffe.conf",
            "unix-sockets.conf");
  }

  @ParameterizedTest
  @MethodSource("files")
  void loadWithNoWarningButThatOfAnAudit(Path file) throws InvalidConfig {
    assertThat(ConfigReader.read(file).warnings())
        .extracting(Problem::setting)
        .isEqualTo(file.endsWith("audit.conf") ? List.of("inbound.web.enforce") : List.of());
  }
}

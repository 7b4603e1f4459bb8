package io.sallyport.config;

import static io.sallyport.config.ConfigText.IDENTITY;
import static io.sallyport.config.ConfigText.INBOUND;
import static io.sallyport.config.ConfigText.OUTBOUND;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of what bad settings get, problems.txt. */
class ProblemsTest {

  static Stream<Arguments> cases() throws IOException {
    try (InputStream table = ProblemsTest.class.getResourceAsStream("problems.txt")) {
      String text = new String(requireNonNull(table).readAllBytes(), UTF_8);
      return Arrays.stream(text.split("\n\n"))
          .skip(1) // the explanation
          .map(ProblemsTest::parse);
    }
  }

  private static Arguments parse(String entry) {
    List<String> lines = entry.lines().toList();
    String settings =
        String.join("\n", lines.stream().filter(line -> !line.startsWith("> ")).toList());
    List<String> said =
        lines.stream()
            .filter(line -> line.startsWith("> "))
            .map(line -> line.substring(2))
            .toList();
    return Arguments.of(settings, said);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void saysSettingPlaceFaultAndRemedy(String settings, List<String> said, @TempDir Path folder) {
    String text = IDENTITY + INBOUND + OUTBOUND + "sallyport {\n" + settings + "\n}\n";

    assertThat(said).isNotEmpty();
    assertThat(ConfigText.problems(folder, text)).containsExactlyElementsOf(said);
  }
}

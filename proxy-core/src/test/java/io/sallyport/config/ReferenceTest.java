package io.sallyport.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * reference.conf is the manual, so it must be whole and true. That the reader asks for nothing that
 * is not in it, {@link Section#read} asserts.
 */
class ReferenceTest {

  /** What each template is for. */
  private static final Map<String, String> NAMED =
      Map.of(
          "defaults.identity.", "identities.default.",
          "defaults.key-ring.", "key-rings.payloads.",
          "defaults.inbound.", "inbound.web.",
          "defaults.outbound.", "outbound.ledger.",
          "defaults.app-probe.", "admin.app-probes.app.");

  static Stream<String> settings() {
    return leaves("", ConfigFactory.parseResources("reference.conf").getObject(Reference.ROOT));
  }

  private static Stream<String> leaves(String prefix, ConfigObject object) {
    return object.entrySet().stream()
        .flatMap(
            entry -> {
              ConfigValue value = entry.getValue();
              return value instanceof ConfigObject inner && !inner.isEmpty()
                  ? leaves(prefix + entry.getKey() + ".", inner)
                  : Stream.of(prefix + entry.getKey());
            });
  }

  @ParameterizedTest
  @MethodSource("settings")
  void hasOnlySettingsThatAreRead(String setting, @TempDir Path folder) {
    String written =
        NAMED.entrySet().stream()
            .filter(template -> setting.startsWith(template.getKey()))
            .map(template -> setting.replace(template.getKey(), template.getValue()))
            .findFirst()
            .orElse(setting);
    // Over tcp they are refused unread.
    boolean ofHttp =
        written.startsWith("inbound.web.http.")
            || written.endsWith(".peer-header")
            || written.endsWith(".app-protocol");
    boolean ofHttpOut =
        written.startsWith("outbound.ledger.http.")
            || written.startsWith("outbound.ledger.retry-budget.")
            || written.endsWith(".authority");
    String text =
        ConfigText.IDENTITY
            + ConfigText.INBOUND
            + ConfigText.OUTBOUND
            + ("sallyport." + written + " = [ {} ]\n")
            + (ofHttp ? "sallyport.inbound.web.protocol = http\n" : "")
            + (ofHttpOut ? "sallyport.outbound.ledger.protocol = http\n" : "");

    assertThat(ConfigText.problems(folder, text))
        .anySatisfy(
            problem ->
                assertThat(problem)
                    .matches("\\Q" + written + "\\E(\\.0)? \\(proxy.conf:4\\): .*")
                    .doesNotContain("unknown setting"));
  }

  @Test
  void saysOfEachSettingWhatItDoes() throws IOException {
    try (InputStream file = ReferenceTest.class.getResourceAsStream("/reference.conf")) {
      List<String> lines =
          new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .map(String::strip)
              .toList();
      for (int i = 1; i < lines.size(); i++) {
        if (lines.get(i).contains(" = ") && !lines.get(i).startsWith("#")) {
          assertThat(lines.get(i - 1)).as(lines.get(i)).startsWith("# ");
        }
      }
    }
  }
}

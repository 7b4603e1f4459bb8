package io.sallyport.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OneValueTest {

  @Test
  void isWrittenOnOneLine() throws Malformed {
    assertThat(OneValue.onOneLine("any-trusted")).isEqualTo("\"any-trusted\"");
    assertThat(
            OneValue.onOneLine(
                "[\n  { spiffe = \"spiffe://a/b\" } # shop\n  { dns = [a, b] }\n]\n"))
        .isEqualTo("[{\"spiffe\":\"spiffe://a/b\"},{\"dns\":[\"a\",\"b\"]}]");
    assertThat(OneValue.onOneLine("\"a\nb\\u0000${x}\"".replace("\n", "\\n")))
        .isEqualTo("\"a\\nb\\u0000${x}\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[",
        "a\nforward = b",
        "a, forward = b",
        "a } inbound.b {",
        "${HOME}",
        "${?HOME}",
        "{ include \"/etc/passwd\" }",
        "{ include file(\"/etc/passwd\") }",
        "{ include required(classpath(\"reference.conf\")) }",
        "{ include url(\"file:/etc/passwd\") }",
      })
  void isOneAndTakesInNoOther(String text) {
    assertThatThrownBy(() -> OneValue.onOneLine(text)).isInstanceOf(Malformed.class);
  }

  @Test
  void isNotNestedDeeperThanCanBeRead() {
    assertThatThrownBy(() -> OneValue.onOneLine("[".repeat(100_000))).isInstanceOf(Malformed.class);
  }
}

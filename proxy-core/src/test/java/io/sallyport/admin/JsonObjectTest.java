package io.sallyport.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonObjectTest {

  @Test
  void writesMembersInTheOrderTheyArePut() {
    String json =
        new JsonObject()
            .put("text", "plain")
            .put("number", Long.MIN_VALUE)
            .put("none", (String) null)
            .put("at", Instant.parse("2026-01-02T03:04:05Z"))
            .end();

    assertThat(json)
        .isEqualTo(
            "{\"text\":\"plain\",\"number\":-9223372036854775808,\"none\":null,"
                + "\"at\":\"2026-01-02T03:04:05Z\"}\n");
  }

  @Test
  void anEmptyObjectIsAnObject() {
    assertThat(new JsonObject().end()).isEqualTo("{}\n");
  }

  @Test
  void writesArraysOfTextAndOfObjects() {
    String json =
        new JsonObject()
            .putStrings("names", List.of("a", "b"))
            .putStrings("empty", List.of())
            .putObjects(
                "items",
                List.of(1L, 2L),
                (item, nested) -> nested.put("n", item).putObjects("none", List.of(), (x, y) -> {}))
            .put("last", 0)
            .end();

    assertThat(json)
        .isEqualTo(
            "{\"names\":[\"a\",\"b\"],\"empty\":[],"
                + "\"items\":[{\"n\":1,\"none\":[]},{\"n\":2,\"none\":[]}],\"last\":0}\n");
  }

  @Test
  void escapesWhatWouldEndTheString() {
    assertThat(new JsonObject().put("a\"", "\\\",\"x\":\"").end())
        .isEqualTo("{\"a\\\"\":\"\\\\\\\",\\\"x\\\":\\\"\"}\n");
  }

  @Test
  void leavesNothingThatATerminalOrAnEditorObeys() {
    // Control characters, ESC, DEL, C1, a bidi override, a line separator, a lone surrogate, emoji.
    String hostile = "\u0000\n\u001b[2J\u007f\u009b\u202e\u2028\ud800é\ud83d\ude00";

    assertThat(new JsonObject().put("name", hostile).end())
        .isEqualTo(
            "{\"name\":\"\\u0000\\u000a\\u001b[2J\\u007f\\u009b\\u202e\\u2028\\ud800\\u00e9"
                + "\\ud83d\\ude00\"}\n");
  }
}

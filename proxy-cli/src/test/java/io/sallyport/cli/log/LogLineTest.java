package io.sallyport.cli.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;

class LogLineTest {

  private static final Instant TIME = Instant.parse("2026-01-02T03:04:05.0069Z");

  /**
   * A forged line, a terminal sequence, DEL, C1, NUL, bidi, a line separator, a lone surrogate, an
   * emoji, quotes and a backslash.
   */
  private static final String HOSTILE =
      "a\r\n2026 INFO x\u001b[2J\u007f\u009b\u0000\u202e\u2066\u2028\ud800\ud83d\ude00\"b\\";

  private static final String HARMLESS =
      "a\\r\\n2026 INFO x\\u001b[2J\\u007f\\u009b\\u0000\\u202e\\u2066\\u2028\\ud800\\ud83d\\ude00";

  @Test
  void aLineForPeopleHasTimeLevelMessageAndPairs() {
    assertThat(
            LogLine.human(event("connection closed", pair("reason", "peer_closed"), pair("n", 3))))
        .isEqualTo("2026-01-02T03:04:05.006Z INFO  connection closed reason=peer_closed n=3\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"two words", "", "a=b", "\"", "\\", "é", "a\tb", "'", "x;y", "$(id)"})
  void whatIsNotOneWordIsQuotedForPeople(String value) {
    assertThat(LogLine.human(event("m", pair("k", value)))).contains(" m k=\"").endsWith("\"\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1:8443",
        "spiffe://prod/ns/a",
        "[::1]:1",
        "/run/x.sock",
        "TLSv1.3",
        "a_b-c"
      })
  void plainWordsAreNot(String value) {
    String shown = value.startsWith("[") ? '"' + value + '"' : value;
    assertThat(LogLine.human(event("m", pair("k", value)))).endsWith(" m k=" + shown + "\n");
  }

  @Test
  void nothingHostileReachesTheTerminal() {
    assertThat(LogLine.human(event(HOSTILE, pair(HOSTILE, HOSTILE))))
        .isEqualTo(
            "2026-01-02T03:04:05.006Z INFO  %1$s\"b\\\\ \"%1$s\\\"b\\\\\"=\"%1$s\\\"b\\\\\"\n"
                .formatted(HARMLESS));
  }

  @Test
  void aJsonLineIsOneFlatObject() {
    assertThat(
            LogLine.json(
                event(
                    "connection closed",
                    pair("reason", "peer_closed"),
                    pair("bytes", 5_000_000_000L),
                    pair("seconds", 0.5),
                    pair("resumed", true),
                    pair("peer", null))))
        .isEqualTo(
            "{\"time\":\"2026-01-02T03:04:05.006Z\",\"level\":\"info\",\"logger\":\"io.x.Y\","
                + "\"msg\":\"connection closed\",\"reason\":\"peer_closed\",\"bytes\":5000000000,"
                + "\"seconds\":0.5,\"resumed\":true,\"peer\":null}\n");
  }

  @Test
  void aJsonParserGetsBackWhatWasHostile() {
    String line = LogLine.json(event(HOSTILE, pair(HOSTILE, HOSTILE), pair("nan", Double.NaN)));

    assertThat(line).matches("[ -~]+\n");
    Map<String, Object> parsed = parse(line);
    assertThat(parsed).containsEntry("msg", HOSTILE).containsEntry(HOSTILE, HOSTILE);
    assertThat(parsed).containsEntry("nan", "NaN");
  }

  @Test
  void aPairCannotPassForAFieldOfOurs() {
    Map<String, Object> parsed =
        parse(LogLine.json(event("m", pair("level", "error"), pair("msg", "forged"))));

    assertThat(parsed)
        .containsEntry("level", "info")
        .containsEntry("level_", "error")
        .containsEntry("msg", "m")
        .containsEntry("msg_", "forged");
  }

  @Test
  void aCauseIsNamedWithItsOwnCauses() {
    Throwable cause =
        new IllegalStateException("outer\nline", new java.io.IOException("inner \u001b[0m"));
    String expected =
        "java.lang.IllegalStateException: outer\\nline; caused by java.io.IOException: inner"
            + " \\u001b[0m";

    assertThat(LogLine.human(event("m", cause, false))).endsWith(" m error=\"" + expected + "\"\n");
    assertThat(LogLine.json(event("m", cause, false)))
        .endsWith("\"error\":\"" + expected + "\"}\n");
  }

  @Test
  void aStackIsIndentedForPeopleAndOneFieldInJson() {
    Throwable cause = new IllegalStateException("a\n2026 INFO forged", new Error("inner"));

    String human = LogLine.human(event("m", cause, true));
    assertThat(human.lines().skip(1)).allMatch(line -> line.startsWith("    "));
    assertThat(human)
        .contains("\n    java.lang.IllegalStateException: a\\n2026 INFO forged\n")
        .contains("\n      at io.sallyport.cli.log.LogLineTest.")
        .contains("\n    caused by java.lang.Error: inner\n");

    String json = LogLine.json(event("m", cause, true));
    assertThat(json).matches("[ -~]+\n");
    assertThat(String.valueOf(parse(json).get("stack")))
        .startsWith("java.lang.IllegalStateException: a\n2026 INFO forged\n  at io.sallyport.")
        .contains("\ncaused by java.lang.Error: inner\n");
  }

  @Test
  void aCircleOfCausesEnds() {
    Exception first = new Exception("first");
    Exception second = new Exception("second", first);
    first.initCause(second);

    assertThat(LogLine.human(event("m", first, true))).hasSizeLessThan(100_000);
  }

  @Test
  void longTextIsCutAndManyPairsAre() {
    String line = LogLine.json(event("m", pair("k", "\u0000".repeat(1_000_000))));
    assertThat(line).hasSizeLessThan(20_000).endsWith("...(997952 more)\"}\n");

    LogEvent many =
        new LogEvent(
            TIME, Level.INFO, "x", "m", Collections.nCopies(1000, pair("k", "v")), null, false);
    assertThat(LogLine.human(many).split("k=v", -1)).hasSize(33);
  }

  @Test
  void aValueThatCannotSayWhatItIsDoesNoHarm() {
    Object broken =
        new Object() {
          @Override
          public String toString() {
            throw new IllegalStateException("no");
          }
        };

    assertThat(LogLine.human(event("m", pair("k", broken))))
        .endsWith(" k=\"(java.lang.IllegalStateException in toString)\"\n");
  }

  @Test
  void aMissingMessageIsNull() {
    LogEvent event = new LogEvent(TIME, Level.WARN, "x", null, List.of(), null, false);

    assertThat(LogLine.human(event)).endsWith("Z WARN  null\n");
    assertThat(parse(LogLine.json(event))).containsEntry("msg", null);
  }

  private static KeyValuePair pair(String key, @Nullable Object value) {
    return new KeyValuePair(key, value);
  }

  private static LogEvent event(String message, KeyValuePair... pairs) {
    return new LogEvent(TIME, Level.INFO, "io.x.Y", message, List.of(pairs), null, false);
  }

  private static LogEvent event(String message, Throwable cause, boolean withStack) {
    return new LogEvent(TIME, Level.ERROR, "io.x.Y", message, List.of(), cause, withStack);
  }

  private static Map<String, Object> parse(String json) {
    return ConfigFactory.parseString(
            json, ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON))
        .root()
        .unwrapped();
  }
}

package io.sallyport.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.policy.Denial;
import io.sallyport.policy.NearestRule;
import io.sallyport.telemetry.RecentDenial;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReadableTextTest {

  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  @ParameterizedTest
  @CsvSource({
    "PT-5S, 0s",
    "PT0.9S, 0s",
    "PT59S, 59s",
    "PT61S, 1m 1s",
    "PT3599S, 59m 59s",
    "PT25H, 1d 1h",
    "P400D, 400d 0h",
  })
  void timesHaveTwoUnitsAtMost(Duration time, String text) {
    assertThat(ReadableText.lasting(time)).isEqualTo(text);
  }

  @Test
  void aRefusalTellsTheNearestRuleAndARequestItsOwn() {
    NearestRule nearest = new NearestRule("inbound.web.allow[1]", List.of("uri", "methods"));
    RecentDenial ofPeer =
        new RecentDenial(
            "web",
            null,
            "10.0.0.1:5",
            Denial.NO_RULE_MATCHED,
            2,
            NOW.minusSeconds(90),
            NOW,
            nearest,
            List.of());
    RecentDenial ofRequest =
        new RecentDenial(
            "web",
            "spiffe://test/a",
            "10.0.0.1:5",
            Denial.NO_RULE_MATCHED,
            1,
            NOW,
            NOW,
            null,
            List.of(new RecentDenial.Request("GET", "app.test", "/admin", 1, NOW, nearest)));

    assertThat(ReadableText.of(List.of(ofPeer, ofRequest), NOW).lines())
        .containsExactly(
            "no_rule_matched at web: nobody proven from 10.0.0.1:5, 2 times, last 0s ago,"
                + " first 1m 30s ago; nearest rule inbound.web.allow[1], but for uri, methods",
            "no_rule_matched at web: spiffe://test/a from 10.0.0.1:5, once, last 0s ago,"
                + " first 0s ago",
            "  GET app.test/admin, once, last 0s ago; nearest rule inbound.web.allow[1],"
                + " but for uri, methods");
  }

  @Test
  void aNameCannotPlayWithTheTerminal() {
    RecentDenial denial =
        new RecentDenial(
            "web",
            "CN=\u001b[2J\nready",
            "10.0.0.1:5",
            Denial.NO_RULE_MATCHED,
            1,
            NOW,
            NOW,
            null,
            List.of());

    assertThat(ReadableText.of(List.of(denial), NOW)).contains("CN=?[2J?ready").hasLineCount(1);
  }
}

package io.sallyport.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sallyport.listener.Refused;
import io.sallyport.policy.Asked;
import io.sallyport.policy.Denial;
import io.sallyport.policy.NearestRule;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecentDenialsTest {

  private Instant now = Instant.parse("2026-01-02T03:04:05Z");
  private final RecentDenials denials = new RecentDenials(() -> now);
  private int looks;

  private void refuse(String listener, @Nullable String peer, Denial why, @Nullable Asked asked) {
    denials.add(listener, new Refused(why, peer, "10.0.0.1:" + looks, asked, () -> rule(++looks)));
  }

  private static NearestRule rule(int number) {
    return new NearestRule("allow." + number, List.of("dns"));
  }

  private void refuseRequest(String path) {
    refuse("web", "eve", Denial.REQUEST_NOT_ALLOWED, new Asked("GET", "shop", path));
  }

  private void later(Duration by) {
    now = now.plus(by);
  }

  @Test
  void foldsWhatIsAlikeAndTellsTheLastFirst() {
    Instant first = now;
    refuse("web", "eve", Denial.NO_RULE_MATCHED, null);
    refuse("web", null, Denial.NO_CERTIFICATE, null);
    refuse("ledger", "eve", Denial.NO_RULE_MATCHED, null);
    later(Duration.ofMillis(10));
    refuse("web", "eve", Denial.NO_RULE_MATCHED, null);

    assertThat(denials.lastFirst())
        .extracting(
            RecentDenial::listener,
            RecentDenial::peer,
            RecentDenial::reason,
            RecentDenial::count,
            RecentDenial::first,
            RecentDenial::last)
        .containsExactly(
            tuple("web", "eve", Denial.NO_RULE_MATCHED, 2L, first, now),
            tuple("ledger", "eve", Denial.NO_RULE_MATCHED, 1L, first, first),
            tuple("web", null, Denial.NO_CERTIFICATE, 1L, first, first));
    assertThat(denials.lastFirst().get(0).remote()).isEqualTo("10.0.0.1:3");
  }

  @Test
  void requestsOfOnePeerAreTold() {
    refuseRequest("/a");
    refuseRequest("/b");
    refuseRequest("/a");

    assertThat(denials.lastFirst())
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.count()).isEqualTo(3);
              assertThat(each.nearest()).isNull();
              assertThat(each.requests())
                  .extracting(
                      RecentDenial.Request::path,
                      RecentDenial.Request::count,
                      RecentDenial.Request::nearest)
                  .containsExactly(tuple("/a", 2L, rule(1)), tuple("/b", 1L, rule(2)));
            });
  }

  @Test
  void aFloodOfOnePeerIsOneEntryAndHardlyLooksAtRules() {
    for (int i = 0; i < 100_000; i++) {
      refuseRequest("/" + i);
      refuse("web", "eve", Denial.NO_RULE_MATCHED, null);
    }

    assertThat(denials.lastFirst())
        .extracting(RecentDenial::count)
        .containsExactly(100_000L, 100_000L);
    assertThat(looks).isEqualTo(5);

    later(Duration.ofSeconds(1));
    refuseRequest("/later");
    refuseRequest("/later still");

    assertThat(looks).isEqualTo(6);
    assertThat(denials.lastFirst().get(0).requests())
        .extracting(RecentDenial.Request::path)
        .containsExactly("/later", "/3", "/2", "/1");
  }

  @Test
  void theNearestRuleIsLookedForAgainWhenRulesMayHaveChanged() {
    refuse("web", "eve", Denial.NO_RULE_MATCHED, null);
    later(Duration.ofMillis(999));
    refuse("web", "eve", Denial.NO_RULE_MATCHED, null);
    assertThat(looks).isEqualTo(1);

    later(Duration.ofMillis(1));
    refuse("web", "eve", Denial.NO_RULE_MATCHED, null);

    assertThat(denials.lastFirst().get(0).nearest()).isEqualTo(rule(2));
  }

  @Test
  void aFloodUnderManyNamesPushesNobodyOutWhoWasRefusedElsewhere() {
    refuse("ledger", "bob", Denial.NO_RULE_MATCHED, null);
    refuse("web", "first", Denial.NO_RULE_MATCHED, null);
    for (int i = 0; i < 10_000; i++) {
      refuse("web", "eve " + i, Denial.NO_RULE_MATCHED, null);
    }

    assertThat(denials.lastFirst())
        .hasSize(RecentDenials.MOST)
        .extracting(RecentDenial::peer)
        .contains("bob", "eve 9999", "eve 9745")
        .doesNotContain("first", "eve 9744");
  }

  @Test
  void whoIsRefusedAgainStaysAmongTheLast() {
    refuse("web", "bob", Denial.NO_RULE_MATCHED, null);
    for (int i = 0; i < RecentDenials.MOST; i++) {
      refuse("web", "eve " + i, Denial.NO_RULE_MATCHED, null);
      refuse("web", "bob", Denial.NO_RULE_MATCHED, null);
    }

    assertThat(denials.lastFirst().get(0).peer()).isEqualTo("bob");
    assertThat(denials.lastFirst().get(0).count()).isEqualTo(RecentDenials.MOST + 1);
  }

  @Test
  void ofWhatIsLongTheBeginningIsKept() {
    String endless = "x".repeat(60_000);
    refuse("web", "eve", Denial.REQUEST_NOT_ALLOWED, new Asked(endless, endless, "/" + endless));
    refuse(
        "web", "eve", Denial.REQUEST_NOT_ALLOWED, new Asked(endless, endless, "/" + endless + "y"));

    assertThat(denials.lastFirst().get(0).requests())
        .singleElement()
        .satisfies(
            request -> {
              assertThat(request.method()).hasSizeLessThan(40).endsWith("...");
              assertThat(request.host()).hasSizeLessThan(210).endsWith("...");
              assertThat(request.path()).hasSizeLessThan(210).startsWith("/x").endsWith("...");
              assertThat(request.count()).isEqualTo(2);
            });
  }
}

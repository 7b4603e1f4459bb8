package io.sallyport.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.RetryLimit;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RetryBudgetTest {

  private static final RetryLimit FIFTH = new RetryLimit(20, 0);

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(15));
  private final RetryBudget budget = new RetryBudget(now::get);

  private void pass(long seconds) {
    now.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
  }

  private void requests(int count) {
    for (int i = 0; i < count; i++) {
      budget.requested();
    }
  }

  private int retries(RetryLimit limit) {
    int retries = 0;
    while (retries < 10_000 && budget.mayRetry(limit)) {
      retries++;
    }
    return retries;
  }

  @Test
  void nothingIsLeftWhereNothingIsAllowed() {
    requests(1000);
    assertThat(retries(new RetryLimit(0, 0))).isZero();
  }

  @Test
  void retriesAreAPartOfTheRequests() {
    assertThat(retries(FIFTH)).isZero();
    requests(99);
    assertThat(retries(FIFTH)).isEqualTo(19);
    requests(1);
    assertThat(retries(FIFTH)).isOne();
  }

  @Test
  void soManyPerSecondAreAllowedHoweverFewRequestsThereAre() {
    assertThat(retries(new RetryLimit(0, 10))).isEqualTo(100);
    pass(9);
    assertThat(retries(new RetryLimit(0, 10))).isZero();
    pass(1);
    assertThat(retries(new RetryLimit(0, 10))).isEqualTo(100);
  }

  @ParameterizedTest
  @ValueSource(longs = {10, 11, 19, 20, 21, 1000})
  void whatIsOldCountsNoMore(long seconds) {
    requests(100);
    retries(FIFTH);
    pass(seconds);
    requests(50);
    assertThat(retries(FIFTH)).isEqualTo(10);
  }

  @Test
  void whatIsAlmostTenSecondsOldStillCounts() {
    requests(100);
    assertThat(retries(FIFTH)).isEqualTo(20);
    pass(9);
    requests(100);
    assertThat(retries(FIFTH)).isEqualTo(20);
  }

  @Test
  void itFollowsALimitThatChanges() {
    requests(100);
    assertThat(retries(FIFTH)).isEqualTo(20);
    assertThat(retries(new RetryLimit(50, 0))).isEqualTo(30);
    assertThat(retries(FIFTH)).isZero();
  }
}

package io.sallyport.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.listener.RepeatedFailures.Way;
import io.sallyport.rig.RecordedLog;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What fails over and over has few lines, and nobody is lost among it. */
final class RepeatedFailuresTest {

  private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");
  private static final Way EVE = new Way("not_allowed", "10.0.0.1", "spiffe://test/eve");

  private final RecordedLog log = RecordedLog.start();
  private final RepeatedFailures failures =
      new RepeatedFailures("web", LoggerFactory.getLogger(RepeatedFailuresTest.class));

  @AfterEach
  void close() {
    log.close();
  }

  private int singles(Way way, int times, Instant at) {
    int singles = 0;
    for (int n = 0; n < times; n++) {
      singles += failures.isSingle(way, at.plusMillis(n)) ? 1 : 0;
    }
    return singles;
  }

  private List<RecordedLog.Line> told() {
    return log.lines("connections failed in the same way");
  }

  @Test
  void theFirstTenOfAMinuteHaveALineEachAndTheOthersOneTogether() {
    assertThat(singles(EVE, 25, START)).isEqualTo(10);

    failures.tell(START.plusSeconds(60));
    assertThat(told()).isEmpty();
    failures.tell(START.plusSeconds(61));
    failures.tell(START.plusSeconds(62));

    assertThat(told()).hasSize(1);
    assertThat(told().get(0).fields())
        .containsEntry("listener", "web")
        .containsEntry("cause", "not_allowed")
        .containsEntry("far", "10.0.0.1")
        .containsEntry("peer", "spiffe://test/eve")
        .containsEntry("count", "15")
        .containsEntry("first", "2026-01-02T03:04:05.010Z")
        .containsEntry("last", "2026-01-02T03:04:05.024Z");
  }

  @Test
  void theNextMinuteBeginsAnew() {
    singles(EVE, 11, START);
    failures.tell(START.plusSeconds(61));

    assertThat(singles(EVE, 11, START.plusSeconds(61))).isEqualTo(10);
  }

  @Test
  void whatIsSeldomIsNotToldTwice() {
    assertThat(singles(EVE, 10, START)).isEqualTo(10);
    failures.tellAll();
    assertThat(told()).isEmpty();
  }

  @Test
  void anotherPeerCauseOrHostIsNotHiddenAmongThem() {
    singles(EVE, 1000, START);

    assertThat(failures.isSingle(new Way("not_allowed", "10.0.0.1", "spiffe://test/b"), START))
        .isTrue();
    assertThat(failures.isSingle(new Way("unknown_ca", "10.0.0.1", "spiffe://test/eve"), START))
        .isTrue();
    assertThat(failures.isSingle(new Way("not_allowed", "10.0.0.2", "spiffe://test/eve"), START))
        .isTrue();
  }

  @Test
  void whoComesFromEverNewAddressesIsOneAfterMany() {
    int singles = 0;
    for (int n = 0; n < 100_000; n++) {
      singles += failures.isSingle(new Way("not_tls", "10.0.0." + n, null), START) ? 1 : 0;
    }
    assertThat(singles).isEqualTo(512 + 10);

    failures.tellAll();
    assertThat(told()).hasSize(1);
    assertThat(told().get(0).fields())
        .containsEntry("far", "elsewhere")
        .containsEntry("count", String.valueOf(100_000 - 512 - 10));
  }
}

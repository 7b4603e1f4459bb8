package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.sallyport.Proxy.Stopped;
import io.sallyport.config.DrainConfig;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The phases and their times, on a clock of the test's; DrainIT has the connections. */
final class DrainTest {

  private final EmbeddedChannel clock = new EmbeddedChannel();
  private final Drain drain =
      new Drain(
          () -> new DrainConfig(Duration.ofSeconds(5), Duration.ofSeconds(25)),
          clock.eventLoop(),
          List::of,
          List::of);

  @AfterEach
  void release() {
    clock.finishAndReleaseAll();
  }

  private void pass(int seconds) {
    clock.runPendingTasks();
    clock.advanceTimeBy(seconds, TimeUnit.SECONDS);
    clock.runScheduledPendingTasks();
    clock.runPendingTasks();
  }

  @Test
  void waitsTheDelayBeforeItStopsAccepting() {
    drain.stop();
    pass(4);
    assertThat(drain.phase()).isEqualTo(Drain.Phase.STOPPING);
    assertThat(drain.over()).isNotDone();

    pass(1);

    assertThat(drain.over()).isCompletedWithValue(Stopped.CLEAN);
  }

  @Test
  void anAnnouncementAloneEndsNothing() {
    drain.announce();
    pass(3600);
    assertThat(drain.phase()).isEqualTo(Drain.Phase.ANNOUNCED);
    assertThat(drain.over()).isNotDone();
  }

  @Test
  void aStopAfterAnAnnouncementWaitsNoMore() {
    drain.announce();
    pass(1);
    drain.stop();
    pass(0);
    assertThat(drain.over()).isCompletedWithValue(Stopped.CLEAN);
  }

  @Test
  void anAnnouncementAfterAStopChangesNothing() {
    drain.stop();
    drain.announce();
    pass(1);
    assertThat(drain.phase()).isEqualTo(Drain.Phase.STOPPING);
  }

  @Test
  void aSecondStopDoesNotWait() {
    drain.stop();
    pass(1);
    drain.stop();
    pass(0);
    assertThat(drain.phase()).isEqualTo(Drain.Phase.CUTTING);
    assertThat(drain.over()).isCompletedWithValue(Stopped.CLEAN);
  }
}

package io.sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.sallyport.http.FrontDeadlines.Overdue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a request waits for, and for how long. */
final class FrontDeadlinesTest {

  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private final EmbeddedChannel loop = new EmbeddedChannel();
  private final List<Overdue> overdue = new ArrayList<>();
  private final FrontDeadlines deadlines;

  FrontDeadlinesTest() {
    loop.freezeTime();
    deadlines =
        new FrontDeadlines(
            loop.eventLoop(),
            new Http1FrontTest.Refusing() {
              @Override
              public Duration deadline() {
                return DEADLINE;
              }
            },
            overdue::add);
  }

  @AfterEach
  void close() {
    deadlines.cancel();
    loop.finishAndReleaseAll();
  }

  private void pass(Duration time) {
    loop.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
    loop.runScheduledPendingTasks();
  }

  @Test
  void theDeadlineIsThatOfTheWholeHoweverFarItHasCome() {
    deadlines.requestBegun(true);
    pass(DEADLINE.dividedBy(4));
    deadlines.bodyCame(10);
    deadlines.requestDone();
    pass(DEADLINE.dividedBy(4));
    deadlines.responseBegun();
    pass(DEADLINE.dividedBy(4));
    deadlines.moved();
    assertThat(overdue).isEmpty();

    pass(DEADLINE.dividedBy(4));

    assertThat(overdue).containsExactly(Overdue.DEADLINE);
  }

  @Test
  void eachRequestOfAConnectionHasItsOwn() {
    for (int i = 0; i < 4; i++) {
      deadlines.requestBegun(false);
      pass(DEADLINE.multipliedBy(3).dividedBy(4));
      deadlines.responseBegun();
      deadlines.answered();
      deadlines.waiting();
    }

    assertThat(overdue).isEmpty();
  }

  @Test
  void whatHasBeenAnsweredMayTakeItsTimeToArrive() {
    deadlines.requestBegun(false);
    deadlines.responseBegun();
    deadlines.answered();

    pass(DEADLINE.multipliedBy(10));

    assertThat(overdue).isEmpty();
  }
}

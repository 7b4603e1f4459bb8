package io.sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.sallyport.config.Http2Limits;
import io.sallyport.config.HttpLimits;
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
  private static final Duration RESPONSE = Duration.ofSeconds(60);

  private final EmbeddedChannel loop = new EmbeddedChannel();
  private final List<Overdue> overdue = new ArrayList<>();
  private final FrontDeadlines deadlines;
  private Duration deadline = DEADLINE;
  private long taken;

  FrontDeadlinesTest() {
    loop.freezeTime();
    deadlines =
        new FrontDeadlines(
            loop.eventLoop(),
            new Http1FrontTest.Refusing() {
              @Override
              public HttpLimits limits() {
                return new HttpLimits(
                    1024,
                    4096,
                    20,
                    0,
                    100,
                    RESPONSE,
                    Duration.ZERO,
                    RESPONSE,
                    Duration.ZERO,
                    0,
                    RESPONSE,
                    1,
                    new Http2Limits(100, 65536, 200, 200, 4096, 16));
              }

              @Override
              public Duration deadline() {
                return deadline;
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
    deadlines.requestBegun(true, () -> taken);
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
      deadlines.requestBegun(false, () -> taken);
      pass(DEADLINE.multipliedBy(3).dividedBy(4));
      deadlines.responseBegun();
      deadlines.answered();
      deadlines.waiting();
    }

    assertThat(overdue).isEmpty();
  }

  @Test
  void whatHasBeenAnsweredMayTakeItsTimeToArrive() {
    deadlines.requestBegun(false, () -> taken);
    deadlines.responseBegun();
    deadlines.answered();

    pass(DEADLINE.multipliedBy(10));

    assertThat(overdue).isEmpty();
  }

  /** Its first bytes are there, and more of it is not read before the other side takes them. */
  private void beginWhatIsNotTaken() {
    deadline = Duration.ZERO;
    deadlines.requestBegun(true, () -> taken);
    pass(RESPONSE);
    deadlines.bodyCame(10);
    deadlines.reading(false);
  }

  @Test
  void whoeverTakesNothingOfABodyHasAsLongAsForAnAnswer() {
    beginWhatIsNotTaken();
    pass(RESPONSE.minusNanos(1));
    assertThat(overdue).isEmpty();

    pass(Duration.ofNanos(1));

    assertThat(overdue).containsExactly(Overdue.RESPONSE);
  }

  @Test
  void whoeverTakesSomeOfABodyNowAndThenHasAsLongAsItNeeds() {
    beginWhatIsNotTaken();
    for (int i = 0; i < 10; i++) {
      taken++;
      pass(RESPONSE.multipliedBy(3).dividedBy(4));
    }
    assertThat(overdue).isEmpty();

    pass(RESPONSE.multipliedBy(2));

    assertThat(overdue).containsExactly(Overdue.RESPONSE);
  }

  @Test
  void whereTheBodyIsWhatIsWaitedForNobodyHasToAnswer() {
    beginWhatIsNotTaken();
    deadlines.reading(true);

    pass(RESPONSE.multipliedBy(3));

    assertThat(overdue).isEmpty();
  }
}

package io.sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.sallyport.relay.CloseReason;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How long each connection is kept, whatever the others do. */
final class KeptConnectionsTest {

  private static final Duration UNUSED = Duration.ofSeconds(30);
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final EmbeddedChannel loop = new EmbeddedChannel();
  private final KeptConnections kept = new KeptConnections(loop.eventLoop());

  KeptConnectionsTest() {
    loop.freezeTime();
  }

  @AfterEach
  void close() {
    loop.finishAndReleaseAll();
  }

  /** One that serves as many at once as come. */
  private final class Shared implements ClientConnection {
    private boolean busy;
    private long unusedSince = now();
    private @Nullable CloseReason left;

    @Override
    public @Nullable Answerer next() {
      return null;
    }

    @Override
    public boolean hasRoom() {
      return true;
    }

    @Override
    public long unusedSince() {
      return busy ? now() : unusedSince;
    }

    void rest() {
      busy = false;
      unusedSince = now();
    }

    @Override
    public void leave(CloseReason reason) {
      left = reason;
      kept.forget(this);
    }

    @Override
    public void cut(CloseReason reason) {
      left = reason;
    }
  }

  private long now() {
    return loop.eventLoop().ticker().nanoTime();
  }

  private Shared keep(boolean busy, Duration unused) {
    return keep(busy, unused, 64);
  }

  private Shared keep(boolean busy, Duration unused, int most) {
    Shared connection = new Shared();
    connection.busy = busy;
    kept.keep(connection, most, unused);
    return connection;
  }

  private void pass(Duration time) {
    loop.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
    loop.runScheduledPendingTasks();
  }

  @Test
  void oneThatIsBusyKeepsNoneThatNobodyUses() {
    Shared busy = keep(true, UNUSED);
    Shared unused = keep(false, UNUSED);
    Shared busyToo = keep(true, UNUSED);

    pass(UNUSED);

    assertThat(unused.left).isEqualTo(CloseReason.IDLE_TIMEOUT);
    assertThat(busy.left).isNull();
    assertThat(busyToo.left).isNull();
  }

  @Test
  void eachHasItsTimeFromWhenItWasUsedLast() {
    Shared first = keep(true, UNUSED);
    Shared second = keep(true, UNUSED);
    pass(UNUSED.dividedBy(2));
    second.rest();
    pass(UNUSED.dividedBy(4));
    first.rest();

    pass(UNUSED.multipliedBy(3).dividedBy(4));
    assertThat(second.left).isEqualTo(CloseReason.IDLE_TIMEOUT);
    assertThat(first.left).isNull();

    pass(UNUSED.dividedBy(4));
    assertThat(first.left).isEqualTo(CloseReason.IDLE_TIMEOUT);
  }

  @Test
  void oneThatIsKeptForLessGoesBeforeThoseThatWereThere() {
    Shared longer = keep(false, UNUSED);
    Shared shorter = keep(false, UNUSED.dividedBy(3));

    pass(UNUSED.dividedBy(3));

    assertThat(shorter.left).isEqualTo(CloseReason.IDLE_TIMEOUT);
    assertThat(longer.left).isNull();
    pass(UNUSED.multipliedBy(2).dividedBy(3));
    assertThat(longer.left).isEqualTo(CloseReason.IDLE_TIMEOUT);
  }

  @Test
  void moreThanAreToBeKeptStayForASecondAndThoseThatAreUsedForAsLongAsTheyAre() {
    Shared first = keep(false, UNUSED, 2);
    Shared busy = keep(true, UNUSED, 2);
    Shared third = keep(false, UNUSED, 2);
    Shared fourth = keep(false, UNUSED, 2);
    pass(SECOND.minusMillis(1));
    assertThat(first.left).isNull();

    pass(Duration.ofMillis(1));
    assertThat(first.left).isEqualTo(CloseReason.LEAVING);
    assertThat(third.left).isEqualTo(CloseReason.LEAVING);
    assertThat(busy.left).isNull();
    assertThat(fourth.left).isNull();

    pass(UNUSED);
    assertThat(busy.left).isNull();
    assertThat(fourth.left).isEqualTo(CloseReason.IDLE_TIMEOUT);
  }

  @Test
  void aSecondIsNotAddedToALessTimeAndDoesNotOutlastTheSurplus() {
    Shared brief = keep(false, SECOND.dividedBy(2), 1);
    Shared briefToo = keep(false, SECOND.dividedBy(2), 1);
    pass(SECOND.dividedBy(2));
    assertThat(brief.left).isNotNull();
    assertThat(briefToo.left).isNotNull();

    Shared surplus = keep(false, UNUSED, 1);
    Shared gone = keep(false, UNUSED, 1);
    kept.forget(gone);
    pass(SECOND);
    assertThat(surplus.left).isNull();
    pass(UNUSED);
    assertThat(surplus.left).isEqualTo(CloseReason.IDLE_TIMEOUT);
  }

  @Test
  void whereNoneIsToBeKeptNoneIs() {
    assertThat(keep(false, UNUSED, 0).left).isEqualTo(CloseReason.LEAVING);
  }

  @Test
  void ofAllTooManyNoMoreThanAThousandStayForThatSecond() {
    Shared first = keep(false, UNUSED, 1);
    for (int i = 0; i < 1000; i++) {
      keep(false, UNUSED, 1);
    }
    assertThat(first.left).isNull();

    keep(false, UNUSED, 1);
    assertThat(first.left).isEqualTo(CloseReason.LEAVING);
  }
}

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
    Shared connection = new Shared();
    connection.busy = busy;
    kept.keep(connection, 64, unused);
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
}

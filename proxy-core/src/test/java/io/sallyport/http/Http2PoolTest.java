package io.sallyport.http;

import static io.sallyport.http.Http2ClientRig.lastHead;
import static io.sallyport.http.Http2ClientRig.settings;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.sallyport.upstream.Dialer.Dialling;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who gets which connection, how many there are, and who waits. */
final class Http2PoolTest {

  private static final Duration UNUSED = Duration.ofSeconds(30);
  private static final Duration WAIT = Duration.ofSeconds(1);

  private final EmbeddedChannel loop = new EmbeddedChannel();
  private final List<EmbeddedChannel> channels = new ArrayList<>();
  private final List<Http2Pool.Made> connecting = new ArrayList<>();
  private final List<Throwable> faults = new ArrayList<>();

  Http2PoolTest() {
    loop.freezeTime();
  }

  @AfterEach
  void close() {
    assertThat(faults).isEmpty();
    for (EmbeddedChannel channel : channels) {
      if (channel.isOpen()) {
        channel.pipeline().firstContext().close();
      }
      channel.finishAndReleaseAll();
    }
    loop.finishAndReleaseAll();
  }

  private Http2Pool pool(int connections) {
    return new Http2Pool(
        loop.eventLoop(),
        new Http2Pool.Source() {
          @Override
          public void connect(EventLoop on, Http2Pool.Made made) {
            connecting.add(made);
          }

          @Override
          public void fault(Throwable thrown) {
            faults.add(thrown);
          }
        },
        "http",
        Http2ClientRig.LIMITS,
        new Http2Pool.Bounds(connections, UNUSED, WAIT));
  }

  /** One that asks, and begins what it gets with a GET. */
  private static final class Taker implements Answerers.Taker {
    private @Nullable Dialling dialling;
    private @Nullable Answerer answerer;
    private @Nullable Refusal refusal;
    private boolean kept;

    @Override
    public void taken(Answerer taken, boolean wasKept) {
      answerer = taken;
      kept = wasKept;
      taken.send(new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/"));
      taken.send(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    @Override
    public void failed(Refusal why, String detail) {
      refusal = why;
    }

    boolean waits() {
      return answerer == null && refusal == null;
    }
  }

  private Taker take(Http2Pool pool) {
    Taker taker = new Taker();
    taker.dialling = pool.take(taker);
    return taker;
  }

  private List<Taker> take(Http2Pool pool, int count) {
    List<Taker> takers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      takers.add(take(pool));
    }
    return takers;
  }

  /** The next dialling ends well. */
  private EmbeddedChannel connected() {
    EmbeddedChannel channel = new EmbeddedChannel();
    channels.add(channel);
    connecting.remove(0).connected(channel);
    settle();
    return channel;
  }

  private void settle() {
    channels.forEach(EmbeddedChannel::runPendingTasks);
    loop.runPendingTasks();
    channels.forEach(EmbeddedChannel::runPendingTasks);
  }

  private void send(EmbeddedChannel channel, byte[]... frames) {
    for (byte[] frame : frames) {
      channel.writeInbound(Unpooled.wrappedBuffer(frame));
    }
    settle();
  }

  private void pass(Duration time) {
    loop.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
    loop.runScheduledPendingTasks();
    settle();
  }

  @Test
  void thoseWhoComeWhileAConnectionIsMadeShareIt() {
    Http2Pool pool = pool(8);
    List<Taker> takers = take(pool, 100);
    assertThat(connecting).hasSize(1);
    assertThat(takers).allMatch(Taker::waits);

    connected();

    assertThat(takers).noneMatch(Taker::waits);
    assertThat(takers.get(0).kept).isFalse();
    assertThat(connecting).isEmpty();
  }

  @Test
  void anotherIsMadeForThoseWhoFindNoRoom() {
    Http2Pool pool = pool(8);
    take(pool, 101);
    assertThat(connecting).hasSize(2);
    connected();
    EmbeddedChannel second = connected();

    assertThat(take(pool).waits()).isFalse();
    assertThat(second.outboundMessages()).isNotEmpty();
  }

  @Test
  void noMoreAreMadeThanThereMayBe() {
    Http2Pool pool = pool(2);
    List<Taker> takers = take(pool, 500);
    assertThat(connecting).hasSize(2);
    EmbeddedChannel first = connected();
    connected();
    assertThat(takers.subList(0, 200)).noneMatch(Taker::waits);
    assertThat(takers.subList(200, 500)).allMatch(Taker::waits);
    assertThat(connecting).isEmpty();

    send(first, settings(), lastHead(3, ":status", "204"), lastHead(5, ":status", "204"));

    assertThat(takers.subList(200, 202)).noneMatch(Taker::waits);
    assertThat(takers.subList(202, 500)).allMatch(Taker::waits);
  }

  @Test
  void whoeverHasWaitedTooLongIsToldSo() {
    Http2Pool pool = pool(1);
    List<Taker> takers = take(pool, 101);
    connected();
    pass(WAIT.dividedBy(2));
    Taker later = take(pool);
    pass(WAIT.dividedBy(2));

    assertThat(takers.get(100).refusal).isEqualTo(Refusal.APPLICATION_UNAVAILABLE);
    assertThat(later.waits()).isTrue();
    pass(WAIT.dividedBy(2));
    assertThat(later.refusal).isEqualTo(Refusal.APPLICATION_UNAVAILABLE);
  }

  @Test
  void whileAConnectionIsMadeItsOwnTimeCounts() {
    Taker taker = take(pool(1));
    pass(WAIT.multipliedBy(3));
    assertThat(taker.waits()).isTrue();

    connected();
    assertThat(taker.answerer).isNotNull();
  }

  @Test
  void whenNoneCanBeMadeAllAreToldWhy() {
    Http2Pool pool = pool(8);
    List<Taker> takers = take(pool, 150);
    connecting.remove(0).failed(Refusal.CONNECTION_REFUSED, "nobody there");
    assertThat(takers).allMatch(Taker::waits);
    connecting.remove(0).failed(Refusal.CONNECTION_TIMEOUT, "nobody there");

    assertThat(takers).allMatch(taker -> taker.refusal == Refusal.CONNECTION_TIMEOUT);
    take(pool);
    assertThat(connecting).hasSize(1);
  }

  @Test
  void whenNoOtherCanBeMadeThoseThatThereAreServe() {
    Http2Pool pool = pool(8);
    take(pool, 100);
    EmbeddedChannel first = connected();
    Taker waiting = take(pool);
    connecting.remove(0).failed(Refusal.CONNECTION_REFUSED, "full");
    assertThat(waiting.waits()).isTrue();

    send(first, settings(), lastHead(3, ":status", "204"));

    assertThat(waiting.answerer).isNotNull();
  }

  @Test
  void thereIsAnEndOfThoseWhoMayWait() {
    Http2Pool pool = pool(1);
    List<Taker> takers = take(pool, 5000);

    assertThat(takers.get(4095).waits()).isTrue();
    assertThat(takers.get(4096).refusal).isEqualTo(Refusal.APPLICATION_UNAVAILABLE);
    assertThat(takers.get(4096).dialling).isNull();
  }

  @Test
  void whoeverLeavesIsNotServed() {
    Http2Pool pool = pool(1);
    Taker leaves = take(pool);
    Taker stays = take(pool);
    requireDialling(leaves).abandon();
    connected();

    assertThat(leaves.waits()).isTrue();
    assertThat(stays.answerer).isNotNull();
  }

  private static Dialling requireDialling(Taker taker) {
    return requireNonNull(taker.dialling);
  }

  @Test
  void whoeverAsksAgainGetsANewConnectionWhereThereMayBeOne() {
    Http2Pool pool = pool(2);
    take(pool);
    connected();
    Taker again = new Taker();
    again.dialling = pool.dial(again);
    assertThat(again.waits()).isTrue();
    assertThat(connecting).hasSize(1);
    connected();
    assertThat(again.answerer).isNotNull();

    Taker third = new Taker();
    third.dialling = pool.dial(third);
    assertThat(connecting).isEmpty();
    assertThat(third.waits()).isTrue();
    settle();
    assertThat(third.answerer).isNotNull();
  }

  @Test
  void whatIsLearntOfTheServerCountsForTheNextConnection() {
    Http2Pool pool = pool(8);
    take(pool);
    EmbeddedChannel first = connected();
    send(first, settings(3, 2));
    take(pool);
    List<Taker> takers = take(pool, 4);
    assertThat(connecting).hasSize(2);
    connected();

    assertThat(takers.subList(0, 2)).noneMatch(Taker::waits);
    assertThat(takers.subList(2, 4)).allMatch(Taker::waits);
  }

  @Test
  void aConnectionThatIsLostIsReplacedForThoseWhoWait() {
    Http2Pool pool = pool(1);
    take(pool, 100);
    EmbeddedChannel first = connected();
    Taker waiting = take(pool);
    first.pipeline().firstContext().close();
    settle();
    assertThat(connecting).hasSize(1);
    connected();

    assertThat(waiting.answerer).isNotNull();
  }

  @Test
  void aPoolThatIsRetiredServesThoseItHasAndNobodyUsesItThen() {
    Http2Pool pool = pool(1);
    List<Taker> takers = take(pool, 101);
    EmbeddedChannel channel = connected();
    pool.retire();
    send(channel, settings(), lastHead(3, ":status", "204"));
    assertThat(takers).noneMatch(Taker::waits);
    assertThat(channel.isOpen()).isTrue();
    for (int i = 0; i < 100; i++) {
      send(channel, lastHead(5 + 2 * i, ":status", "204"));
    }

    assertThat(channel.isOpen()).isFalse();
  }
}

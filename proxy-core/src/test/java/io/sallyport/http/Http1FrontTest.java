package io.sallyport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import io.sallyport.config.Http2Limits;
import io.sallyport.config.HttpLimits;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.ConnectionEvents.Direction;
import io.sallyport.relay.PlainEnd;
import io.sallyport.relay.RelayEvents;
import io.sallyport.relay.RelayTimeouts;
import io.sallyport.upstream.Dialer.Dialling;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a connection does with peers that take, or send, nothing or too little. */
final class Http1FrontTest {

  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final Duration CLOSE = Duration.ofSeconds(10);
  private static final Duration HEADER = Duration.ofSeconds(60);
  private static final int LEAST_PER_SECOND = 100;

  private final Refusing service = new Refusing();
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Stuck stuck = new Stuck();

  @BeforeEach
  void open() throws Exception {
    channel.freezeTime();
    PlainEnd end = new PlainEnd();
    Http1Front front = new Http1Front(service, end, channel.eventLoop());
    channel.pipeline().addLast(stuck).addLast(end).addLast(front);
    front.open();
  }

  @AfterEach
  void close() {
    stuck.release();
    channel.finishAndReleaseAll();
  }

  private void send(String text) {
    channel.writeInbound(Unpooled.copiedBuffer(text, US_ASCII));
  }

  private void writable(boolean writable) {
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, writable);
    channel.runPendingTasks();
  }

  private void pass(Duration time) {
    channel.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
    channel.runScheduledPendingTasks();
    channel.runPendingTasks();
  }

  @Test
  void noRequestIsServedBeforeThePeerHasTakenMostOfTheAnswersBefore() {
    writable(false);
    send(GET + GET + GET);
    send(GET);
    assertThat(service.answered).hasSize(1);
    assertThat(channel.config().isAutoRead()).isFalse();
    pass(Duration.ofMinutes(5));
    assertThat(service.answered).hasSize(1);

    writable(true);

    assertThat(service.answered).hasSize(4);
    assertThat(channel.config().isAutoRead()).isTrue();
  }

  @Test
  void aPeerThatDoesNotTakeTheLastAnswerIsNotWaitedForForEver() {
    stuck.begin();
    send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
    assertThat(service.answered).hasSize(1);
    assertThat(channel.isOpen()).isTrue();

    pass(CLOSE);

    assertThat(channel.isOpen()).isFalse();
    assertThat(service.ended).containsExactly(CloseReason.REQUEST_REFUSED);
  }

  private String written() {
    StringBuilder written = new StringBuilder();
    for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
      written.append(out.toString(US_ASCII));
      out.release();
    }
    return written.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", GET})
  void aHeadThatComesByteByByteHasNoMoreTimeThanAnother(String before) {
    send(before);
    written();
    service.answered.clear();
    for (int i = 0; i < 4; i++) {
      send(GET.substring(i, i + 1));
      assertThat(service.answered).isEmpty();
      pass(HEADER.dividedBy(4));
    }

    assertThat(service.answered)
        .extracting(Answered::refusal)
        .containsExactly(Refusal.HEADER_TIMEOUT);
    assertThat(written()).startsWith("HTTP/1.1 408 ").containsIgnoringCase("connection: close");
    assertThat(channel.isOpen()).isFalse();
    assertThat(service.ended).containsExactly(CloseReason.HEADER_TIMEOUT);
  }

  /** For ten seconds as many bytes as it has to be, and then one less each second. */
  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 9000", "Transfer-Encoding: chunked"})
  void aBodyThatComesTooSlowlyIsNotWaitedFor(String framing) {
    service.refusal = null; // and the application is never there
    send("PUT / HTTP/1.1\r\nHost: a\r\n" + framing + "\r\n\r\n");
    send(framing.startsWith("T") ? "2000\r\n" : "");
    for (int second = 0; second < 20; second++) {
      send("x".repeat(second < 10 ? LEAST_PER_SECOND : LEAST_PER_SECOND - 1));
      assertThat(service.answered).isEmpty();
      pass(Duration.ofSeconds(1));
    }

    assertThat(service.answered)
        .extracting(Answered::refusal)
        .containsExactly(Refusal.BODY_TIMEOUT);
    assertThat(service.givenUp).isOne();
    assertThat(written()).startsWith("HTTP/1.1 408 ").containsIgnoringCase("connection: close");
  }

  /** Takes what is written, and never gets rid of it. */
  private static final class Stuck extends ChannelOutboundHandlerAdapter {
    private final List<Object> held = new ArrayList<>();
    private boolean holding;

    void begin() {
      holding = true;
    }

    void release() {
      held.forEach(ReferenceCountUtil::release);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      if (holding) {
        held.add(message);
      } else {
        ctx.write(message, promise);
      }
    }
  }

  static class Refusing implements Service, RelayEvents, Answerers {
    private @Nullable Refusal refusal = Refusal.DENIED;

    /** Diallings that were abandoned. */
    private int givenUp;

    private final List<Answered> answered = new ArrayList<>();
    private final List<CloseReason> ended = new ArrayList<>();

    @Override
    public Direction requestsGo() {
      return Direction.TO_APPLICATION;
    }

    @Override
    public HttpLimits limits() {
      Duration timeout = Duration.ofSeconds(60);
      return new HttpLimits(
          1024,
          4096,
          20,
          0,
          100,
          HEADER,
          timeout,
          timeout,
          timeout,
          LEAST_PER_SECOND,
          timeout,
          1,
          new Http2Limits(100, 65536, 200, 200, 4096, 16));
    }

    @Override
    public RelayTimeouts timeouts() {
      return new RelayTimeouts(Duration.ofHours(1), Duration.ZERO, CLOSE, Duration.ZERO);
    }

    @Override
    public Judgement judge(RequestHead head) {
      return new Judgement(refusal, this, false, null);
    }

    @Override
    public boolean mayRetry() {
      return true;
    }

    @Override
    public Dialling take(EventLoop loop, Taker taker) {
      return dial(loop, taker);
    }

    @Override
    public Dialling dial(EventLoop loop, Taker taker) {
      if (refusal != null) {
        throw new AssertionError("a refused request was sent on");
      }
      return () -> givenUp++;
    }

    @Override
    public Rewriting rewriting() {
      return RewritingTest.plain();
    }

    @Override
    public boolean isLeaving() {
      return false;
    }

    @Override
    public void lingerOnClose() {}

    @Override
    public RelayEvents events() {
      return this;
    }

    @Override
    public void track(Channel tracked) {}

    @Override
    public void ending(CloseReason reason, @Nullable String word, @Nullable String words) {
      if (!ended.contains(reason)) {
        ended.add(reason);
      }
    }

    @Override
    public void limitReached(HttpLimit limit) {}

    @Override
    public void answered(Answered request) {
      answered.add(request);
    }

    @Override
    public void relayed(Direction direction, int bytes) {}

    @Override
    public void ending(CloseReason reason) {
      ending(reason, null, null);
    }

    @Override
    public void fault(Throwable cause) {
      throw new AssertionError(cause);
    }
  }
}

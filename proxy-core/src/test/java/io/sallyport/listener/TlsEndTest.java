package io.sallyport.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.sallyport.identity.WireWatch;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.StreamEnd;
import java.io.IOException;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What SslHandler and the socket tell, with an engine that has not shaken hands. */
final class TlsEndTest {

  private final AdmissionTest.Recorder events = new AdmissionTest.Recorder();
  private final List<Object> ends = new ArrayList<>();
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final SSLEngine engine = SSLContext.getDefault().createSSLEngine();
  private final Admission admission =
      new Admission("web", () -> AdmissionTest.limits(10, 10), events, (connection, c) -> {});
  private final Connection connection = new Connection("web", channel, events, admission);

  TlsEndTest() throws NoSuchAlgorithmException {
    engine.setUseClientMode(false);
    channel
        .pipeline()
        .addLast(
            new TlsEnd(
                new WireWatch(new SslHandler(engine)), new LingeringClose(), connection, false),
            new ChannelInboundHandlerAdapter() {
              @Override
              public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                ends.add(event);
              }
            });
  }

  @AfterEach
  void release() {
    channel.finishAndReleaseAll();
  }

  private void fire(Object event) {
    channel.pipeline().fireUserEventTriggered(event);
  }

  @Test
  void aFinWithoutACloseNotifyIsATruncation() {
    fire(ChannelInputShutdownEvent.INSTANCE);
    assertThat(ends).containsExactly(StreamEnd.TRUNCATED);
  }

  @Test
  void aCloseNotifyIsTheEndAndItsFinNothingMore() throws SSLException {
    engine.closeInbound();
    fire(SslCloseCompletionEvent.SUCCESS);
    fire(ChannelInputShutdownEvent.INSTANCE);
    assertThat(ends).containsExactly(StreamEnd.FINISHED);
  }

  /** So does Netty say on the first record after our own close_notify. */
  @Test
  void anEndThatTheEngineKnowsNothingOfIsNone() {
    fire(SslCloseCompletionEvent.SUCCESS);
    assertThat(ends).isEmpty();
  }

  @Test
  void aFaultOfTheSocketIsAReset() {
    channel.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));
    assertThat(ends).containsExactly(StreamEnd.RESET);
  }

  @Test
  void aFailedHandshakeIsNotToldAsTheEndOfTheConnection() {
    channel.pipeline().fireExceptionCaught(new DecoderException(new SSLException("not TLS")));
    assertThat(ends).containsExactly(StreamEnd.BROKEN);

    connection.ending(CloseReason.HANDSHAKE_FAILED);
    channel.close();
    assertThat(events.closed).containsExactly(CloseReason.HANDSHAKE_FAILED);
  }

  @Test
  void whatWasWrittenAndTheEndBehindItLeaveTogether() {
    AtomicInteger flushes = new AtomicInteger();
    WireWatch wire = new WireWatch(new SslHandler(engine));
    TlsEnd end = new TlsEnd(wire, new LingeringClose(), connection, false);
    EmbeddedChannel wired =
        new EmbeddedChannel(
            new ChannelOutboundHandlerAdapter() {
              @Override
              public void flush(ChannelHandlerContext ctx) {
                flushes.incrementAndGet();
                ctx.flush();
              }
            },
            wire,
            wire.tls(),
            end);
    flushes.set(0);

    end.finishOutput();

    assertThat(engine.isOutboundDone()).isTrue();
    assertThat(flushes).hasValue(1);
    wired.finishAndReleaseAll();
  }

  @Test
  void aFaultOfOursIsPassedOn() {
    channel.pipeline().fireExceptionCaught(new IllegalStateException("a bug"));
    assertThat(ends).isEmpty();
    assertThatThrownBy(channel::checkException).hasMessage("a bug");
  }
}

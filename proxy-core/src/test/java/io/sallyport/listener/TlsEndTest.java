package io.sallyport.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.StreamEnd;
import io.sallyport.tls.TlsHandler;
import io.sallyport.tls.TlsRig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What {@link TlsHandler} and the socket tell, before any hands were shaken. */
final class TlsEndTest {

  private final AdmissionTest.Recorder events = new AdmissionTest.Recorder();
  private final List<Object> ends = new ArrayList<>();
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Admission admission =
      new Admission("web", () -> AdmissionTest.limits(10, 10), events, (connection, c) -> {});
  private final Connection connection = new Connection("web", channel, events, admission);

  TlsEndTest() {
    channel
        .pipeline()
        .addLast(
            new TlsEnd(TlsRig.handler(), new LingeringClose(), connection, false),
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
  void aCloseNotifyIsTheEndAndItsFinNothingMore() {
    fire(SslCloseCompletionEvent.SUCCESS);
    fire(ChannelInputShutdownEvent.INSTANCE);
    assertThat(ends).containsExactly(StreamEnd.FINISHED);
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
  void aFaultOfOursIsPassedOn() {
    channel.pipeline().fireExceptionCaught(new IllegalStateException("a bug"));
    assertThat(ends).isEmpty();
    assertThatThrownBy(channel::checkException).hasMessage("a bug");
  }
}

package io.sallyport.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class PlainEndTest {

  private final List<Object> events = new ArrayList<>();
  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          new PlainEnd(),
          new ChannelInboundHandlerAdapter() {
            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
              events.add(event);
            }
          });

  @AfterEach
  void release() {
    channel.finishAndReleaseAll();
  }

  @Test
  void aFinIsAProperEnd() {
    channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    assertThat(events).containsExactly(StreamEnd.FINISHED);
  }

  @Test
  void aFaultOfTheSocketIsAReset() {
    channel.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));
    assertThat(events).containsExactly(StreamEnd.RESET);
  }

  @Test
  void aFaultOfOursIsPassedOn() {
    channel.pipeline().fireExceptionCaught(new IllegalStateException("a bug"));
    assertThat(events).isEmpty();
    assertThatThrownBy(channel::checkException).hasMessage("a bug");
  }

  @Test
  void aChannelThatCannotHalfCloseEndsBothWaysAtOnce() {
    channel.close();
    assertThat(events).containsExactly(StreamEnd.CLOSED);
  }
}

package io.sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.sallyport.relay.StreamEnd;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the codec behind it sees of an end. */
final class ProperEndTest {

  private static final String INACTIVE = "inactive";

  private final List<Object> seen = new ArrayList<>();
  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          new ProperEnd(),
          new ChannelInboundHandlerAdapter() {
            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
              seen.add(event);
            }

            @Override
            public void channelInactive(ChannelHandlerContext ctx) {
              seen.add(INACTIVE);
            }
          });

  @AfterEach
  void release() {
    channel.finishAndReleaseAll();
  }

  private void close() {
    channel.close();
    channel.runPendingTasks();
  }

  @ParameterizedTest
  @EnumSource(names = {"FINISHED", "CLOSED"})
  void aProperEndIsTheEndOfTheInput(StreamEnd end) {
    channel.pipeline().fireUserEventTriggered(end);
    close();
    assertThat(seen).containsExactly(ChannelInputShutdownEvent.INSTANCE, INACTIVE);
  }

  @ParameterizedTest
  @EnumSource(names = {"TRUNCATED", "RESET", "BROKEN"})
  void anyOtherIsToldAsItIsAndStaysSo(StreamEnd end) {
    channel.pipeline().fireUserEventTriggered(end);
    channel.pipeline().fireUserEventTriggered(StreamEnd.FINISHED);
    close();
    assertThat(seen).containsExactly(end, INACTIVE);
  }

  @Test
  void aChannelThatIsClosedWithoutAnEndWasCut() {
    close();
    assertThat(seen).containsExactly(StreamEnd.TRUNCATED, INACTIVE);
  }

  @Test
  void whatIsNoEndPasses() {
    channel.pipeline().fireUserEventTriggered("something else");
    assertThat(seen).containsExactly("something else");
  }
}

package io.sallyport.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandler;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What leaves for the network, and when. */
final class WireWatchTest {

  private final AtomicInteger flushes = new AtomicInteger();
  private final WireWatch wire =
      new WireWatch(new SslHandler(SSLContext.getDefault().createSSLEngine()));
  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          new ChannelOutboundHandlerAdapter() {
            @Override
            public void flush(ChannelHandlerContext ctx) {
              flushes.incrementAndGet();
              ctx.flush();
            }
          },
          wire);

  WireWatchTest() throws NoSuchAlgorithmException {}

  @AfterEach
  void release() {
    channel.finishAndReleaseAll();
  }

  @Test
  void whatIsSentTogetherLeavesTogetherAndTheRestByItself() {
    wire.together(
        () -> {
          channel.flush();
          channel.flush();
        });
    assertThat(flushes).hasValue(1);

    channel.flush();
    channel.flush();
    assertThat(flushes).hasValue(3);
  }

  @Test
  void whatIsSentTogetherLeavesThoughSendingItFails() {
    assertThatThrownBy(
            () ->
                wire.together(
                    () -> {
                      channel.flush();
                      throw new IllegalStateException("no");
                    }))
        .hasMessage("no");

    assertThat(flushes).hasValue(1);
  }
}

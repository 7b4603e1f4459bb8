package io.sallyport.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.sallyport.identity.FailedHandshake;
import io.sallyport.identity.HandshakeFailure;
import io.sallyport.policy.Verdict;
import io.sallyport.relay.StreamEnd;
import io.sallyport.tls.TlsRig;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TlsWaitTest {

  private final List<HandshakeFailure> failures = new ArrayList<>();
  private final List<String> done = new ArrayList<>();
  private final EmbeddedChannel channel;

  TlsWaitTest() {
    AdmissionTest.Recorder events = new AdmissionTest.Recorder();
    Admission admission =
        new Admission("web", () -> AdmissionTest.limits(10, 10), events, (connection, c) -> {});
    channel = new EmbeddedChannel();
    channel
        .pipeline()
        .addLast(
            new TlsWait(
                new Connection("web", channel, events, admission),
                () -> {
                  throw new IllegalStateException("no handshake is done here");
                },
                null,
                TlsRig.handler(),
                new LingeringClose(),
                events) {
              @Override
              protected void done(ChannelHandlerContext ctx, TlsSession session, Verdict verdict) {
                done.add(session.version());
              }

              @Override
              protected void failed(ChannelHandlerContext ctx, FailedHandshake failed) {
                failures.add(failed.failure());
              }
            });
  }

  @AfterEach
  void release() {
    channel.finishAndReleaseAll();
  }

  @Test
  void anEndOfTheStreamIsToldBeforeTheChannelIsClosedAndOnlyOnce() {
    channel.closeFuture().addListener(closed -> assertThat(failures).hasSize(1));

    channel.pipeline().fireUserEventTriggered(StreamEnd.TRUNCATED);
    channel
        .pipeline()
        .fireUserEventTriggered(new SslHandshakeCompletionEvent(new ClosedChannelException()));

    assertThat(failures).containsExactly(HandshakeFailure.NO_BYTES);
    assertThat(channel.isOpen()).isFalse();
    assertThat(done).isEmpty();
  }

  @Test
  void aFailureIsToldByItsReason() {
    channel
        .pipeline()
        .fireUserEventTriggered(
            new SslHandshakeCompletionEvent(
                new SSLHandshakeException(
                    "error:10000418:SSL routines:OPENSSL_internal:TLSV1_ALERT_UNKNOWN_CA")));
    assertThat(failures).containsExactly(HandshakeFailure.REFUSED_BY_PEER);
  }
}

package io.sallyport.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.OpenSslCertificateException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.internal.tcnative.CertificateVerifier;
import io.sallyport.rig.Leaks;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real handshakes between two channels in one thread, each byte of them in the test's hands. */
final class TlsHandlerTest {

  private final TwoEnds ends = new TwoEnds();

  @AfterEach
  void nothingIsLeft() throws Exception {
    ends.close();
    Leaks.awaitNone();
  }

  @Test
  void carriesWhatEachSends() {
    ends.shakeHands();

    ends.client.say("question");
    ends.deliver();
    ends.server.say("answer");
    ends.deliver();

    assertThat(ends.server.heard()).isEqualTo("question");
    assertThat(ends.client.heard()).isEqualTo("answer");
    assertThat(ends.server.tls.settled().version()).isEqualTo("TLSv1.3");
    assertThat(ends.client.tls.id()).isNotNull().isEqualTo(ends.server.tls.id());
  }

  @Test
  void carriesItByteByByte() {
    ends.inPiecesOf(1);
    ends.shakeHands();

    ends.client.say("x".repeat(20_000));
    ends.deliver();

    assertThat(ends.server.heard()).isEqualTo("x".repeat(20_000));
    assertThat(ends.server.reads).isLessThan(10);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16_383, 16_384, 16_385, 300_000, 1_000_000})
  void carriesAnyLength(int length) {
    ends.shakeHands();
    byte[] sent = new byte[length];
    new Random(length).nextBytes(sent);

    for (int piece : new int[] {7, 16_406, 65_536, Integer.MAX_VALUE}) {
      if (length / piece > 100_000) {
        continue;
      }
      ends.inPiecesOf(piece);
      ends.client.send(Unpooled.wrappedBuffer(sent.clone()));
      ends.deliver();

      assertThat(ends.server.taken()).isEqualTo(sent);
    }
  }

  @Test
  void joinsWhatIsWrittenInPiecesIntoOneRecord() {
    ends.shakeHands();
    ends.deliver();
    List<ChannelFuture> written = new ArrayList<>();
    for (String piece : List.of("one ", "two ", "three")) {
      written.add(ends.client.channel.write(Unpooled.copiedBuffer(piece, US_ASCII)));
    }
    assertThat(written).noneMatch(ChannelFuture::isDone);

    ends.client.channel.flush();

    assertThat(ends.client.recordsUnderWay()).isEqualTo(1);
    assertThat(written).allMatch(ChannelFuture::isSuccess);
    ends.deliver();
    assertThat(ends.server.heard()).isEqualTo("one two three");
  }

  /** As Netty's HTTP/2 does with the parts of a frame. */
  @Test
  void tellsAPromiseOnceForEachWriteThatItWasGivenWith() {
    ends.shakeHands();
    AtomicInteger told = new AtomicInteger();
    ChannelPromise promise =
        new DefaultChannelPromise(ends.client.channel) {
          @Override
          public boolean trySuccess(@Nullable Void result) {
            told.incrementAndGet();
            return true;
          }

          @Override
          public boolean trySuccess() {
            return trySuccess(null);
          }
        };
    for (String part : List.of("head", "body", "tail")) {
      ends.client.channel.write(Unpooled.copiedBuffer(part, US_ASCII), promise);
    }

    ends.client.channel.flush();

    assertThat(told).hasValue(3);
  }

  @Test
  void doesNotWriteIntoABufferThatOthersMayHold() {
    ends.shakeHands();
    ByteBuf shared = Unpooled.directBuffer(64).writeByte('a');
    ends.client.channel.write(shared.retainedDuplicate());
    ends.client.channel.write(Unpooled.copiedBuffer("b", US_ASCII));
    shared.writeByte('c');
    ends.client.channel.flush();

    assertThat(shared.toString(US_ASCII)).isEqualTo("ac");
    shared.release();
    ends.deliver();
    assertThat(ends.server.heard()).isEqualTo("ab");
  }

  @Test
  void readsOnForWhoeverAskedAndHasHadNothing() {
    ends.shakeHands();
    ends.server.channel.config().setAutoRead(false);
    ends.server.readsAsked = 0;
    ends.inPiecesOf(10);

    ends.client.say("question");
    ends.deliver();

    assertThat(ends.server.heard()).isEqualTo("question");
    assertThat(ends.server.readsAsked).isEqualTo(2); // for each piece of the record but the last
  }

  @Test
  void countsWhatIsWrittenInBulkForTheWaterMarkBeforeAnythingIsFlushed() {
    ends.shakeHands();

    ends.client.channel.write(Unpooled.wrappedBuffer(new byte[200_000]));

    assertThat(ends.client.channel.isWritable()).isFalse();
    ends.client.channel.flush();
    ends.deliver();
    assertThat(ends.server.taken()).hasSize(200_000);
  }

  @Test
  void keepsWhatIsWrittenTooEarlyForTheEndOfTheHandshake() {
    ends.begin();
    ends.client.say("early");
    ends.deliver();

    assertThat(ends.server.heard()).isEqualTo("early");
  }

  @Test
  void takesBuffersOfTheHeapAndOfSeveralParts() {
    ends.shakeHands();
    ByteBuf parts =
        Unpooled.wrappedBuffer(
            Unpooled.copiedBuffer("a", US_ASCII), Unpooled.directBuffer().writeByte('b'));

    ends.client.send(parts);
    ends.client.send(Unpooled.copiedBuffer("c", US_ASCII).asReadOnly());
    ends.deliver();

    assertThat(ends.server.heard()).isEqualTo("abc");
  }

  @Test
  void eitherSideGoesOnWhenTheOtherHasFinished() {
    ends.shakeHands();
    ends.client.tls.finishOutput();
    ends.deliver();
    assertThat(ends.server.events).contains(SslCloseCompletionEvent.SUCCESS);

    ends.server.say("still here");
    ends.deliver();
    assertThat(ends.client.heard()).isEqualTo("still here");
    assertThat(ends.client.events).doesNotContain(SslCloseCompletionEvent.SUCCESS);

    ends.server.tls.finishOutput();
    ends.deliver();
    assertThat(ends.client.events).contains(SslCloseCompletionEvent.SUCCESS);
    assertThat(ends.server.caught).isEmpty();
    assertThat(ends.client.caught).isEmpty();
  }

  @Test
  void finishesBehindWhatWasWrittenAndWithItInOneFlush() {
    ends.shakeHands();
    ends.client.flushes = 0;
    ends.client.channel.write(Unpooled.copiedBuffer("last words", US_ASCII));

    ends.client.tls.finishOutput();
    ends.client.tls.finishOutput();

    assertThat(ends.client.flushes).isEqualTo(1);
    ends.deliver();
    assertThat(ends.server.heard()).isEqualTo("last words");
    assertThat(ends.server.events).containsOnlyOnce(SslCloseCompletionEvent.SUCCESS);
  }

  @Test
  void finishesBehindSessionTicketsThatHaveNotLeftYet() {
    ends.shakeHands();

    ends.server.tls.finishOutput();
    ends.deliver();

    assertThat(ends.client.events).contains(SslCloseCompletionEvent.SUCCESS);
  }

  @Test
  void aCloseSaysSoBehindWhatWasWritten() {
    ends.shakeHands();
    ends.client.channel.write(Unpooled.copiedBuffer("bye", US_ASCII));

    ChannelFuture first = ends.client.channel.close();
    ChannelFuture second = ends.client.channel.close();
    ends.client.channel.runPendingTasks();

    assertThat(first.isSuccess()).isTrue();
    assertThat(second.isSuccess()).isTrue();
    ends.deliver();
    assertThat(ends.server.heard()).isEqualTo("bye");
    assertThat(ends.server.events).contains(SslCloseCompletionEvent.SUCCESS);
  }

  @Test
  void aCloseWaitsForAPeerThatDoesNotReadAndNotForEver() {
    ends.shakeHands();
    Deque<ChannelPromise> stuck = new ArrayDeque<>();
    ends.client
        .channel
        .pipeline()
        .addFirst(
            new ChannelOutboundHandlerAdapter() {
              @Override
              public void write(ChannelHandlerContext ctx, Object data, ChannelPromise promise) {
                ((ByteBuf) data).release();
                stuck.add(promise);
              }
            });

    ChannelFuture closed = ends.client.channel.pipeline().close(); // the channel's has no timers
    assertThat(closed.isDone()).isFalse();

    ends.client.channel.advanceTimeBy(3, TimeUnit.SECONDS);
    ends.client.channel.runScheduledPendingTasks();
    assertThat(closed.isSuccess()).isTrue();
    stuck.forEach(each -> each.setSuccess());
    assertThat(ends.client.caught).isEmpty();
  }

  @Test
  void nothingIsSentBehindACloseNotify() {
    ends.shakeHands();
    ends.client.tls.finishOutput();
    ends.deliver();

    ChannelFuture late =
        ends.client.channel.writeAndFlush(Unpooled.copiedBuffer("too late", US_ASCII));

    assertThat(late.cause()).isNotNull();
    assertThat(ends.client.channel.writeAndFlush(Unpooled.EMPTY_BUFFER).isSuccess()).isTrue();
    assertThat(ends.client.recordsUnderWay()).isZero();
  }

  @Test
  void aRecordThatWasTamperedWithEndsItWithAnAlert() {
    ends.shakeHands();
    ends.client.say("whole");
    ends.client.say("broken");
    ends.client.spoilLastByteUnderWay();
    ends.client.say("never read");

    ends.deliver();

    assertThat(ends.server.heard()).isEqualTo("whole");
    assertThat(ends.server.caught).singleElement().isInstanceOf(FatalAlertSent.class);
    assertThat(ends.server.caught.get(0))
        .hasMessageStartingWith("a record broke TLS, ")
        .hasMessageEndingWith("; answered with a fatal alert");
    assertThat(ends.server.channel.isOpen()).isFalse();
    assertThat(ends.client.caught)
        .singleElement()
        .hasToString(
            "javax.net.ssl.SSLException: "
                + "error:100003fc:SSL routines:OPENSSL_internal:SSLV3_ALERT_BAD_RECORD_MAC");
  }

  @Test
  void whoeverIsRefusedIsToldByTheAlertForIt() {
    OpenSslCertificateException no =
        new OpenSslCertificateException("expired", CertificateVerifier.X509_V_ERR_CERT_HAS_EXPIRED);
    ends.judgeOfServer =
        (chain, host) -> {
          throw no;
        };
    ends.begin();
    ends.deliver();

    assertThat(ends.client.handshake().cause()).hasCause(no);
    assertThat(ends.client.channel.isOpen()).isFalse();
    assertThat(ends.server.handshake().cause())
        .hasMessageContaining("SSLV3_ALERT_CERTIFICATE_EXPIRED");
  }

  @Test
  void aJudgeThatFailsLetsNobodyIn() {
    ends.judgeOfServer =
        (chain, host) -> {
          throw new IllegalStateException("a bug");
        };
    ends.begin();
    ends.deliver();

    assertThat(ends.client.handshake().isSuccess()).isFalse();
    assertThat(ends.server.handshake().isSuccess()).isFalse();
  }

  @Test
  void theJudgeSeesWhatWasShownAndWhoWasMeant() {
    List<String> asked = new ArrayList<>();
    ends.judgeOfServer = (chain, host) -> asked.add(chain.length + " of " + host);

    ends.shakeHands();

    assertThat(asked).containsExactly("1 of app.test");
    assertThat(ends.client.tls.settled().chain()).containsExactlyElementsOf(ends.serverChain());
    assertThat(ends.server.tls.settled().chain()).containsExactlyElementsOf(ends.clientChain());
    assertThat(ends.server.tls.settled().serverName()).isEqualTo("app.test");
  }

  @Test
  void holdsWhatComesWhileTheJudgeIsAskedElsewhereAndThenItsEnd() {
    Deque<Runnable> asked = new ArrayDeque<>();
    ends.judgesAt = asked::add;
    ends.begin();
    for (int i = 0; i < 20 && !ends.server.shookHands(); i++) {
      ends.deliver();
      if (ends.client.tls.isEstablished() && ends.client.said == 0) {
        ends.client.say("held");
        ends.client.tls.finishOutput();
        ends.deliver();
        ends.server.channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        assertThat(ends.server.events).doesNotContain(ChannelInputShutdownEvent.INSTANCE);
      }
      Runnable next = asked.poll();
      if (next != null) {
        next.run();
        ends.runTasks();
      }
    }

    assertThat(ends.server.handshake().isSuccess()).isTrue();
    assertThat(ends.server.heard()).isEqualTo("held");
    assertThat(ends.server.events)
        .containsSubsequence(
            SslHandshakeCompletionEvent.SUCCESS,
            SslCloseCompletionEvent.SUCCESS,
            ChannelInputShutdownEvent.INSTANCE);
  }

  @Test
  void readsNoFurtherThanItHoldsWhileTheJudgeIsAsked() {
    Deque<Runnable> asked = new ArrayDeque<>();
    ends.judgesAt = asked::add;
    ends.begin();
    ends.deliver();
    assertThat(asked).isNotEmpty();

    ends.server.channel.writeInbound(Unpooled.directBuffer().writeZero(64 * 1024));

    assertThat(ends.server.channel.config().isAutoRead()).isFalse();
    asked.remove().run();
    ends.runTasks();
    assertThat(ends.server.channel.config().isAutoRead()).isTrue();
  }

  @Test
  void aConnectionThatGoesWhileTheJudgeIsAskedIsFreedWhenHeHasSpoken() {
    Deque<Runnable> asked = new ArrayDeque<>();
    ends.judgesAt = asked::add;
    ends.begin();
    ends.deliver();
    Runnable verdict = asked.remove();

    ends.server.channel.close();
    ends.runTasks();
    int connections = ends.serverContext().refCnt();
    verdict.run();
    ends.runTasks();

    assertThat(connections).isEqualTo(2);
    assertThat(ends.serverContext().refCnt()).isEqualTo(1);
    assertThat(ends.server.handshake().isSuccess()).isFalse();
  }

  @Test
  void aHandshakeIsNotWaitedForForEver() {
    ends.handshakeTimeout = Duration.ofSeconds(5);
    ends.begin();

    ends.server.channel.advanceTimeBy(5, TimeUnit.SECONDS);
    ends.server.channel.runScheduledPendingTasks();

    assertThat(ends.server.handshake().cause()).hasMessage("not finished in time");
    assertThat(ends.server.channel.isOpen()).isFalse();
    assertThat(ends.server.caught).isEmpty();
  }

  @Test
  void aConnectionThatGoesInTheMiddleFailsItsHandshakeOnceAndWhatWasWritten() {
    ends.begin();
    ChannelFuture early = ends.client.channel.writeAndFlush(Unpooled.copiedBuffer("x", US_ASCII));

    ends.client.channel.close();

    assertThat(ends.client.events)
        .filteredOn(SslHandshakeCompletionEvent.class::isInstance)
        .hasSize(1);
    assertThat(early.isSuccess()).isFalse();
    assertThat(early.isDone()).isTrue();
  }

  @Test
  void whatIsNoTlsIsAnsweredWithNothing() {
    ends.begin();

    ends.server.channel.writeInbound(Unpooled.copiedBuffer("GET / HTTP/1.1\r\n", US_ASCII));

    assertThat(ends.server.handshake().cause()).hasMessage("what came is not TLS");
    assertThat(ends.server.tls.firstBytes().http()).isTrue();
    assertThat(ends.server.recordsUnderWay()).isZero();
    assertThat(ends.server.channel.isOpen()).isFalse();
  }

  @Test
  void takesUpASessionWithTheSameEndpointAndWithNoOther() {
    ends.shakeHands();
    ends.server.say("behind the tickets");
    ends.deliver();
    assertThat(ends.client.tls.settled().resumed()).isFalse();

    ends.again();
    ends.shakeHands();
    assertThat(ends.client.tls.settled().resumed()).isTrue();
    assertThat(ends.server.tls.settled().resumed()).isTrue();
    assertThat(ends.server.tls.settled().chain()).containsExactlyElementsOf(ends.clientChain());

    ends.again();
    ends.port++;
    ends.shakeHands();
    assertThat(ends.client.tls.settled().resumed()).isFalse();
  }

  @Test
  void aTicketOfTls13IsShownOnce() {
    ends.shakeHands();
    ends.server.say("behind the tickets");
    ends.deliver();
    int resumed = 0;
    for (int i = 0; i < 20; i++) {
      ends.again();
      ends.shakeHands(); // and no new ticket is read
      resumed += ends.client.tls.settled().resumed() ? 1 : 0;
    }

    assertThat(resumed).isBetween(1, 8);
  }

  @Test
  void nothingIsSettledBeforeTheHandshakeIsOver() {
    ends.begin();

    assertThatThrownBy(ends.client.tls::settled).isInstanceOf(IllegalStateException.class);
  }
}

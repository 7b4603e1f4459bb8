package io.sallyport.envelope;

import static io.sallyport.envelope.Envelopes.NO_AAD;
import static io.sallyport.envelope.Envelopes.opened;
import static io.sallyport.envelope.Envelopes.primary;
import static io.sallyport.envelope.Envelopes.ring;
import static io.sallyport.envelope.Envelopes.sealed;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.sallyport.envelope.EnvelopeEvents.Operation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The handlers of the sealed format in a pipeline. */
final class StreamHandlersTest {

  private static final byte[] TEXT = "a small secret".getBytes(US_ASCII);
  private static final Object END = ChannelInputShutdownEvent.INSTANCE;

  private final KeyRing ring = primary(KeyUse.SEALED);

  /** What comes out of a pipeline, and how often it was asked to read. */
  private static final class Outcome extends ChannelInboundHandlerAdapter {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    final List<Object> events = new ArrayList<>();
    final List<Throwable> thrown = new ArrayList<>();
    int completed;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
      ByteBuf data = (ByteBuf) message;
      data.readBytes(bytes, data.readableBytes());
      data.release();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      completed++;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      events.add(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      thrown.add(cause);
    }

    EnvelopeFailure failure() {
      assertThat(thrown).hasSize(1);
      return ((EnvelopeFailed) thrown.get(0)).failure();
    }
  }

  private static final class Reads extends ChannelOutboundHandlerAdapter {
    int asked;

    @Override
    public void read(ChannelHandlerContext ctx) {
      asked++;
      ctx.read();
    }
  }

  private static final class Told implements EnvelopeEvents {
    final List<String> words = new ArrayList<>();

    @Override
    public void done(Operation operation) {
      words.add(operation.label());
    }

    @Override
    public void failed(Operation operation, EnvelopeFailure failure) {
      words.add(operation.label() + " " + failure.label());
    }
  }

  private final Outcome outcome = new Outcome();
  private final Reads reads = new Reads();
  private final Told told = new Told();

  private EmbeddedChannel channel(ChannelHandler handler) {
    EmbeddedChannel channel = new EmbeddedChannel(reads, handler, outcome);
    reads.asked = 0;
    outcome.completed = 0;
    return channel;
  }

  private SealingHandler sealing(KeyRing keys) throws EnvelopeFailed {
    return new SealingHandler(
        keys.primary(KeyUse.SEALED), NO_AAD, StreamHandler.INPUT_SHUT_DOWN, told);
  }

  private OpeningHandler opening(KeyRing keys) {
    return new OpeningHandler(keys, NO_AAD, StreamHandler.INPUT_SHUT_DOWN, told);
  }

  private static void read(EmbeddedChannel channel, byte[] bytes) {
    channel.writeInbound(channel.alloc().buffer(Math.max(1, bytes.length)).writeBytes(bytes));
  }

  private static void end(EmbeddedChannel channel) {
    channel.pipeline().fireUserEventTriggered(END);
  }

  @Test
  void sealsUpToTheEndAndPassesTheEndOn() throws Exception {
    EmbeddedChannel channel = channel(sealing(ring));

    read(channel, TEXT);
    read(channel, TEXT);
    assertThat(outcome.events).isEmpty();
    end(channel);

    assertThat(opened(ring, outcome.bytes.toByteArray(), NO_AAD))
        .isEqualTo(Bytes.concat(TEXT, TEXT));
    assertThat(outcome.events).containsExactly(END);
    assertThat(told.words).containsExactly("seal");
    channel.close();
  }

  @Test
  void sealsAnEmptyStreamToo() throws Exception {
    EmbeddedChannel channel = channel(sealing(ring));

    end(channel);

    assertThat(opened(ring, outcome.bytes.toByteArray(), NO_AAD)).isEmpty();
    channel.close();
  }

  @Test
  void aChannelThatIsCutLeavesAMessageThatDoesNotOpenAsAWhole() throws Exception {
    EmbeddedChannel channel = channel(sealing(ring));
    read(channel, new byte[Sealed.CHUNK_BYTES]);

    channel.close();

    assertThatThrownBy(() -> opened(ring, outcome.bytes.toByteArray(), NO_AAD))
        .isInstanceOf(EnvelopeFailed.class);
    assertThat(told.words).isEmpty();
  }

  @Property(tries = 60)
  void whatOneSealsTheOtherOpensWhateverTheReads(
      @ForAll @IntRange(max = 60_000) int length, @ForAll long seed) throws Exception {
    byte[] plaintext = new byte[length];
    Random random = new Random(seed);
    random.nextBytes(plaintext);

    byte[] sealed = through(new SealingHandler(key(), NO_AAD), plaintext, random);
    byte[] opened = through(new OpeningHandler(ring, NO_AAD), sealed, random);

    assertThat(opened).isEqualTo(plaintext);
  }

  private EnvelopeKey key() throws EnvelopeFailed {
    return ring.primary(KeyUse.SEALED);
  }

  private static byte[] through(ChannelHandler handler, byte[] bytes, Random random) {
    Outcome end = new Outcome();
    EmbeddedChannel channel = new EmbeddedChannel(handler, end);
    for (int at = 0; at < bytes.length; ) {
      int piece = Math.min(bytes.length - at, 1 + random.nextInt(20_000));
      read(channel, Arrays.copyOfRange(bytes, at, at + piece));
      at += piece;
    }
    end(channel);
    channel.close();
    assertThat(end.thrown).isEmpty();
    assertThat(end.events).containsExactly(END);
    return end.bytes.toByteArray();
  }

  @Test
  void opensOneByteAtATime() throws Exception {
    byte[] sealed = sealed(ring, TEXT, NO_AAD);
    EmbeddedChannel channel = channel(opening(ring));

    for (byte one : sealed) {
      read(channel, new byte[] {one});
    }
    end(channel);

    assertThat(outcome.bytes.toByteArray()).isEqualTo(TEXT);
    assertThat(told.words).containsExactly("open");
    channel.close();
  }

  @Test
  void anAuthenticEndIsOneHoweverTheChannelCloses() throws Exception {
    EmbeddedChannel channel = channel(opening(ring));
    read(channel, sealed(ring, TEXT, NO_AAD));

    channel.close();

    assertThat(outcome.bytes.toByteArray()).isEqualTo(TEXT);
    assertThat(outcome.thrown).isEmpty();
  }

  @Test
  void whereOtherEventsTellTheEndAChannelThatClosesTellsNothing() throws Exception {
    EmbeddedChannel channel =
        channel(new OpeningHandler(ring, NO_AAD, event -> event.equals("the end"), told));
    read(channel, Arrays.copyOf(sealed(ring, TEXT, NO_AAD), 60));

    channel.close();

    assertThat(outcome.thrown).isEmpty();
    assertThat(outcome.events).isEmpty();
    assertThat(told.words).isEmpty();
  }

  @Test
  void everyTruncationIsToldOnceAndTheEndIsNotPassedOn() throws Exception {
    byte[] sealed = sealed(ring, TEXT, NO_AAD);
    for (int length = 0; length < sealed.length; length++) {
      Outcome end = new Outcome();
      EmbeddedChannel channel = new EmbeddedChannel(new OpeningHandler(ring, NO_AAD), end);
      read(channel, Arrays.copyOf(sealed, length));
      end(channel);
      channel.close();

      assertThat(end.thrown).hasSize(1);
      assertThat(end.events).isEmpty();
      assertThat(end.bytes.size()).isZero();
    }
  }

  @Test
  void afterAChunkThatDoesNotVerifyNothingMoreIsPassedOn() throws Exception {
    byte[] sealed = sealed(ring, new byte[3 * Sealed.CHUNK_BYTES], NO_AAD);
    int second = Envelopes.start(sealed).length() + Sealed.SEALED_CHUNK_BYTES;
    sealed[second + 5] ^= 1;
    EmbeddedChannel channel = channel(opening(ring));

    for (int at = 0; at < sealed.length; at += 10_000) {
      read(channel, Arrays.copyOfRange(sealed, at, Math.min(at + 10_000, sealed.length)));
    }
    end(channel);
    channel.close();

    assertThat(outcome.bytes.size()).isEqualTo(Sealed.CHUNK_BYTES);
    assertThat(outcome.failure()).isEqualTo(EnvelopeFailure.DAMAGED);
    assertThat(outcome.events).isEmpty();
    assertThat(told.words).containsExactly("open damaged");
  }

  @Test
  void aReadThatYieldsNothingAsksForAnother() throws Exception {
    EmbeddedChannel channel = channel(opening(ring));
    channel.config().setAutoRead(false);

    read(channel, Arrays.copyOf(sealed(ring, TEXT, NO_AAD), 20));
    assertThat(reads.asked).isEqualTo(1);
    channel.close();
  }

  @Test
  void aReadThatYieldsSomethingLeavesTheNextOneToWhoeverGotIt() throws Exception {
    EmbeddedChannel channel = channel(opening(ring));
    channel.config().setAutoRead(false);

    read(channel, sealed(ring, new byte[Sealed.CHUNK_BYTES], NO_AAD));

    assertThat(outcome.bytes.size()).isEqualTo(Sealed.CHUNK_BYTES);
    assertThat(reads.asked).isZero();
    channel.close();
  }

  /** Answers when told to. */
  private static final class SlowService implements KeyWrapping {
    final CompletableFuture<byte[]> answer = new CompletableFuture<>();

    @Override
    public CompletionStage<byte[]> wrap(byte[] dataKey) {
      return answer;
    }

    @Override
    public CompletionStage<byte[]> unwrap(byte[] wrapped) {
      return answer;
    }
  }

  private final SlowService slow = new SlowService();
  private final KeyRing slowRing = ring(EnvelopeKey.wrapping("k", KeyState.PRIMARY, slow));

  @Test
  void whileTheKeyIsAskedForInputIsHeldAndThenGoesOnInOrder() throws Exception {
    KeyRing local = primary(KeyUse.WRAP);
    byte[] sealed = sealed(local, TEXT, NO_AAD);
    SealedHeader header = Envelopes.start(sealed).header();
    EmbeddedChannel channel = channel(opening(slowRing));
    read(channel, Arrays.copyOf(sealed, sealed.length - 5));
    read(channel, Arrays.copyOfRange(sealed, sealed.length - 5, sealed.length));
    end(channel);
    assertThat(outcome.events).isEmpty();

    slow.answer.complete(
        Envelopes.done(local.primary(KeyUse.SEALED).wrapping().unwrap(header.wrappedKey())));
    channel.runPendingTasks();

    assertThat(outcome.bytes.toByteArray()).isEqualTo(TEXT);
    assertThat(outcome.events).containsExactly(END);
    assertThat(outcome.completed).isPositive();
    channel.close();
  }

  @Test
  void whileTheKeyIsAskedForNoMoreIsReadThanMayBeHeld() throws Exception {
    EmbeddedChannel channel = channel(sealing(slowRing));
    read(channel, new byte[40_000]);
    assertThat(channel.config().isAutoRead()).isTrue();
    read(channel, new byte[40_000]);
    assertThat(channel.config().isAutoRead()).isFalse();

    slow.answer.complete(new byte[40]);
    channel.runPendingTasks();

    assertThat(channel.config().isAutoRead()).isTrue();
    assertThat(outcome.bytes.size()).isGreaterThan(4 * Sealed.CHUNK_BYTES);
    channel.close();
  }

  @Test
  void aServiceThatFailsEndsTheStream() throws Exception {
    EmbeddedChannel channel = channel(sealing(slowRing));
    read(channel, TEXT);

    slow.answer.completeExceptionally(new IOException("no route"));
    channel.runPendingTasks();
    read(channel, TEXT);
    end(channel);

    assertThat(outcome.failure()).isEqualTo(EnvelopeFailure.KMS_FAILED);
    assertThat(outcome.bytes.size()).isZero();
    assertThat(outcome.events).isEmpty();
    channel.close();
  }

  @Test
  void aFailureAtTheVeryStartIsToldToWhoeverIsAddedLater() throws Exception {
    slow.answer.completeExceptionally(new IOException("no route"));
    EmbeddedChannel channel = new EmbeddedChannel();

    channel.pipeline().addLast(sealing(slowRing));
    channel.pipeline().addLast(outcome);
    channel.runPendingTasks();

    assertThat(outcome.failure()).isEqualTo(EnvelopeFailure.KMS_FAILED);
    channel.close();
  }

  /** One with a fault. */
  private static final class Faulty extends StreamHandler {
    private final boolean atBegin;

    Faulty(boolean atBegin) {
      super(Operation.SEAL, INPUT_SHUT_DOWN, EnvelopeEvents.NONE);
      this.atBegin = atBegin;
    }

    @Override
    void begin(ChannelHandlerContext ctx) {
      if (atBegin) {
        throw new IllegalStateException("a fault");
      }
    }

    @Override
    void process(ChannelHandlerContext ctx, ByteBuf in) {
      throw new OutOfMemoryError("direct memory, say");
    }

    @Override
    void end(ChannelHandlerContext ctx) {}
  }

  @Test
  void aFaultAtTheVeryStartDoesNotLetPlaintextPass() {
    EmbeddedChannel channel = new EmbeddedChannel();

    channel.pipeline().addLast(new Faulty(true));
    channel.pipeline().addLast(outcome);
    read(channel, TEXT);
    channel.runPendingTasks();
    read(channel, TEXT);
    end(channel);

    assertThat(outcome.bytes.size()).isZero();
    assertThat(outcome.events).isEmpty();
    assertThat(outcome.thrown).singleElement().isInstanceOf(IllegalStateException.class);
    channel.close();
  }

  @Test
  void afterAnErrorNothingIsTakenForTheWhole() {
    EmbeddedChannel channel = channel(new Faulty(false));
    ByteBuf data = Unpooled.copiedBuffer(TEXT);

    channel.writeInbound(data);
    end(channel);

    assertThat(data.refCnt()).isZero();
    assertThat(outcome.thrown).singleElement().isInstanceOf(OutOfMemoryError.class);
    assertThat(outcome.events).isEmpty();
    channel.close();
  }

  @Test
  void aChannelThatClosesBeforeTheKeyIsThereIsNoEnd() throws Exception {
    EmbeddedChannel channel = channel(sealing(slowRing));
    read(channel, TEXT);
    end(channel);

    channel.close();
    slow.answer.complete(new byte[40]);
    channel.runPendingTasks();

    assertThat(outcome.failure()).isEqualTo(EnvelopeFailure.KMS_FAILED);
    assertThat(outcome.bytes.size()).isZero();
  }

  @Test
  void otherMessagesAndEventsPassThrough() throws Exception {
    EmbeddedChannel channel = new EmbeddedChannel(sealing(ring));

    channel.writeInbound("something else");

    assertThat(channel.<Object>readInbound()).isEqualTo("something else");
    channel.close();
  }

  @Test
  void dataAfterTheEndIsDropped() throws Exception {
    EmbeddedChannel channel = channel(sealing(ring));
    end(channel);
    int length = outcome.bytes.size();

    ByteBuf late = Unpooled.copiedBuffer(TEXT);
    channel.writeInbound(late);

    assertThat(outcome.bytes.size()).isEqualTo(length);
    assertThat(late.refCnt()).isZero();
    channel.close();
  }
}

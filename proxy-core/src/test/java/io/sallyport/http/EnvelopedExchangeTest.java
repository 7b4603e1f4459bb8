package io.sallyport.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.sallyport.config.BodyEnvelopeConfig;
import io.sallyport.config.BodyEnvelopeConfig.AadField;
import io.sallyport.config.EnvelopeConfig.Action;
import io.sallyport.envelope.ChunkSealer;
import io.sallyport.envelope.EnvelopeEvents.Operation;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.envelope.EnvelopeKey;
import io.sallyport.envelope.InvalidKeyRing;
import io.sallyport.envelope.KeyRing;
import io.sallyport.envelope.KeyState;
import io.sallyport.envelope.KeyWrapping;
import io.sallyport.envelope.Sealed;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.EndOfStream;
import io.sallyport.upstream.Dialer.Dialling;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Bodies whose keys are elsewhere and come late, or never. */
final class EnvelopedExchangeTest {

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Service service = new Service();
  private final Side side = new Side();

  /** A key management service that answers when it is told to. */
  private static final class Service implements KeyWrapping {
    private final List<CompletableFuture<byte[]>> asked = new ArrayList<>();
    private final List<byte[]> answers = new ArrayList<>();

    @Override
    public CompletionStage<byte[]> wrap(byte[] dataKey) {
      return later(dataKey.clone());
    }

    @Override
    public CompletionStage<byte[]> unwrap(byte[] wrapped) {
      return later(wrapped.clone());
    }

    private CompletionStage<byte[]> later(byte[] answer) {
      CompletableFuture<byte[]> question = new CompletableFuture<>();
      asked.add(question);
      answers.add(answer);
      return question;
    }

    void answer() {
      asked.remove(0).complete(answers.remove(0));
    }
  }

  /** Both who asks and what answers, and what they have been told, in order. */
  private final class Side implements Asker, Answerers, Answerer, BodyEnvelope.Events {
    private final List<String> told = new ArrayList<>();
    private final ByteBuf request = Unpooled.buffer();
    private final ByteBuf response = Unpooled.buffer();
    private boolean mayRead = true;
    private @Nullable Exchange exchange;

    /** Both sides are sent parts by one name; whether it is who asks that is. */
    private boolean answering;

    @Override
    public EventLoop loop() {
      return channel.eventLoop();
    }

    @Override
    public void send(HttpResponse head) {
      told.add(head.status().code() + " " + head.headers().get("content-length"));
    }

    @Override
    public void send(HttpContent part) {
      (answering ? response : request).writeBytes(part.content());
      if (part instanceof LastHttpContent) {
        told.add(answering ? "response ended" : "request ended");
      }
      part.release();
    }

    @Override
    public void flush() {}

    @Override
    public boolean takesMore() {
      return true;
    }

    @Override
    public long taken() {
      return request.readableBytes();
    }

    @Override
    public void mayRead(boolean more) {
      mayRead = more;
    }

    @Override
    public void over() {
      told.add("over");
    }

    @Override
    public void refuse(Refusal refusal, @Nullable String detail) {
      told.add("refused " + refusal.label());
    }

    @Override
    public void cut(CloseReason reason, @Nullable String detail) {
      told.add("cut " + reason.label());
    }

    @Override
    public boolean showsCut(HttpResponse head) {
      return true;
    }

    @Override
    public void switched(Answerer application) {
      throw new AssertionError();
    }

    @Override
    public @Nullable Dialling take(EventLoop loop, Taker taker) {
      taker.taken(this, false);
      return null;
    }

    @Override
    public boolean mayRetry() {
      return false;
    }

    @Override
    public Dialling dial(EventLoop loop, Taker taker) {
      throw new AssertionError();
    }

    @Override
    public void serve(Exchange next) {
      exchange = next;
    }

    @Override
    public void send(HttpRequest head) {
      told.add(head.method() + " " + head.headers().get("content-length"));
    }

    @Override
    public void exchangeOver() {}

    @Override
    public void reset() {
      told.add("reset");
    }

    @Override
    public Channel channel() {
      return channel;
    }

    @Override
    public EndOfStream endOfStream() {
      throw new AssertionError();
    }

    @Override
    public void leavePipeline() {}

    @Override
    public void done(Operation operation) {
      told.add(operation.label() + " done");
    }

    @Override
    public void failed(Operation operation, EnvelopeFailed failed) {
      told.add(operation.label() + " failed: " + failed.failure().label());
    }

    @Override
    public void refused(Refusal why) {
      told.add("refused for " + why.cause());
    }

    @Override
    public void fault(Throwable thrown) {
      throw new AssertionError(thrown);
    }
  }

  private EnvelopeKey key() {
    return EnvelopeKey.wrapping("kms", KeyState.PRIMARY, service);
  }

  private EnvelopedExchange exchange(String method, long length) throws InvalidKeyRing {
    BodyEnvelopeConfig config =
        new BodyEnvelopeConfig(
            "r", Action.SEAL, Action.OPEN, List.of("GET"), EnumSet.of(AadField.PATH));
    HttpMethod of = HttpMethod.valueOf(method);
    HttpRequest head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, of, "/o");
    EnvelopedExchange exchange =
        new EnvelopedExchange(
            side,
            side,
            head,
            length,
            new BodyEnvelope(
                config, KeyRing.of(List.of(key())), new RequestHead(of, "a", "/o"), side));
    exchange.begin();
    return exchange;
  }

  private static HttpContent part(String text) {
    return new DefaultHttpContent(Unpooled.copiedBuffer(text, ISO_8859_1));
  }

  @Test
  void aRequestWaitsForItsKeyAndIsThenSentWhole() throws Exception {
    EnvelopedExchange exchange = exchange("PUT", 200_000);
    exchange.request(part("a".repeat(60_000)));
    assertThat(exchange.takesMore()).isTrue();
    exchange.request(part("b".repeat(140_000)));
    assertThat(exchange.takesMore()).isFalse();
    exchange.request(LastHttpContent.EMPTY_LAST_CONTENT);
    assertThat(side.told).isEmpty();
    side.mayRead = false;

    service.answer();
    channel.runPendingTasks();

    int sealed = side.request.readableBytes();
    assertThat(side.told).containsExactly("PUT " + sealed, "seal done", "request ended");
    assertThat(side.mayRead).isTrue();
  }

  @Test
  void aServiceThatRefusesIsNoFaultOfWhoeverAsks() throws Exception {
    EnvelopedExchange exchange = exchange("PUT", 5);
    exchange.request(part("hello"));

    service.asked.remove(0).completeExceptionally(new IOException("no"));
    channel.runPendingTasks();

    assertThat(side.told).containsExactly("seal failed: kms_failed", "refused key_unavailable");
    exchange.request(LastHttpContent.EMPTY_LAST_CONTENT);
    assertThat(side.told).hasSize(2);
  }

  @Test
  void whoGoesWhileTheKeyIsWaitedForIsTakenNowhere() throws Exception {
    EnvelopedExchange exchange = exchange("PUT", 5);
    exchange.request(part("hello"));
    exchange.abandon();

    service.answer();
    channel.runPendingTasks();

    assertThat(side.told).isEmpty();
  }

  private byte[] sealed(String text) throws Exception {
    CompletionStage<ChunkSealer> begun = Sealed.seal(key(), "path=/o".getBytes(UTF_8));
    service.answer();
    ChunkSealer sealer = begun.toCompletableFuture().join();
    ByteBuf out = Unpooled.buffer();
    sealer.seal(Unpooled.copiedBuffer(text, ISO_8859_1), out);
    sealer.finish(out);
    return ByteBufUtil.getBytes(out);
  }

  private EnvelopedExchange asked() throws Exception {
    EnvelopedExchange exchange = exchange("GET", 0);
    exchange.request(LastHttpContent.EMPTY_LAST_CONTENT);
    side.told.clear();
    side.answering = true;
    return exchange;
  }

  private void respond(byte[] body) {
    Exchange to = requireNonNull(side.exchange);
    DefaultHttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head.headers().set("content-length", body.length);
    to.response(head);
    to.response(new DefaultHttpContent(Unpooled.wrappedBuffer(body)));
    to.response(LastHttpContent.EMPTY_LAST_CONTENT);
  }

  @Test
  void aResponseThatIsCompleteBeforeItsKeyIsThereIsOverOnlyWhenItIsSent() throws Exception {
    byte[] body = sealed("hello");
    asked();
    respond(body);
    assertThat(side.told).isEmpty();

    service.answer();
    channel.runPendingTasks();

    assertThat(side.told).containsExactly("200 5", "open done", "response ended", "over");
    assertThat(side.response.toString(ISO_8859_1)).isEqualTo("hello");
  }

  @Test
  void aResponseWhoseKeyCannotBeHadIsRefused() throws Exception {
    byte[] body = sealed("hello");
    asked();
    respond(body);

    service.asked.remove(0).completeExceptionally(new IOException("no"));
    channel.runPendingTasks();

    assertThat(side.told).containsExactly("open failed: kms_failed", "refused key_unavailable");
  }

  /** Two full chunks and an empty one: a beginning of something longer could look like it. */
  @Test
  void theLastByteThatWasToldWaitsForTheEndToBeVerified() throws Exception {
    byte[] body = sealed("x".repeat(2 * Sealed.CHUNK_BYTES));
    int end = body.length - 16;
    body[end] ^= 1;
    asked();
    Exchange to = requireNonNull(side.exchange);
    DefaultHttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head.headers().set("content-length", body.length);
    to.response(head);
    int first = end - Sealed.SEALED_CHUNK_BYTES;
    to.response(new DefaultHttpContent(Unpooled.wrappedBuffer(body, 0, first)));
    service.answer();
    channel.runPendingTasks();
    assertThat(side.told).isEmpty();
    to.response(new DefaultHttpContent(Unpooled.wrappedBuffer(body, first, end - first)));
    assertThat(side.told).containsExactly("200 " + 2 * Sealed.CHUNK_BYTES);
    assertThat(side.response.readableBytes()).isEqualTo(Sealed.CHUNK_BYTES);

    to.response(new DefaultHttpContent(Unpooled.wrappedBuffer(body, end, 16)));
    to.response(LastHttpContent.EMPTY_LAST_CONTENT);

    assertThat(side.response.readableBytes()).isEqualTo(Sealed.CHUNK_BYTES);
    assertThat(side.told)
        .containsExactly(
            "200 " + 2 * Sealed.CHUNK_BYTES,
            "reset",
            "open failed: damaged",
            "cut envelope_refused");
  }

  @Test
  void aConnectionThatBreaksBeforeAnythingIsVerifiedIsABadGateway() throws Exception {
    byte[] body = sealed("hello");
    asked();
    Exchange to = requireNonNull(side.exchange);
    to.response(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK));
    to.response(new DefaultHttpContent(Unpooled.wrappedBuffer(body)));
    service.answer();
    channel.runPendingTasks();

    to.applicationGone(
        Refusal.CONNECTION_TERMINATED, CloseReason.RESPONSE_INCOMPLETE, "it has gone");

    assertThat(side.told).containsExactly("refused connection_terminated");
  }
}

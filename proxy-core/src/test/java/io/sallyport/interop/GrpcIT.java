package io.sallyport.interop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.sallyport.rig.GrpcApplication;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** gRPC by grpc-java: a client with a certificate outside, a server without TLS inside. */
final class GrpcIT {

  private static final int MIB = 1 << 20;
  private static final long LONGEST_WAIT_SECONDS = 20;

  private static final Metadata.Key<String> TEXT =
      Metadata.Key.of("x-text", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<byte[]> BYTES =
      Metadata.Key.of("x-bytes-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private final Pki pki;
  private final RecordedLog log = RecordedLog.start();

  GrpcIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @AfterEach
  void stop() {
    assertThat(log.faults()).isEmpty();
    log.close();
  }

  private RunningProxy proxy(String application) {
    return RunningProxy.with(
        pki,
        """
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", protocol = http, app-protocol = h2c
          peer-header = spiffe-id
          allow = [ { uri = "spiffe://test/client", methods = POST, paths = "/test.Echo/*" } ]
        }
        """
            .formatted(application));
  }

  /** Ends the calls on a channel with it. */
  private record Client(ManagedChannel channel) implements AutoCloseable {
    byte[] unary(byte[] request) {
      return unary(request, CallOptions.DEFAULT);
    }

    byte[] unary(byte[] request, CallOptions options) {
      return ClientCalls.blockingUnaryCall(channel, GrpcApplication.UNARY, options, request);
    }

    @Override
    public void close() {
      channel.shutdownNow();
    }
  }

  private Client client(RunningProxy proxy) throws IOException {
    return new Client(
        NettyChannelBuilder.forAddress("localhost", proxy.port("web"))
            .sslContext(
                GrpcSslContexts.forClient()
                    .trustManager(pki.file("ca.crt").toFile())
                    .keyManager(pki.file("client.crt").toFile(), pki.file("client.key").toFile())
                    .build())
            .maxInboundMessageSize(64 * MIB)
            .build());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static CallOptions within(long millis) {
    return CallOptions.DEFAULT.withDeadlineAfter(millis, TimeUnit.MILLISECONDS);
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    assertThat(latch.await(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS)).isTrue();
  }

  /** Keeps what comes. */
  private static final class Received implements StreamObserver<byte[]> {
    private final BlockingQueue<byte[]> messages = new LinkedBlockingQueue<>();
    private final CompletableFuture<Status> end = new CompletableFuture<>();

    @Override
    public void onNext(byte[] message) {
      messages.add(message);
    }

    @Override
    public void onError(Throwable error) {
      end.complete(Status.fromThrowable(error));
    }

    @Override
    public void onCompleted() {
      end.complete(Status.OK);
    }

    String next() throws InterruptedException {
      return new String(
          requireNonNull(messages.poll(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS)), UTF_8);
    }

    Status end() {
      return end.orTimeout(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS).join();
    }
  }

  @Test
  void aCallIsAnsweredAndItsServerLearnsWhoIsCalling() throws Exception {
    try (GrpcApplication application = GrpcApplication.echo();
        RunningProxy proxy = proxy(application.address());
        Client client = client(proxy)) {
      assertThat(client.unary(bytes("hello"))).isEqualTo(bytes("hello"));

      Metadata asked = application.nextHeaders();
      assertThat(asked.getAll(GrpcApplication.key("x-peer-spiffe-id")))
          .containsExactly("spiffe://test/client");
      assertThat(asked.getAll(GrpcApplication.key("te"))).isIn(null, List.of("trailers"));
    }
  }

  /** From the client's plaintext to the server's, as config/grpc.conf has it. */
  private RunningProxy outbound(RunningProxy in) {
    return RunningProxy.with(
        pki,
        """
        outbound.out {
          listen = "127.0.0.1:0", connect = "127.0.0.1:%d", identity = client, protocol = http
          alpn = [ h2 ], allow = [ { uri = "spiffe://test/server" } ]
          http { response-timeout = off, min-body-rate = off }
        }
        """
            .formatted(in.port("web")));
  }

  private static Client plainClient(RunningProxy out) {
    return new Client(
        NettyChannelBuilder.forAddress("127.0.0.1", out.port("out")).usePlaintext().build());
  }

  @Test
  void callsOfEveryKindGoOverTwoSidecars() throws Exception {
    try (GrpcApplication application =
            GrpcApplication.streaming(
                answers -> {
                  answers.onNext(bytes("first"));
                  answers.onError(Status.DATA_LOSS.withDescription("gone").asRuntimeException());
                });
        RunningProxy in = proxy(application.address());
        RunningProxy out = outbound(in);
        Client client = plainClient(out)) {
      assertThat(client.unary(bytes("hello"), within(20_000))).isEqualTo(bytes("hello"));
      assertThat(application.nextHeaders().getAll(GrpcApplication.key("x-peer-spiffe-id")))
          .containsExactly("spiffe://test/client");

      Iterator<byte[]> answers =
          ClientCalls.blockingServerStreamingCall(
              client.channel(), GrpcApplication.SERVER_STREAM, within(20_000), bytes("all"));
      assertThat(answers.next()).isEqualTo(bytes("first"));
      assertThatThrownBy(answers::hasNext).hasMessage("DATA_LOSS: gone");

      Received counted = new Received();
      StreamObserver<byte[]> questions =
          ClientCalls.asyncClientStreamingCall(
              client.channel().newCall(GrpcApplication.CLIENT_STREAM, CallOptions.DEFAULT),
              counted);
      for (int i = 0; i < 1000; i++) {
        questions.onNext(new byte[i]);
      }
      questions.onCompleted();
      assertThat(counted.next()).isEqualTo("1000 messages of 499500 bytes");
      assertThat(counted.end()).isEqualTo(Status.OK);

      Received echoed = new Received();
      StreamObserver<byte[]> both =
          ClientCalls.asyncBidiStreamingCall(
              client.channel().newCall(GrpcApplication.BOTH_STREAM, CallOptions.DEFAULT), echoed);
      for (int i = 0; i < 100; i++) {
        both.onNext(bytes("message " + i));
        assertThat(echoed.next()).isEqualTo("message " + i);
      }
      both.onCompleted();
      assertThat(echoed.end()).isEqualTo(Status.OK);
      assertThat(out.metric("sallyport_upstream_connections_active{listener=\"out\"}")).isOne();
    }
  }

  @Test
  void aDeadlineCancelsACallOverTwoSidecars() throws Exception {
    CountDownLatch cancelled = new CountDownLatch(1);
    try (GrpcApplication application =
            GrpcApplication.streaming(
                answers -> {
                  if (Context.current().getDeadline() != null) {
                    ((ServerCallStreamObserver<byte[]>) answers)
                        .setOnCancelHandler(cancelled::countDown);
                  }
                });
        RunningProxy in = proxy(application.address());
        RunningProxy out = outbound(in);
        Client client = plainClient(out)) {
      Iterator<byte[]> answers =
          ClientCalls.blockingServerStreamingCall(
              client.channel(), GrpcApplication.SERVER_STREAM, within(1000), bytes("all"));

      assertThatThrownBy(answers::hasNext).hasMessageContaining("DEADLINE_EXCEEDED");
      await(cancelled);
    }
  }

  @Test
  void aServerStreamsItsAnswers() throws Exception {
    try (GrpcApplication application =
            GrpcApplication.streaming(
                answers -> {
                  for (int i = 0; i < 1000; i++) {
                    answers.onNext(bytes("message " + i));
                  }
                  answers.onCompleted();
                });
        RunningProxy proxy = proxy(application.address());
        Client client = client(proxy)) {
      Iterator<byte[]> answers =
          ClientCalls.blockingServerStreamingCall(
              client.channel(), GrpcApplication.SERVER_STREAM, within(20_000), bytes("all"));

      for (int i = 0; i < 1000; i++) {
        assertThat(answers.next()).isEqualTo(bytes("message " + i));
      }
      assertThat(answers.hasNext()).isFalse();
    }
  }

  @Test
  void aClientStreamsItsQuestions() throws Exception {
    try (GrpcApplication application = GrpcApplication.echo();
        RunningProxy proxy = proxy(application.address());
        Client client = client(proxy)) {
      Received received = new Received();
      StreamObserver<byte[]> questions =
          ClientCalls.asyncClientStreamingCall(
              client.channel().newCall(GrpcApplication.CLIENT_STREAM, CallOptions.DEFAULT),
              received);
      for (int i = 0; i < 1000; i++) {
        questions.onNext(new byte[i]);
      }
      questions.onCompleted();

      assertThat(received.next()).isEqualTo("1000 messages of 499500 bytes");
      assertThat(received.end()).isEqualTo(Status.OK);
    }
  }

  @Test
  void bothStreamAndEachMessageArrivesBeforeTheNextOneIsMade() throws Exception {
    try (GrpcApplication application = GrpcApplication.echo();
        RunningProxy proxy = proxy(application.address());
        Client client = client(proxy)) {
      Received received = new Received();
      StreamObserver<byte[]> questions =
          ClientCalls.asyncBidiStreamingCall(
              client.channel().newCall(GrpcApplication.BOTH_STREAM, CallOptions.DEFAULT), received);
      for (int i = 0; i < 100; i++) {
        questions.onNext(bytes("message " + i));
        assertThat(received.next()).isEqualTo("message " + i);
      }
      questions.onCompleted();

      assertThat(received.end()).isEqualTo(Status.OK);
    }
  }

  /** Which is not a rapid reset: each has had its answer begun. */
  @Test
  void aClientThatEndsManyStreamsInTheirMiddleKeepsItsConnection() throws Exception {
    try (GrpcApplication application = GrpcApplication.echo();
        RunningProxy proxy = proxy(application.address());
        Client client = client(proxy)) {
      for (int round = 0; round < 8; round++) {
        List<ClientCallStreamObserver<byte[]>> calls = new ArrayList<>();
        List<Received> answers = new ArrayList<>();
        for (int i = 0; i < 90; i++) {
          Received received = new Received();
          ClientCallStreamObserver<byte[]> call =
              (ClientCallStreamObserver<byte[]>)
                  ClientCalls.asyncBidiStreamingCall(
                      client.channel().newCall(GrpcApplication.BOTH_STREAM, CallOptions.DEFAULT),
                      received);
          call.onNext(bytes("hello"));
          calls.add(call);
          answers.add(received);
        }
        for (Received each : answers) {
          assertThat(each.next()).isEqualTo("hello");
        }
        calls.forEach(call -> call.cancel("enough", null));
      }

      assertThat(client.unary(bytes("still here"))).isEqualTo(bytes("still here"));
      assertThat(proxy.metric("sallyport_connections_total{listener=\"web\"}")).isOne();
    }
  }

  /** As many as there may be at once, all out of time at once. */
  @Test
  void aClientWhoseCallsAllRunOutOfTimeKeepsItsConnection() throws Exception {
    try (GrpcApplication application = GrpcApplication.streaming(answers -> {});
        RunningProxy proxy = proxy(application.address());
        Client client = client(proxy)) {
      List<Received> answers = new ArrayList<>();
      List<ClientCallStreamObserver<byte[]>> calls = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        Received received = new Received();
        answers.add(received);
        ClientCalls.asyncServerStreamingCall(
            client.channel().newCall(GrpcApplication.SERVER_STREAM, CallOptions.DEFAULT),
            bytes("all"),
            new Cancellable(received, calls));
      }
      for (int i = 0; i < 100; i++) {
        application.nextHeaders();
      }
      calls.forEach(call -> call.cancel("too late", null));
      for (Received each : answers) {
        assertThat(each.end().getCode()).isEqualTo(Status.Code.CANCELLED);
      }

      assertThat(client.unary(bytes("still here"))).isEqualTo(bytes("still here"));
      assertThat(proxy.metric("sallyport_connections_total{listener=\"web\"}")).isOne();
    }
  }

  /** Keeps what ends the call. */
  private record Cancellable(Received received, List<ClientCallStreamObserver<byte[]>> calls)
      implements ClientResponseObserver<byte[], byte[]> {
    @Override
    public void beforeStart(ClientCallStreamObserver<byte[]> call) {
      calls.add(call);
    }

    @Override
    public void onNext(byte[] message) {
      received.onNext(message);
    }

    @Override
    public void onError(Throwable error) {
      received.onError(error);
    }

    @Override
    public void onCompleted() {
      received.onCompleted();
    }
  }

  @Test
  void metadataGoesBothWaysInHeadersAndTrailers() throws Exception {
    try (GrpcApplication application = GrpcApplication.echo();
        RunningProxy proxy = proxy(application.address());
        Client client = client(proxy)) {
      byte[] everyByte = new byte[256];
      for (int i = 0; i < everyByte.length; i++) {
        everyByte[i] = (byte) i;
      }
      Metadata sent = new Metadata();
      sent.put(TEXT, "one");
      sent.put(TEXT, "two");
      sent.put(BYTES, everyByte);
      AtomicReference<Metadata> headers = new AtomicReference<>(new Metadata());
      AtomicReference<Metadata> trailers = new AtomicReference<>(new Metadata());

      ClientCalls.blockingUnaryCall(
          ClientInterceptors.intercept(
              client.channel(),
              MetadataUtils.newAttachHeadersInterceptor(sent),
              MetadataUtils.newCaptureMetadataInterceptor(headers, trailers)),
          GrpcApplication.UNARY,
          within(20_000),
          bytes("hello"));

      Metadata asked = application.nextHeaders();
      assertThat(asked.getAll(TEXT)).containsExactly("one", "two");
      assertThat(asked.get(BYTES)).isEqualTo(everyByte);
      assertThat(got(headers).getAll(TEXT)).containsExactly("one", "two");
      assertThat(got(headers).get(BYTES)).isEqualTo(everyByte);
      assertThat(got(trailers).getAll(TEXT)).containsExactly("one", "two");
      assertThat(got(trailers).get(BYTES)).isEqualTo(everyByte);
    }
  }

  private static Metadata got(AtomicReference<Metadata> metadata) {
    return requireNonNull(metadata.get());
  }

  @ParameterizedTest
  @ValueSource(strings = {"refused for a reason", "100 % of zürich\r\nmore"})
  void anErrorWithoutAnAnswerArrivesWithItsReason(String reason) throws Exception {
    try (GrpcApplication application =
            GrpcApplication.streaming(
                answers -> {
                  Metadata why = new Metadata();
                  why.put(TEXT, "why");
                  answers.onError(
                      Status.FAILED_PRECONDITION.withDescription(reason).asRuntimeException(why));
                });
        RunningProxy proxy = proxy(application.address());
        Client client = client(proxy)) {
      Iterator<byte[]> answers =
          ClientCalls.blockingServerStreamingCall(
              client.channel(), GrpcApplication.SERVER_STREAM, within(20_000), bytes("all"));

      assertThatThrownBy(answers::hasNext)
          .isInstanceOfSatisfying(
              StatusRuntimeException.class,
              error -> {
                assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
                assertThat(error.getStatus().getDescription()).isEqualTo(reason);
                assertThat(trailers(error).get(TEXT)).isEqualTo("why");
              });
    }
  }

  private static Metadata trailers(StatusRuntimeException error) {
    return requireNonNull(error.getTrailers());
  }

  @Test
  void anErrorBehindSomeAnswersArrivesBehindThem() throws Exception {
    try (GrpcApplication application =
            GrpcApplication.streaming(
                answers -> {
                  answers.onNext(bytes("first"));
                  answers.onError(Status.DATA_LOSS.asRuntimeException());
                });
        RunningProxy proxy = proxy(application.address());
        Client client = client(proxy)) {
      Iterator<byte[]> answers =
          ClientCalls.blockingServerStreamingCall(
              client.channel(), GrpcApplication.SERVER_STREAM, within(20_000), bytes("all"));

      assertThat(answers.next()).isEqualTo(bytes("first"));
      assertThatThrownBy(answers::hasNext).hasMessageContaining("DATA_LOSS");
    }
  }

  @Test
  void aMethodThatIsNotThereIsUnimplementedAndOneThatIsNotAllowedDenied() throws Exception {
    try (GrpcApplication application = GrpcApplication.echo();
        RunningProxy proxy = proxy(application.address());
        Client client = client(proxy)) {
      assertThatThrownBy(() -> call(client, "test.Echo/Nothing"))
          .hasMessageContaining("UNIMPLEMENTED");
      // What grpc-java makes of 403 (doc/http-grpc-status-mapping.md of gRPC).
      assertThatThrownBy(() -> call(client, "test.Other/Unary"))
          .hasMessageContaining("PERMISSION_DENIED");
    }
  }

  private static void call(Client client, String method) {
    ClientCalls.blockingUnaryCall(
        client.channel(), GrpcApplication.unary(method), within(20_000), bytes("hello"));
  }

  @Test
  void aServerThatIsNotThereIsUnavailable() throws Exception {
    try (RunningProxy proxy = proxy("127.0.0.1:1");
        Client client = client(proxy)) {
      assertThatThrownBy(() -> client.unary(bytes("hello"), within(20_000)))
          .hasMessageContaining("UNAVAILABLE");
    }
  }

  @Test
  void aDeadlineIsToldToTheServerAndCancelsItsCall() throws Exception {
    CountDownLatch cancelled = new CountDownLatch(1);
    AtomicInteger deadlines = new AtomicInteger();
    try (GrpcApplication application =
            GrpcApplication.streaming(
                answers -> {
                  if (Context.current().getDeadline() != null) {
                    deadlines.incrementAndGet();
                  }
                  ((ServerCallStreamObserver<byte[]>) answers)
                      .setOnCancelHandler(cancelled::countDown);
                });
        RunningProxy proxy = proxy(application.address());
        Client client = client(proxy)) {
      Iterator<byte[]> answers =
          ClientCalls.blockingServerStreamingCall(
              client.channel(), GrpcApplication.SERVER_STREAM, within(1000), bytes("all"));

      assertThatThrownBy(answers::hasNext).hasMessageContaining("DEADLINE_EXCEEDED");
      await(cancelled);
      assertThat(deadlines).hasValue(1);
    }
  }

  @Test
  void aCallThatItsClientCancelsIsCancelledAtTheServer() throws Exception {
    CountDownLatch cancelled = new CountDownLatch(1);
    try (GrpcApplication application =
            GrpcApplication.streaming(
                answers -> {
                  ((ServerCallStreamObserver<byte[]>) answers)
                      .setOnCancelHandler(cancelled::countDown);
                  answers.onNext(bytes("first"));
                });
        RunningProxy proxy = proxy(application.address());
        Client client = client(proxy)) {
      Context.CancellableContext context = Context.current().withCancellation();
      Received received = new Received();
      context.run(
          () ->
              ClientCalls.asyncServerStreamingCall(
                  client.channel().newCall(GrpcApplication.SERVER_STREAM, CallOptions.DEFAULT),
                  bytes("all"),
                  received));
      assertThat(received.next()).isEqualTo("first");
      context.cancel(null);

      await(cancelled);
      assertThat(received.end().getCode()).isEqualTo(Status.Code.CANCELLED);
      assertThat(client.unary(bytes("again"), within(20_000))).isEqualTo(bytes("again"));
    }
  }

  @Test
  void aClientThatLeavesCancelsItsCalls() throws Exception {
    CountDownLatch cancelled = new CountDownLatch(10);
    try (GrpcApplication application =
            GrpcApplication.streaming(
                answers -> {
                  ((ServerCallStreamObserver<byte[]>) answers)
                      .setOnCancelHandler(cancelled::countDown);
                  answers.onNext(bytes("first"));
                });
        RunningProxy proxy = proxy(application.address())) {
      try (Client client = client(proxy)) {
        for (int i = 0; i < 10; i++) {
          Received received = new Received();
          ClientCalls.asyncServerStreamingCall(
              client.channel().newCall(GrpcApplication.SERVER_STREAM, CallOptions.DEFAULT),
              bytes("all"),
              received);
          assertThat(received.next()).isEqualTo("first");
        }
      }
      await(cancelled);
    }
  }

  @Test
  void aServerThatGoesEndsItsCallsAndTheNextOneFindsItAgain() throws Exception {
    try (GrpcApplication application =
            GrpcApplication.streaming(answers -> answers.onNext(bytes("first")));
        RunningProxy proxy = proxy(application.address());
        Client client = client(proxy)) {
      Received received = new Received();
      ClientCalls.asyncServerStreamingCall(
          client.channel().newCall(GrpcApplication.SERVER_STREAM, CallOptions.DEFAULT),
          bytes("all"),
          received);
      assertThat(received.next()).isEqualTo("first");
      application.restart();

      assertThat(received.end().isOk()).isFalse();
      assertThat(client.unary(bytes("again"), within(20_000).withWaitForReady()))
          .isEqualTo(bytes("again"));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65_535, 65_536, 5 * MIB, 32 * MIB})
  void messagesOfAnySizePass(int size) throws Exception {
    byte[] message = new byte[size];
    for (int i = 0; i < size; i++) {
      message[i] = (byte) (i * 31 + i / 251);
    }
    try (GrpcApplication application = GrpcApplication.echo();
        RunningProxy proxy = proxy(application.address());
        Client client = client(proxy)) {
      assertThat(client.unary(message, within(60_000))).isEqualTo(message);
    }
  }

  @Test
  void aThousandCallsAtOnceAreEachAnsweredWithTheirOwn() throws Exception {
    try (GrpcApplication application = GrpcApplication.echo();
        RunningProxy proxy = proxy(application.address());
        Client client = client(proxy)) {
      List<Future<byte[]>> answers = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        answers.add(
            ClientCalls.futureUnaryCall(
                client.channel().newCall(GrpcApplication.UNARY, within(60_000)),
                bytes("call " + i)));
      }
      for (int i = 0; i < 1000; i++) {
        assertThat(answers.get(i).get(60, TimeUnit.SECONDS)).isEqualTo(bytes("call " + i));
      }
    }
  }

  @Test
  void aHundredStreamsAtOnceEachKeepTheirOrder() throws Exception {
    try (GrpcApplication application = GrpcApplication.echo();
        RunningProxy proxy = proxy(application.address());
        Client client = client(proxy)) {
      List<Received> all = new ArrayList<>();
      List<StreamObserver<byte[]>> questions = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        all.add(new Received());
        questions.add(
            ClientCalls.asyncBidiStreamingCall(
                client.channel().newCall(GrpcApplication.BOTH_STREAM, CallOptions.DEFAULT),
                all.get(i)));
      }
      for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 100; i++) {
          questions.get(i).onNext(bytes(i + "/" + round));
        }
      }
      questions.forEach(StreamObserver::onCompleted);
      for (int i = 0; i < 100; i++) {
        for (int round = 0; round < 20; round++) {
          assertThat(all.get(i).next()).isEqualTo(i + "/" + round);
        }
        assertThat(all.get(i).end()).isEqualTo(Status.OK);
      }
    }
  }

  /** Asks for one answer, and for no more until it is told to. */
  private static final class SlowClient implements ClientResponseObserver<byte[], byte[]> {
    private final CountDownLatch first = new CountDownLatch(1);
    private final CountDownLatch end = new CountDownLatch(1);
    private final AtomicInteger answers = new AtomicInteger();
    private volatile @Nullable ClientCallStreamObserver<byte[]> call;

    @Override
    public void beforeStart(ClientCallStreamObserver<byte[]> stream) {
      call = stream;
      stream.disableAutoRequestWithInitial(1);
    }

    void askForAll() {
      requireNonNull(call).request(Integer.MAX_VALUE);
    }

    @Override
    public void onNext(byte[] answer) {
      answers.incrementAndGet();
      first.countDown();
    }

    @Override
    public void onError(Throwable error) {
      end.countDown();
    }

    @Override
    public void onCompleted() {
      end.countDown();
    }
  }

  @Test
  void aClientThatAsksForNoMoreStopsItsServer() throws Exception {
    int times = 64;
    AtomicInteger sent = new AtomicInteger();
    try (GrpcApplication application =
            GrpcApplication.streaming(
                answers -> {
                  ServerCallStreamObserver<byte[]> call =
                      (ServerCallStreamObserver<byte[]>) answers;
                  call.setOnReadyHandler(
                      () -> {
                        while (call.isReady() && sent.get() < times) {
                          call.onNext(new byte[MIB]);
                          if (sent.incrementAndGet() == times) {
                            call.onCompleted();
                          }
                        }
                      });
                });
        RunningProxy proxy = proxy(application.address());
        Client client = client(proxy)) {
      SlowClient slow = new SlowClient();
      ClientCalls.asyncServerStreamingCall(
          client.channel().newCall(GrpcApplication.SERVER_STREAM, CallOptions.DEFAULT),
          bytes("all"),
          slow);
      await(slow.first);
      // What another call takes meanwhile is time enough for a server that nobody stops.
      assertThat(client.unary(new byte[32 * MIB], within(60_000))).hasSize(32 * MIB);
      assertThat(sent.get()).isLessThan(times);

      slow.askForAll();
      await(slow.end);
      assertThat(slow.answers).hasValue(times);
    }
  }
}

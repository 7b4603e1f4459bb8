package io.sallyport.rig;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A gRPC server over HTTP/2 without TLS, on loopback. Its messages are bytes, so that no compiler
 * of messages is needed; what it is sent as {@code x-text} and {@code x-bytes-bin} it sends back in
 * headers and trailers.
 */
public final class GrpcApplication implements AutoCloseable {

  /** Sends back what it is sent. */
  public static final MethodDescriptor<byte[], byte[]> UNARY = unary("test.Echo/Unary");

  /** Tells how many messages came, and their bytes. */
  public static final MethodDescriptor<byte[], byte[]> CLIENT_STREAM =
      method("test.Echo/ClientStream", MethodType.CLIENT_STREAMING);

  /** Does as the test says. */
  public static final MethodDescriptor<byte[], byte[]> SERVER_STREAM =
      method("test.Echo/ServerStream", MethodType.SERVER_STREAMING);

  /** Sends back each message at once. */
  public static final MethodDescriptor<byte[], byte[]> BOTH_STREAM =
      method("test.Echo/BothStream", MethodType.BIDI_STREAMING);

  private static final Metadata.Key<byte[]> BYTES =
      Metadata.Key.of("x-bytes-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private static final int MOST_BYTES = 64 << 20;

  private final Consumer<StreamObserver<byte[]>> stream;
  private final BlockingQueue<Metadata> headers = new LinkedBlockingQueue<>();
  private Server server;

  private GrpcApplication(Consumer<StreamObserver<byte[]>> stream) {
    this.stream = stream;
    this.server = start(0);
  }

  public static GrpcApplication echo() {
    return streaming(StreamObserver::onCompleted);
  }

  /** The same, and {@link #SERVER_STREAM} is answered so. */
  public static GrpcApplication streaming(Consumer<StreamObserver<byte[]>> stream) {
    return new GrpcApplication(stream);
  }

  /** A method that may be there or not, of one message each way. */
  public static MethodDescriptor<byte[], byte[]> unary(String name) {
    return method(name, MethodType.UNARY);
  }

  public static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
    return MethodDescriptor.<byte[], byte[]>newBuilder(BytesMarshaller.ONE, BytesMarshaller.ONE)
        .setType(type)
        .setFullMethodName(name)
        .build();
  }

  private Server start(int port) {
    ServerServiceDefinition service =
        ServerServiceDefinition.builder("test.Echo")
            .addMethod(
                UNARY,
                ServerCalls.asyncUnaryCall(
                    (request, answers) -> {
                      answers.onNext(request);
                      answers.onCompleted();
                    }))
            .addMethod(
                SERVER_STREAM,
                ServerCalls.asyncServerStreamingCall((request, answers) -> stream.accept(answers)))
            .addMethod(CLIENT_STREAM, ServerCalls.asyncClientStreamingCall(Counting::new))
            .addMethod(BOTH_STREAM, ServerCalls.asyncBidiStreamingCall(Echoing::new))
            .build();
    try {
      return NettyServerBuilder.forAddress(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
          .maxInboundMessageSize(MOST_BYTES)
          .addService(ServerInterceptors.intercept(service, new Recording()))
          .build()
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private final class Recording implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata asked, ServerCallHandler<Q, A> next) {
      headers.add(asked);
      Metadata echoed = new Metadata();
      echoed.merge(asked, Set.of(key("x-text"), BYTES));
      return next.startCall(
          new SimpleForwardingServerCall<>(call) {
            @Override
            public void sendHeaders(Metadata sent) {
              sent.merge(echoed);
              super.sendHeaders(sent);
            }

            @Override
            public void close(Status status, Metadata trailers) {
              trailers.merge(echoed);
              super.close(status, trailers);
            }
          },
          asked);
    }
  }

  private static class Echoing implements StreamObserver<byte[]> {
    final StreamObserver<byte[]> answers;

    Echoing(StreamObserver<byte[]> answers) {
      this.answers = answers;
    }

    @Override
    public void onNext(byte[] message) {
      answers.onNext(message);
    }

    @Override
    public void onError(Throwable error) {
      // The caller has gone.
    }

    @Override
    public void onCompleted() {
      answers.onCompleted();
    }
  }

  private static final class Counting extends Echoing {
    private int messages;
    private long bytes;

    Counting(StreamObserver<byte[]> answers) {
      super(answers);
    }

    @Override
    public void onNext(byte[] message) {
      messages++;
      bytes += message.length;
    }

    @Override
    public void onCompleted() {
      answers.onNext((messages + " messages of " + bytes + " bytes").getBytes(UTF_8));
      answers.onCompleted();
    }
  }

  /** As it is written in a configuration. */
  public String address() {
    return "127.0.0.1:" + server.getPort();
  }

  /** Those of the next call that has not been asked for yet; waits for it. */
  public Metadata nextHeaders() throws InterruptedException {
    Metadata next = headers.poll(20, TimeUnit.SECONDS);
    if (next == null) {
      throw new IllegalStateException("no call has come");
    }
    return next;
  }

  /** Hangs up on everybody, and serves again at the same address. */
  public void restart() throws InterruptedException {
    int port = server.getPort();
    close();
    server.awaitTermination(20, TimeUnit.SECONDS);
    server = start(port);
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}

package io.sallyport.rig;

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
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A SPIFFE Workload API by grpc-java on a Unix socket. It gives what the test says, to whoever is
 * there and whoever comes.
 */
public final class SpiffeAgent implements AutoCloseable {

  private static final MethodDescriptor<byte[], byte[]> FETCH =
      MethodDescriptor.<byte[], byte[]>newBuilder(BytesMarshaller.ONE, BytesMarshaller.ONE)
          .setType(MethodType.SERVER_STREAMING)
          .setFullMethodName("SpiffeWorkloadAPI/FetchX509SVID")
          .build();

  private static final Metadata.Key<String> SECURITY =
      Metadata.Key.of("workload.spiffe.io", Metadata.ASCII_STRING_MARSHALLER);

  private final Path socket;
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final List<StreamObserver<byte[]>> streams = new ArrayList<>();
  private byte @Nullable [] answer;
  private Status refusal = Status.PERMISSION_DENIED.withDescription("no identity issued");
  private int calls;
  private Server server;

  /** Gives nobody anything yet. */
  public SpiffeAgent(Path socket) {
    this.socket = socket;
    this.server = start();
  }

  private Server start() {
    ServerServiceDefinition service =
        ServerServiceDefinition.builder("SpiffeWorkloadAPI")
            .addMethod(
                FETCH,
                ServerCalls.asyncServerStreamingCall(
                    (byte[] request, StreamObserver<byte[]> answers) -> asked(request, answers)))
            .build();
    try {
      return NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
          .channelType(EpollServerDomainSocketChannel.class)
          .bossEventLoopGroup(loops)
          .workerEventLoopGroup(loops)
          .addService(ServerInterceptors.intercept(service, new Guard()))
          .build()
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As the standard asks of an agent. */
  private static final class Guard implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata asked, ServerCallHandler<Q, A> next) {
      if (!"true".equals(asked.get(SECURITY))) {
        call.close(Status.INVALID_ARGUMENT.withDescription("security header"), new Metadata());
        return new ServerCall.Listener<>() {};
      }
      return next.startCall(call, asked);
    }
  }

  private synchronized void asked(byte[] request, StreamObserver<byte[]> stream) {
    calls++;
    if (request.length > 0) {
      stream.onError(Status.INVALID_ARGUMENT.asRuntimeException());
    } else if (answer == null) {
      stream.onError(refusal.asRuntimeException());
    } else {
      ((ServerCallStreamObserver<byte[]>) stream)
          .setOnCancelHandler(
              () -> {
                synchronized (this) {
                  streams.remove(stream);
                }
              });
      streams.add(stream);
      stream.onNext(answer);
    }
  }

  public synchronized SpiffeAgent give(SvidMessage message) {
    return give(message.bytes());
  }

  public synchronized SpiffeAgent give(byte[] message) {
    answer = message;
    List.copyOf(streams).forEach(stream -> stream.onNext(message));
    return this;
  }

  /** Ends every call so, and answers none otherwise. */
  public synchronized SpiffeAgent refuse(Status status) {
    answer = null;
    refusal = status;
    List.copyOf(streams).forEach(stream -> stream.onError(status.asRuntimeException()));
    streams.clear();
    return this;
  }

  /** How often it was asked. */
  public synchronized int calls() {
    return calls;
  }

  /** Calls that are being answered. */
  public synchronized int open() {
    return streams.size();
  }

  /** As it is written in a configuration. */
  public String address() {
    return "unix:" + socket;
  }

  /** Hangs up on everybody, and its socket goes. */
  public void stop() {
    server.shutdownNow();
    try {
      server.awaitTermination(20, TimeUnit.SECONDS);
      Files.deleteIfExists(socket);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    synchronized (this) {
      streams.clear();
    }
  }

  public void startAgain() {
    server = start();
  }

  @Override
  public void close() {
    stop();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}

package io.sallyport.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import io.sallyport.config.Address;
import io.sallyport.config.TransportKind;
import io.sallyport.rig.Application;
import io.sallyport.rig.FullBacklog;
import io.sallyport.rig.NameServer;
import io.sallyport.transport.Transport;
import io.sallyport.transport.TransportUnavailable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a dialling, and by which name its failure goes. */
final class DialerIT {

  private static final Duration LONG = Duration.ofSeconds(20);

  private final Transport transport = Transport.of(TransportKind.AUTO);
  private final EventLoopGroup loops = transport.newLoops(1, "dial");
  private final EventLoop loop = loops.next();
  private final NameServer names = new NameServer();
  private final Resolver resolver =
      new Resolver(transport, new SingletonDnsServerAddressStreamProvider(names.address()));
  private final Dialer dialer = new Dialer(transport, resolver);
  private final CompletableFuture<Object> outcome = new CompletableFuture<>();
  private final CompletableFuture<DialFailure> counted = new CompletableFuture<>();

  DialerIT() throws TransportUnavailable {}

  @AfterEach
  void stop() {
    resolver.close();
    names.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private CompletableFuture<Dialer.Dialling> dial(Address target, Duration timeout) {
    return CompletableFuture.supplyAsync(
        () ->
            dialer.dial(
                loop,
                target,
                timeout,
                new DialEvents() {
                  @Override
                  public void dialled() {}

                  @Override
                  public void dialFailed(DialFailure failure) {
                    counted.complete(failure);
                  }
                },
                new Dialer.Outcome() {
                  @Override
                  public void connected(Channel channel) {
                    assertThat(loop.inEventLoop()).isTrue();
                    outcome.complete(channel);
                  }

                  @Override
                  public void failed(DialFailure failure, Throwable cause) {
                    assertThat(loop.inEventLoop()).isTrue();
                    outcome.complete(failure);
                  }
                }),
        loop);
  }

  private Object outcomeOf(Address target, Duration timeout) throws Exception {
    dial(target, timeout);
    return outcome.get(20, TimeUnit.SECONDS);
  }

  @Test
  void connectsAndReadsNothingYet() throws Exception {
    try (Application application =
        Application.serving(socket -> socket.getOutputStream().write('x'))) {
      Channel channel = (Channel) outcomeOf(new Address.Tcp("localhost", application.port()), LONG);
      assertThat(channel.isActive()).isTrue();
      assertThat(channel.config().isAutoRead()).isFalse();
      channel.close().sync();
    }
  }

  @Test
  void nobodyListens() throws Exception {
    int port;
    try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = gone.getLocalPort();
    }
    assertThat(outcomeOf(new Address.Tcp("127.0.0.1", port), LONG)).isEqualTo(DialFailure.REFUSED);
    assertThat(counted).isCompletedWithValue(DialFailure.REFUSED);
  }

  @Test
  void nobodyAnswersInTime() throws Exception {
    try (FullBacklog deaf = new FullBacklog()) {
      assertThat(outcomeOf(new Address.Tcp("127.0.0.1", deaf.port()), Duration.ofMillis(100)))
          .isEqualTo(DialFailure.TIMEOUT);
    }
  }

  @Test
  void aSocketFileIsMissing(@TempDir Path folder) throws Exception {
    assertThat(outcomeOf(new Address.Unix(folder.resolve("none.sock")), LONG))
        .isEqualTo(DialFailure.NO_SUCH_SOCKET);
  }

  @Test
  void aSocketFileIsStale(@TempDir Path folder) throws Exception {
    Path path = folder.resolve("stale.sock");
    try (ServerSocketChannel dead =
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            .bind(UnixDomainSocketAddress.of(path))) {
      assertThat(dead.isOpen()).isTrue();
    }
    assertThat(outcomeOf(new Address.Unix(path), LONG)).isEqualTo(DialFailure.REFUSED);
  }

  @Test
  void aNameIsLookedUp() throws Exception {
    try (Application application = Application.serving(socket -> socket.getInputStream().read())) {
      Channel channel = (Channel) outcomeOf(new Address.Tcp("here.test", application.port()), LONG);
      assertThat(channel.isActive()).isTrue();
      channel.close().sync();
    }
  }

  @Test
  void aNameDoesNotExist() throws Exception {
    assertThat(outcomeOf(new Address.Tcp("nowhere.test", 1), LONG))
        .isEqualTo(DialFailure.NAME_NOT_FOUND);
  }

  @Test
  void aNameServerDoesNotAnswerInTime() throws Exception {
    assertThat(outcomeOf(new Address.Tcp("silent.test", 1), Duration.ofMillis(100)))
        .isEqualTo(DialFailure.TIMEOUT);
  }

  @Test
  void anAbandonedDiallingTellsNothing() throws Exception {
    try (FullBacklog deaf = new FullBacklog()) {
      Dialer.Dialling dialling =
          dial(new Address.Tcp("127.0.0.1", deaf.port()), LONG).get(20, TimeUnit.SECONDS);
      loop.submit(dialling::abandon).sync();
      loop.submit(() -> {}).sync();
      assertThat(deaf.dialling()).isZero();
      assertThat(outcome).isNotDone();
      assertThat(counted).isNotDone();
    }
  }

  @Test
  void anAbandonedLookUpTellsNothing() throws IOException, InterruptedException {
    CompletableFuture<Dialer.Dialling> dialling =
        dial(new Address.Tcp("silent.test", 1), Duration.ofMillis(100));
    dialling.thenAcceptAsync(Dialer.Dialling::abandon, loop).join();
    // The look-up's own deadline passes, and finds nobody to tell.
    loop.schedule(() -> {}, 200, TimeUnit.MILLISECONDS).sync();
    assertThat(outcome).isNotDone();
  }
}

package io.sallyport.cli.inspect;

import io.netty.channel.EventLoopGroup;
import io.sallyport.cli.CommandFailed;
import io.sallyport.config.Address;
import io.sallyport.config.TransportKind;
import io.sallyport.identity.IdentityGeneration;
import io.sallyport.transport.Transport;
import io.sallyport.transport.TransportUnavailable;
import io.sallyport.upstream.DialEvents;
import io.sallyport.upstream.DialFailure;
import io.sallyport.upstream.Dialer;
import io.sallyport.upstream.Resolver;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** Goes to one server as an outbound listener would, time and again. */
final class Visitor implements AutoCloseable {

  private static final Duration CONNECT = Duration.ofSeconds(5);

  private static final DialEvents UNTOLD =
      new DialEvents() {
        @Override
        public void dialled() {}

        @Override
        public void dialFailed(DialFailure failure) {}
      };

  private final Address.Tcp server;
  private final EventLoopGroup loops;
  private final Resolver resolver;
  private final Dialer dialer;

  Visitor(Address.Tcp server) {
    this.server = server;
    Transport transport = transport();
    loops = transport.newLoops(1, "sallyport-inspect");
    resolver = new Resolver(transport);
    dialer = new Dialer(transport, resolver);
  }

  private static Transport transport() {
    try {
      return Transport.of(TransportKind.AUTO);
    } catch (TransportUnavailable e) {
      throw new IllegalStateException("there is always one for auto", e);
    }
  }

  Address.Tcp server() {
    return server;
  }

  /**
   * One handshake, over when this returns.
   *
   * @param host for SNI and the rules, unless it is an IP address; sessions are kept under it
   */
  Handshake visit(IdentityGeneration generation, String host) throws CommandFailed {
    Visit visit = new Visit(server.toString(), generation, host, server.port());
    var loop = loops.next();
    loop.execute(
        () -> {
          try {
            dialer.dial(loop, server, CONNECT, UNTOLD, visit);
          } catch (RuntimeException e) {
            visit.outcome().completeExceptionally(e); // or we would wait for ever
          }
        });
    try {
      return visit.outcome().join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof CommandFailed failed) {
        throw failed;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    resolver.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}

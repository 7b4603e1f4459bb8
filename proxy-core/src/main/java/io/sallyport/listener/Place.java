package io.sallyport.listener;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.sallyport.config.Address;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.transport.CannotListen;
import io.sallyport.transport.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket. One listener after the other may accept at it, so that who comes while they
 * change finds it open: bound anew, it would be closed for a moment, and it could not be bound
 * first, while it is open. Thread-safe.
 */
public final class Place {

  private final Channel server;
  private final Listen listen;
  private final Transport transport;

  /** The server's loop's. */
  private @Nullable Admission admitting;

  private Place(Channel server, Listen listen, Transport transport) {
    this.server = server;
    this.listen = listen;
    this.transport = transport;
  }

  /**
   * Returns when the address is ours; who connects waits until a listener accepts here. Not on an
   * event loop.
   *
   * @throws IOException when it cannot be had; nothing is left behind then
   */
  public static Place bind(Transport transport, EventLoopGroup loops, Listen listen)
      throws IOException {
    Channel server =
        Binding.bind(
            new ServerBootstrap()
                .group(loops)
                .option(ChannelOption.AUTO_READ, false)
                .childHandler(new Admitted()),
            transport,
            listen);
    return new Place(server, listen, transport);
  }

  /** Runs when an admitted channel has been registered with its loop. */
  @ChannelHandler.Sharable
  private static final class Admitted extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      Transport.prepare(channel);
      Admission.of(channel).admitted(channel);
    }
  }

  /** Where it really is, in the form that the transport takes. */
  public SocketAddress address() {
    return Binding.address(server, transport, listen);
  }

  /** Where it really is, as a configuration would have it. */
  public Address where() {
    return address() instanceof InetSocketAddress tcp
        ? new Address.Tcp(tcp.getAddress().getHostAddress(), tcp.getPort())
        : listen.address();
  }

  /**
   * Gives the file of a Unix socket another mode; what listens there stays the same.
   *
   * @throws IOException when the file is not there any more, or takes no other mode
   */
  public void changeMode(int mode) throws IOException {
    Binding.changeMode(server, mode);
  }

  /**
   * Sees to it that a listener may accept here, where the address alone did not tell.
   *
   * @throws CannotListen when it may not
   */
  public void checkUse(Listen next) throws CannotListen {
    Binding.checkUse(address(), next);
  }

  /** Who comes from now on is for this one, and who waits for a slot of the one before it. */
  void admitBy(Admission next) {
    server
        .eventLoop()
        .execute(
            () -> {
              if (admitting == null) {
                server.pipeline().addFirst(next);
              } else {
                admitting.giveWayTo(next);
              }
              admitting = next;
              next.begin();
            });
  }

  /**
   * Closes it, unless another one admits here by now. What was passed to the process is not closed,
   * for it is not passed again: who comes waits, for the next listener or the next process.
   *
   * @return done when nobody comes any more to the one who leaves
   */
  Future<?> leave(Admission leaving) {
    Promise<@Nullable Void> left = server.eventLoop().newPromise();
    server
        .eventLoop()
        .execute(
            () -> {
              if (admitting == leaving && listen.address() instanceof Address.Inherited) {
                server.config().setAutoRead(false);
                server.pipeline().remove(leaving);
                admitting = null;
                left.setSuccess(null);
              } else if (admitting == leaving) {
                server.close().addListener(closed -> left.setSuccess(null));
              } else {
                left.setSuccess(null);
              }
            });
    return left;
  }

  /** Whoever waits here is turned away; for a place at which nobody accepts yet. */
  public void close() {
    server.close();
  }
}

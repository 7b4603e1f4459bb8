package io.sallyport.listener;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.util.AttributeKey;
import io.sallyport.config.Address;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.transport.Transport;
import io.sallyport.transport.UnixSocketFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Objects;

/** Binds a listening channel, TCP or Unix; the file of a Unix socket goes when the channel does. */
public final class Binding {

  private static final int BACKLOG = 4096;

  private static final AttributeKey<UnixSocketFile> FILE =
      AttributeKey.valueOf(Binding.class, "file");

  private Binding() {}

  /**
   * Gives the file of a Unix socket that was bound here another mode.
   *
   * @throws IOException when it is not there any more, or takes no other mode
   */
  static void changeMode(Channel bound, int mode) throws IOException {
    Objects.requireNonNull(bound.attr(FILE).get()).changeMode(mode);
  }

  /**
   * Returns when the address is ours and, unless AUTO_READ is off, connections are accepted. Not on
   * an event loop.
   *
   * @param bootstrap has its loops and handlers; lacks the channel type and the address
   * @throws IOException when it cannot be had; nothing is left behind then
   */
  public static Channel bind(ServerBootstrap bootstrap, Transport transport, Listen listen)
      throws IOException {
    bootstrap.option(ChannelOption.SO_BACKLOG, BACKLOG);
    if (listen.address() instanceof Address.Unix unix) {
      UnixSocketFile file = UnixSocketFile.claim(unix.path(), listen.unixMode());
      try {
        SocketAddress address = transport.unix(new Address.Unix(file.bindPath()));
        return published(file, bound(bootstrap, transport, address));
      } catch (IOException e) {
        file.remove();
        throw e;
      }
    }
    Address.Tcp tcp = (Address.Tcp) listen.address();
    bootstrap.option(ChannelOption.SO_REUSEADDR, true);
    transport.keepAlive(bootstrap);
    SocketAddress address = new InetSocketAddress(address(tcp.host()), tcp.port());
    return bound(bootstrap, transport, address);
  }

  /** Nobody is asked where localhost is, lest plaintext be taken off host (RFC 6761 §6.3). */
  private static InetAddress address(String host) throws UnknownHostException {
    return host.equalsIgnoreCase("localhost")
        ? InetAddress.getLoopbackAddress()
        : InetAddress.getByName(host);
  }

  private static Channel published(UnixSocketFile file, Channel bound) throws IOException {
    try {
      file.publish();
    } catch (IOException e) {
      bound.close().syncUninterruptibly();
      throw e;
    }
    bound.attr(FILE).set(file);
    bound.closeFuture().addListener(closed -> file.remove());
    return bound;
  }

  private static Channel bound(
      ServerBootstrap bootstrap, Transport transport, SocketAddress address) throws IOException {
    var bound =
        bootstrap.channelFactory(transport.servers(address)).bind(address).awaitUninterruptibly();
    if (bound.isSuccess()) {
      return bound.channel();
    }
    throw bound.cause() instanceof IOException cause ? cause : new IOException(bound.cause());
  }
}

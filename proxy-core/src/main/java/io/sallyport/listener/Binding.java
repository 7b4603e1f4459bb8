package io.sallyport.listener;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.util.AttributeKey;
import io.netty.util.NetUtil;
import io.sallyport.config.Address;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.transport.CannotListen;
import io.sallyport.transport.InheritedListener;
import io.sallyport.transport.Transport;
import io.sallyport.transport.UnixSocketFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Objects;

/**
 * Binds a listening channel, TCP or Unix, or takes one that was passed to the process. The file of
 * a Unix socket that was made here goes when the channel does.
 */
public final class Binding {

  private static final int BACKLOG = 4096;

  private static final AttributeKey<UnixSocketFile> FILE =
      AttributeKey.valueOf(Binding.class, "file");

  /** Of one that was passed to the process. */
  private static final AttributeKey<SocketAddress> ADDRESS =
      AttributeKey.valueOf(Binding.class, "address");

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
    if (listen.address() instanceof Address.Inherited inherited) {
      return inherited(bootstrap, transport, inherited, listen);
    }
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

  private static Channel inherited(
      ServerBootstrap bootstrap, Transport transport, Address.Inherited inherited, Listen listen)
      throws IOException {
    InheritedListener passed = transport.inherited(inherited);
    checkUse(passed.address(), listen);
    if (passed.address() instanceof InetSocketAddress) {
      transport.keepAlive(bootstrap);
    }
    Channel channel = done(bootstrap.channelFactory(passed.factory()).register());
    channel.attr(ADDRESS).set(passed.address());
    return channel;
  }

  /**
   * Sees to it that a socket which was passed to the process may be used so: its address is not in
   * the configuration.
   *
   * @throws CannotListen when it may not
   */
  static void checkUse(SocketAddress really, Listen listen) throws CannotListen {
    if (!(listen.address() instanceof Address.Inherited)
        || !(really instanceof InetSocketAddress tcp)) {
      return;
    }
    if (!listen.allowUids().isEmpty()) {
      throw new CannotListen(
          "it listens on TCP, and allow-uid is for Unix sockets", "pass a Unix socket");
    }
    if (!listen.offHost() && !tcp.getAddress().isLoopbackAddress()) {
      throw new CannotListen(
          "it is open to other hosts, on " + NetUtil.toSocketAddressString(tcp),
          "pass a socket on a loopback address, or a Unix socket, or insist by setting"
              + " allow-plaintext-off-host, or admin.allow-off-host for the admin server");
    }
  }

  /** Where a channel that was bound here really listens, in the form that the transport takes. */
  public static SocketAddress address(Channel bound, Transport transport, Listen listen) {
    if (listen.address() instanceof Address.Inherited) {
      return Objects.requireNonNull(bound.attr(ADDRESS).get());
    }
    // A Unix socket is bound under another name first, and that is what the channel knows.
    return listen.address() instanceof Address.Unix unix
        ? transport.unix(unix)
        : bound.localAddress();
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
    return done(bootstrap.channelFactory(transport.servers(address)).bind(address));
  }

  private static Channel done(ChannelFuture begun) throws IOException {
    ChannelFuture bound = begun.awaitUninterruptibly();
    if (bound.isSuccess()) {
      return bound.channel();
    }
    throw bound.cause() instanceof IOException cause ? cause : new IOException(bound.cause());
  }
}

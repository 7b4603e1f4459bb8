package io.sallyport.transport;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.DomainSocketAddress;
import io.sallyport.config.Address;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.OptionalInt;

final class EpollTransport extends Transport {

  private final InheritedSockets inherited;

  EpollTransport() {
    this(InheritedSockets.NONE);
  }

  private EpollTransport(InheritedSockets inherited) {
    this.inherited = inherited;
  }

  @Override
  public String name() {
    return "epoll";
  }

  @Override
  IoHandlerFactory ioHandlers() {
    return BoundedEpoll.factory();
  }

  // An IPv6 socket would do for both families: to connect, at the cost of one more call; to listen,
  // at that of addresses mapped to and fro for every connection.

  @Override
  public ChannelFactory<? extends ServerChannel> servers(SocketAddress address) {
    if (address instanceof DomainSocketAddress) {
      return EpollServerDomainSocketChannel::new;
    }
    return isV4(address)
        ? () -> new EpollServerSocketChannel(SocketProtocolFamily.INET)
        : EpollServerSocketChannel::new;
  }

  @Override
  public Transport inheriting(InheritedSockets sockets) {
    return new EpollTransport(sockets);
  }

  @Override
  public boolean inherits() {
    return true;
  }

  @Override
  public InheritedListener inherited(Address.Inherited address) throws CannotListen {
    return EpollInheritance.of(inherited.take(address.name()));
  }

  @Override
  public ChannelFactory<? extends Channel> clients(SocketAddress address) {
    if (address instanceof DomainSocketAddress) {
      return EpollDomainSocketChannel::new;
    }
    return isV4(address)
        ? () -> new EpollSocketChannel(SocketProtocolFamily.INET)
        : EpollSocketChannel::new;
  }

  private static boolean isV4(SocketAddress address) {
    return ((InetSocketAddress) address).getAddress() instanceof Inet4Address;
  }

  @Override
  public ChannelFactory<? extends DatagramChannel> datagrams() {
    return EpollDatagramChannel::new;
  }

  @Override
  public SocketAddress unix(Address.Unix address) {
    return new DomainSocketAddress(address.path().toString());
  }

  @Override
  public void keepAlive(ServerBootstrap tcp) {
    LinuxKeepAlive.switchOn(tcp);
  }

  @Override
  void switchOnKeepAlive(SocketChannel tcp) {
    LinuxKeepAlive.switchOn(tcp);
  }

  @Override
  public OptionalInt peerUid(Channel unix) {
    try {
      return unix instanceof EpollDomainSocketChannel domain
          ? OptionalInt.of(domain.peerCredentials().uid())
          : OptionalInt.empty();
    } catch (IOException e) {
      return OptionalInt.empty(); // gone already: nobody to let in
    }
  }

  @Override
  public boolean knowsPeerUid() {
    return true;
  }

  @Override
  public boolean knowsOriginalDestination() {
    return true;
  }
}

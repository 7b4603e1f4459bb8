package io.sallyport.transport;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.sallyport.config.Address;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.OptionalInt;

final class IoUringTransport extends Transport {

  @Override
  public String name() {
    return "io_uring";
  }

  @Override
  IoHandlerFactory ioHandlers() {
    return BoundedIoUring.factory();
  }

  @Override
  public ChannelFactory<? extends ServerChannel> servers(SocketAddress address) {
    return address instanceof DomainSocketAddress
        ? IoUringServerDomainSocketChannel::new
        : IoUringServerSocketChannel::new;
  }

  @Override
  public ChannelFactory<? extends Channel> clients(SocketAddress address) {
    return address instanceof DomainSocketAddress
        ? IoUringDomainSocketChannel::new
        : IoUringSocketChannel::new;
  }

  @Override
  public ChannelFactory<? extends DatagramChannel> datagrams() {
    return IoUringDatagramChannel::new;
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
      return unix instanceof IoUringDomainSocketChannel domain
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

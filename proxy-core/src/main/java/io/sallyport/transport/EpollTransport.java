package io.sallyport.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.sallyport.config.Address;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.OptionalInt;

final class EpollTransport extends Transport {

  @Override
  public String name() {
    return "epoll";
  }

  @Override
  IoHandlerFactory ioHandlers() {
    return BoundedEpoll.factory();
  }

  @Override
  public ChannelFactory<? extends ServerChannel> servers(Address address) {
    return address instanceof Address.Unix
        ? EpollServerDomainSocketChannel::new
        : EpollServerSocketChannel::new;
  }

  @Override
  public ChannelFactory<? extends Channel> clients(Address address) {
    return address instanceof Address.Unix
        ? EpollDomainSocketChannel::new
        : EpollSocketChannel::new;
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
  void switchOnKeepAlive(Channel tcp) {
    if (tcp instanceof EpollSocketChannel) {
      tcp.config().setOption(ChannelOption.SO_KEEPALIVE, true);
      tcp.config().setOption(EpollChannelOption.TCP_KEEPIDLE, (int) KEEPALIVE.toSeconds());
      tcp.config().setOption(EpollChannelOption.TCP_KEEPINTVL, KEEPALIVE_PROBE_SECONDS);
      tcp.config().setOption(EpollChannelOption.TCP_KEEPCNT, KEEPALIVE_PROBES);
    }
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
}

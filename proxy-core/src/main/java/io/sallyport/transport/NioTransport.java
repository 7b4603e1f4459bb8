package io.sallyport.transport;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.sallyport.config.Address;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Map;
import java.util.OptionalInt;
import jdk.net.ExtendedSocketOptions;

final class NioTransport extends Transport {

  private static final Map<ChannelOption<Integer>, Integer> KEEPALIVE_OPTIONS =
      Map.of(
          NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE),
          (int) KEEPALIVE.toSeconds(),
          NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL),
          KEEPALIVE_PROBE_SECONDS,
          NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT),
          KEEPALIVE_PROBES);

  @Override
  public String name() {
    return "nio";
  }

  @Override
  IoHandlerFactory ioHandlers() {
    return NioIoHandler.newFactory();
  }

  @Override
  public ChannelFactory<? extends ServerChannel> servers(SocketAddress address) {
    return address instanceof UnixDomainSocketAddress
        ? NioServerDomainSocketChannel::new
        : NioServerSocketChannel::new;
  }

  @Override
  public ChannelFactory<? extends Channel> clients(SocketAddress address) {
    return address instanceof UnixDomainSocketAddress
        ? NioDomainSocketChannel::new
        : NioSocketChannel::new;
  }

  @Override
  public ChannelFactory<? extends DatagramChannel> datagrams() {
    return NioDatagramChannel::new;
  }

  @Override
  public SocketAddress unix(Address.Unix address) {
    return UnixDomainSocketAddress.of(address.path());
  }

  @Override
  public void keepAlive(ServerBootstrap tcp) {
    tcp.childOption(ChannelOption.SO_KEEPALIVE, true);
    KEEPALIVE_OPTIONS.forEach(tcp::childOption);
  }

  @Override
  void switchOnKeepAlive(SocketChannel tcp) {
    tcp.config().setKeepAlive(true);
    KEEPALIVE_OPTIONS.forEach(tcp.config()::setOption);
  }

  @Override
  public OptionalInt peerUid(Channel unix) {
    // The JDK gives a user's name, not the number that SO_PEERCRED holds.
    return OptionalInt.empty();
  }

  @Override
  public boolean knowsPeerUid() {
    return false;
  }

  @Override
  public boolean knowsOriginalDestination() {
    return false;
  }
}

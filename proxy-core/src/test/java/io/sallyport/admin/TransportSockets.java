package io.sallyport.admin;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.sallyport.config.Address;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.transport.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.OptionalInt;

/** Sockets of a real transport; Unix ones get no mode. */
record TransportSockets(Transport transport) implements AdminSockets {

  @Override
  public Channel bind(ServerBootstrap bootstrap, Listen where) throws IOException {
    ChannelFuture bound =
        bootstrap
            .channelFactory(transport.servers(where.address()))
            .bind(resolve(where.address()))
            .awaitUninterruptibly();
    if (bound.cause() instanceof IOException cause) {
      throw cause;
    }
    return bound.channel();
  }

  private SocketAddress resolve(Address address) throws IOException {
    if (address instanceof Address.Tcp tcp) {
      return new InetSocketAddress(InetAddress.getAllByName(tcp.host())[0], tcp.port());
    }
    return transport.unix((Address.Unix) address);
  }

  @Override
  public OptionalInt peerUid(Channel accepted) {
    return transport.peerUid(accepted);
  }
}

package io.sallyport.transport;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.util.Map;

/**
 * TCP keepalive for the native transports. Linux gives what is accepted the options of the socket
 * that listens (tcp(7)), so that a listener costs these calls once and a connection none.
 */
final class LinuxKeepAlive {

  // Of the kernel's socket.h and tcp.h.
  private static final int SOL_SOCKET = 1;
  private static final int SO_KEEPALIVE = 9;
  private static final int SOL_TCP = 6;
  private static final int TCP_KEEPIDLE = 4;
  private static final int TCP_KEEPINTVL = 5;
  private static final int TCP_KEEPCNT = 6;

  private static final Map<ChannelOption<Integer>, Integer> OPTIONS =
      Map.of(
          new IntegerUnixChannelOption("SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE),
          1,
          new IntegerUnixChannelOption("TCP_KEEPIDLE", SOL_TCP, TCP_KEEPIDLE),
          (int) Transport.KEEPALIVE.toSeconds(),
          new IntegerUnixChannelOption("TCP_KEEPINTVL", SOL_TCP, TCP_KEEPINTVL),
          Transport.KEEPALIVE_PROBE_SECONDS,
          new IntegerUnixChannelOption("TCP_KEEPCNT", SOL_TCP, TCP_KEEPCNT),
          Transport.KEEPALIVE_PROBES);

  private LinuxKeepAlive() {}

  static void switchOn(ServerBootstrap tcp) {
    OPTIONS.forEach(tcp::option);
  }

  static void switchOn(Channel tcp) {
    OPTIONS.forEach(tcp.config()::setOption);
  }
}

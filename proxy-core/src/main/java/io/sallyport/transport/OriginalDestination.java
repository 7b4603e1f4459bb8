package io.sallyport.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.RawUnixChannelOption;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/** Where a connection was going before netfilter led it here, as connection tracking knows it. */
final class OriginalDestination {

  // linux/in.h and linux/netfilter_ipv4.h: SOL_IP, SO_ORIGINAL_DST, struct sockaddr_in.
  private static final RawUnixChannelOption V4 =
      new RawUnixChannelOption("SO_ORIGINAL_DST", 0, 80, 16);
  private static final int V4_ADDRESS = 4;

  // linux/in6.h and linux/netfilter_ipv6/ip6_tables.h: SOL_IPV6, IP6T_SO_ORIGINAL_DST, struct
  // sockaddr_in6.
  private static final RawUnixChannelOption V6 =
      new RawUnixChannelOption("IP6T_SO_ORIGINAL_DST", 41, 80, 28);
  private static final int V6_ADDRESS = 8;

  private static final int PORT = 2;

  private OriginalDestination() {}

  /** Empty where nothing is known of it: it was not led here, or has gone already. */
  static Optional<InetSocketAddress> of(Channel accepted) {
    if (!(accepted.localAddress() instanceof InetSocketAddress local)) {
      return Optional.empty();
    }
    boolean v6 = local.getAddress() instanceof Inet6Address address && !isMapped(address);
    try {
      ByteBuffer found = accepted.config().getOption(v6 ? V6 : V4);
      return found == null ? Optional.empty() : Optional.of(address(found.clear(), v6));
    } catch (ChannelException | UnknownHostException e) {
      return Optional.empty();
    }
  }

  /** A socket of both families has IPv4 addresses so, and is asked as one of IPv4. */
  private static boolean isMapped(Inet6Address address) {
    byte[] octets = address.getAddress();
    return Arrays.equals(octets, 0, 10, new byte[10], 0, 10)
        && octets[10] == -1
        && octets[11] == -1;
  }

  private static InetSocketAddress address(ByteBuffer struct, boolean v6)
      throws UnknownHostException {
    byte[] octets = new byte[v6 ? 16 : 4];
    struct.get(v6 ? V6_ADDRESS : V4_ADDRESS, octets);
    int port = Short.toUnsignedInt(struct.getShort(PORT)); // in the order of the network
    return new InetSocketAddress(InetAddress.getByAddress(octets), port);
  }
}

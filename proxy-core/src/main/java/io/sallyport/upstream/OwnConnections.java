package io.sallyport.upstream;

import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Knows a connection of this process's own that the kernel has led back to it: without that, each
 * would be dialled on as the next one. Thread-safe.
 *
 * <p>Both ends enter themselves before they look for the other, so that one of them finds it,
 * whichever loop is the first. A source port that was changed on the way hides one from the other;
 * the next round of the circle has another.
 */
public final class OwnConnections {

  private final Set<Ends> made = ConcurrentHashMap.newKeySet();
  private final Set<Ends> led = ConcurrentHashMap.newKeySet();

  /** Where nothing is captured nothing is remembered. */
  private volatile boolean capturing;

  /** No two connections of a host have the same. */
  private record Ends(InetSocketAddress from, InetSocketAddress to) {}

  /**
   * Whether an accepted connection is one that we made.
   *
   * @param destination where it was going
   */
  public boolean isOurs(Channel accepted, InetSocketAddress destination) {
    capturing = true;
    return met(accepted, accepted.remoteAddress(), destination, led, made);
  }

  /** Whether a connection that we made has come back to us. */
  boolean comesBack(Channel connected) {
    return capturing
        && met(connected, connected.localAddress(), connected.remoteAddress(), made, led);
  }

  private static boolean met(
      Channel channel, SocketAddress from, SocketAddress to, Set<Ends> own, Set<Ends> others) {
    if (!(from instanceof InetSocketAddress source) || !(to instanceof InetSocketAddress target)) {
      return false;
    }
    Ends ends = new Ends(unmapped(source), unmapped(target));
    own.add(ends);
    channel.closeFuture().addListener(closed -> own.remove(ends));
    return others.contains(ends);
  }

  /** A socket of both families has IPv4 addresses as IPv6 ones. */
  private static InetSocketAddress unmapped(InetSocketAddress address) {
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(address.getAddress().getAddress()), address.getPort());
    } catch (UnknownHostException e) {
      throw new AssertionError("an address of its own bytes", e);
    }
  }
}

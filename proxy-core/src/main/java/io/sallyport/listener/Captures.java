package io.sallyport.listener;

import io.netty.channel.Channel;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.ListenerConfig;
import io.sallyport.policy.Denial;
import io.sallyport.transport.Transport;
import io.sallyport.upstream.OwnConnections;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Where connections were going that the kernel has led to a listener, and whether they may go on:
 * never to this proxy itself, and from outside to this host alone, or the listener would be open to
 * all who come as a way to everywhere. Thread-safe.
 */
public final class Captures {

  private final Function<Channel, Optional<InetSocketAddress>> destinations;
  private final OwnConnections ours;
  private final IntPredicate listensAt;
  private final HostAddresses host = new HostAddresses();

  /**
   * @param ours those that this process makes
   * @param listensAt whether this process listens at a port, be it for peers, applications or the
   *     operator; at whichever address, lest one be forgotten that leads there
   */
  public Captures(Transport transport, OwnConnections ours, IntPredicate listensAt) {
    this(transport::originalDestination, ours, listensAt);
  }

  Captures(
      Function<Channel, Optional<InetSocketAddress>> destinations,
      OwnConnections ours,
      IntPredicate listensAt) {
    this.destinations = destinations;
    this.ours = ours;
    this.listensAt = listensAt;
  }

  /** Whether the connection may go on, which then knows where to; if not, it has been ended. */
  boolean admit(Connection connection, ListenerConfig config) {
    InetSocketAddress destination = destinations.apply(connection.accepted()).orElse(null);
    if (destination != null) {
      connection.wasGoingTo(destination);
    }
    Denial denial = denial(connection.accepted(), destination, config instanceof InboundConfig);
    if (denial != null) {
      connection.deny(denial);
    }
    return denial == null;
  }

  /** Null where it may go on. */
  @Nullable Denial denial(
      Channel accepted, @Nullable InetSocketAddress destination, boolean inbound) {
    if (destination == null || destination.equals(accepted.localAddress())) {
      return Denial.NOT_REDIRECTED;
    }
    boolean here = host.has(destination.getAddress());
    if (inbound && !here) {
      return Denial.NOT_THIS_HOST;
    }
    boolean loop =
        (here && listensAt.test(destination.getPort())) || ours.isOurs(accepted, destination);
    return loop ? Denial.LOOP : null;
  }
}

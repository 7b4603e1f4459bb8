package io.sallyport.upstream;

import io.netty.channel.EventLoop;
import io.netty.resolver.InetNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import io.sallyport.config.Address;
import io.sallyport.transport.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names to addresses, without blocking: literals and localhost at once, names by DNS and the hosts
 * file, kept for their time to live. A resolver a loop, made when the first name asks for it.
 * Thread-safe.
 */
public final class Resolver implements AutoCloseable {

  /**
   * RFC 6761 §6.3: never asked of DNS, whatever the hosts file has. The configuration lets
   * plaintext go there, as it does not leave this host.
   */
  private static final Pattern LOCALHOST =
      Pattern.compile("localhost\\.?", Pattern.CASE_INSENSITIVE);

  private static final List<InetAddress> LOOPBACK =
      hasIpv6Loopback()
          ? List.of(NetUtil.LOCALHOST4, NetUtil.LOCALHOST6)
          : List.of(NetUtil.LOCALHOST4);

  private final Transport transport;
  private final DnsServerAddressStreamProvider nameServers;
  private final Map<EventLoop, InetNameResolver> resolvers = new ConcurrentHashMap<>();

  /** Asks the name servers of this machine. */
  public Resolver(Transport transport) {
    this(transport, DnsServerAddressStreamProviders.platformDefault());
  }

  Resolver(Transport transport, DnsServerAddressStreamProvider nameServers) {
    this.transport = transport;
    this.nameServers = nameServers;
  }

  /**
   * All addresses of a target, in the order in which they should be tried.
   *
   * @param loop on which {@code then} is called
   * @param then addresses and null, or null and the cause
   */
  void resolve(
      EventLoop loop,
      Address target,
      BiConsumer<@Nullable List<SocketAddress>, @Nullable Throwable> then) {
    if (target instanceof Address.Unix unix) {
      then.accept(List.of(transport.unix(unix)), null);
      return;
    }
    Address.Tcp tcp = (Address.Tcp) target;
    byte[] literal = NetUtil.createByteArrayFromIpAddressString(tcp.host());
    if (literal != null) {
      then.accept(List.of(literal(literal, tcp.port())), null);
      return;
    }
    if (LOCALHOST.matcher(tcp.host()).matches()) {
      then.accept(withPort(LOOPBACK, tcp.port()), null);
      return;
    }
    Future<List<InetAddress>> lookup = on(loop).resolveAll(tcp.host());
    lookup.addListener(
        (FutureListener<List<InetAddress>>)
            done -> {
              if (done.isSuccess()) {
                then.accept(withPort(done.getNow(), tcp.port()), null);
              } else {
                then.accept(null, done.cause());
              }
            });
  }

  private InetNameResolver on(EventLoop loop) {
    return resolvers.computeIfAbsent(
        loop,
        l ->
            new DnsNameResolverBuilder(l)
                .datagramChannelFactory(transport.datagrams())
                .nameServerProvider(nameServers)
                .build());
  }

  /** Where it is missing, how connecting to it fails would hide how connecting to IPv4 failed. */
  private static boolean hasIpv6Loopback() {
    try {
      return NetworkInterface.getByInetAddress(NetUtil.LOCALHOST6) != null;
    } catch (SocketException e) {
      return false;
    }
  }

  private static SocketAddress literal(byte[] address, int port) {
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address), port);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of " + address.length + " bytes", e);
    }
  }

  private static List<SocketAddress> withPort(List<InetAddress> addresses, int port) {
    return addresses.stream().<SocketAddress>map(a -> new InetSocketAddress(a, port)).toList();
  }

  /** Before the loops end. */
  @Override
  public void close() {
    resolvers.values().forEach(InetNameResolver::close);
    resolvers.clear();
  }
}

package io.sallyport.transport;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.uring.IoUring;
import io.sallyport.config.Address;
import io.sallyport.config.TransportKind;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * One kind of sockets and the event loops that drive it. Stateless; what it makes must be used on
 * loops that it made.
 */
public abstract sealed class Transport permits EpollTransport, IoUringTransport, NioTransport {

  /** A peer that vanished without a word is noticed after this much silence, about. */
  static final Duration KEEPALIVE = Duration.ofSeconds(60);

  /** Probes that go unanswered until the connection is given up, ten seconds apart. */
  static final int KEEPALIVE_PROBES = 6;

  static final int KEEPALIVE_PROBE_SECONDS = 10;

  // One read of a busy stream fills many TLS records with one system call: 256 KiB and 128 KiB cost
  // 0.67 CPU seconds a GiB of download where Netty's 64 KiB and 64 KiB cost 1.05. A stream that is
  // not busy reads into as little as it needs.
  private static final int LEAST_READ = 1024;
  private static final int FIRST_READ = 2048;
  private static final int MOST_READ = 256 * 1024;
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(64 * 1024, 128 * 1024);

  Transport() {}

  /**
   * The kind asked for; {@code AUTO} takes epoll where this system has it, else nio.
   *
   * @throws TransportUnavailable when a kind is asked for by name that this system does not have
   */
  public static Transport of(TransportKind kind) throws TransportUnavailable {
    return switch (kind) {
      case AUTO -> Epoll.isAvailable() ? new EpollTransport() : new NioTransport();
      case EPOLL -> {
        if (!Epoll.isAvailable()) {
          throw new TransportUnavailable("epoll", Epoll.unavailabilityCause());
        }
        yield new EpollTransport();
      }
      case IO_URING -> {
        if (!IoUring.isAvailable()) {
          throw new TransportUnavailable("io_uring", IoUring.unavailabilityCause());
        }
        yield new IoUringTransport();
      }
      case NIO -> new NioTransport();
    };
  }

  /** {@code epoll}, {@code io_uring} or {@code nio}. */
  public abstract String name();

  /**
   * Event loops on daemon threads named after {@code purpose}. When they have ended, all of their
   * channels are closed.
   */
  public final EventLoopGroup newLoops(int threads, String purpose) {
    return new Loops(threads, purpose, ioHandlers());
  }

  abstract IoHandlerFactory ioHandlers();

  /** Sockets to listen on this address of TCP, resolved, or of a Unix socket. */
  public abstract ChannelFactory<? extends ServerChannel> servers(SocketAddress address);

  /** The same, which can listen at these too if this kind of sockets can. */
  public Transport inheriting(InheritedSockets sockets) {
    return this;
  }

  /** Whether {@link #inherited} can be had. */
  public boolean inherits() {
    return false;
  }

  /**
   * A socket that was passed to this process.
   *
   * @throws CannotListen when there is none of that name, it cannot be listened at, or this kind of
   *     sockets takes none
   */
  public InheritedListener inherited(Address.Inherited address) throws CannotListen {
    throw new CannotListen(
        name() + " takes no sockets from systemd", "use transport = epoll, and restart");
  }

  /** Sockets to connect to this address of TCP, resolved, or of a Unix socket. */
  public abstract ChannelFactory<? extends Channel> clients(SocketAddress address);

  /** For DNS. */
  public abstract ChannelFactory<? extends DatagramChannel> datagrams();

  /** The form in which this transport's Unix channels take a path. */
  public abstract SocketAddress unix(Address.Unix address);

  /**
   * Whether a channel of ours goes on writing after it has read the end. Of Netty's Unix sockets
   * those over epoll alone do; others close as soon as they have read the end.
   */
  public static boolean halfCloses(Channel channel) {
    return channel instanceof SocketChannel || channel instanceof EpollDomainSocketChannel;
  }

  /**
   * Does it when the loop has looked at its sockets once more, without waiting for them; where a
   * loop is not known to look, at once. On that loop only.
   */
  public static void afterNextLook(EventLoop loop, Runnable task) {
    if (loop instanceof SingleThreadIoEventLoop turning) {
      // Behind all tasks of this turn, so that the task it leaves is one of the next.
      turning.executeAfterEventLoopIteration(() -> turning.execute(task));
    } else {
      task.run();
    }
  }

  /** What every new stream gets: half-closure where it can, and buffers that suit bulk. */
  public static void prepare(Channel channel) {
    channel
        .config()
        .setRecvByteBufAllocator(
            new AdaptiveRecvByteBufAllocator(LEAST_READ, FIRST_READ, MOST_READ))
        .setWriteBufferWaterMark(WATER_MARK);
    if (halfCloses(channel)) {
      channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    }
  }

  /** TCP keepalive for all that is accepted. */
  public abstract void keepAlive(ServerBootstrap tcp);

  /** TCP keepalive for one channel, unless its other end is on this machine and cannot vanish. */
  public final void keepAlive(Channel connected) {
    if (connected instanceof SocketChannel tcp && !isLoopback(tcp.remoteAddress())) {
      try {
        switchOnKeepAlive(tcp);
      } catch (ChannelException e) {
        // Some systems refuse it on a socket that is gone already; reading will tell.
      }
    }
  }

  abstract void switchOnKeepAlive(SocketChannel tcp);

  private static boolean isLoopback(@Nullable InetSocketAddress remote) {
    return remote != null && remote.getAddress().isLoopbackAddress();
  }

  /**
   * The user at the other end of a Unix socket (SO_PEERCRED).
   *
   * @return empty where this transport cannot tell
   */
  public abstract OptionalInt peerUid(Channel unix);

  /** Whether {@link #peerUid} can tell. */
  public abstract boolean knowsPeerUid();

  /**
   * Where an accepted connection was going before a rule of the kernel's led it here
   * (SO_ORIGINAL_DST).
   *
   * @return empty where no rule did, as far as is known, or this transport cannot tell
   */
  public Optional<InetSocketAddress> originalDestination(Channel accepted) {
    return knowsOriginalDestination() ? OriginalDestination.of(accepted) : Optional.empty();
  }

  /** Whether {@link #originalDestination} can tell. */
  public abstract boolean knowsOriginalDestination();
}

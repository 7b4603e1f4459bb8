package io.sallyport.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.resolver.NoopAddressResolverGroup;
import io.netty.util.concurrent.Future;
import io.sallyport.config.Address;
import io.sallyport.transport.Resets;
import io.sallyport.transport.Transport;
import java.io.FileNotFoundException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Connects to one target on a given event loop, trying each of its addresses in turn. What it makes
 * does not read until told to. Thread-safe.
 */
public final class Dialer {

  private final Transport transport;
  private final Resolver resolver;
  private final OwnConnections ours = new OwnConnections();

  public Dialer(Transport transport, Resolver resolver) {
    this.transport = transport;
    this.resolver = resolver;
  }

  /** Those that it makes. */
  public OwnConnections ours() {
    return ours;
  }

  /** Told once, on the loop, after the call that began it; not when it is abandoned first. */
  public interface Outcome {
    /** Connected; nothing has been read yet. */
    void connected(Channel channel);

    /** No address could be had; the failure is that of the last one tried. */
    void failed(DialFailure failure, Throwable cause);
  }

  /** A dialling under way. On its loop. */
  public interface Dialling {

    /** Nobody wants the connection any more: what is open is closed, and nothing is told. */
    void abandon();
  }

  /**
   * @param loop on which this is called
   * @param timeout for the look-up and for each address
   * @param events told of the whole attempt, once
   */
  public Dialling dial(
      EventLoop loop, Address target, Duration timeout, DialEvents events, Outcome outcome) {
    Attempt attempt = new Attempt(loop, target, timeout, events, outcome);
    attempt.start();
    return attempt;
  }

  /** One dialling; lives on its loop. */
  private final class Attempt implements Dialling {
    private final EventLoop loop;
    private final Address target;
    private final Duration timeout;
    private final DialEvents events;
    private final Outcome outcome;

    private List<SocketAddress> addresses = List.of();
    private boolean resolved;
    private boolean over;
    private @Nullable Future<?> lookUpDeadline;
    private @Nullable ChannelFuture connecting;

    Attempt(EventLoop loop, Address target, Duration timeout, DialEvents events, Outcome outcome) {
      this.loop = loop;
      this.target = target;
      this.timeout = timeout;
      this.events = events;
      this.outcome = outcome;
    }

    void start() {
      resolver.resolve(loop, target, this::lookedUp);
      if (!resolved) {
        lookUpDeadline =
            loop.schedule(
                () -> lookedUp(null, new ConnectTimeoutException("name look-up timed out")),
                timeout.toNanos(),
                TimeUnit.NANOSECONDS);
      }
    }

    private void lookedUp(@Nullable List<SocketAddress> found, @Nullable Throwable whyNone) {
      if (lookUpDeadline != null) {
        lookUpDeadline.cancel(false);
      }
      if (resolved || over) {
        return; // the look-up and its deadline met, or nobody waits for either
      }
      resolved = true;
      if (found != null && !found.isEmpty()) {
        addresses = found;
        connect(0);
      } else {
        Throwable why = whyNone != null ? whyNone : new UnknownHostException(target.toString());
        loop.execute(() -> failed(why)); // a look-up may fail before dial has returned
      }
    }

    private void connect(int index) {
      Bootstrap bootstrap =
          new Bootstrap()
              .group(loop)
              .channelFactory(transport.clients(addresses.get(index)))
              .resolver(NoopAddressResolverGroup.INSTANCE)
              .option(ChannelOption.AUTO_READ, false)
              .option(
                  ChannelOption.CONNECT_TIMEOUT_MILLIS,
                  (int) Math.min(Integer.MAX_VALUE, Math.max(1, timeout.toMillis())))
              .handler(NoHandlers.INSTANCE);
      ChannelFuture future = bootstrap.connect(addresses.get(index));
      connecting = future;
      future.addListener((ChannelFutureListener) done -> onLoop(() -> connected(done, index)));
    }

    /** Where no socket can be made, as without a free file descriptor, another thread tells. */
    private void onLoop(Runnable task) {
      if (loop.inEventLoop()) {
        task.run();
      } else {
        loop.execute(task);
      }
    }

    private void connected(ChannelFuture done, int index) {
      if (over) {
        Resets.reset(done.channel());
      } else if (done.isSuccess() && ours.comesBack(done.channel())) {
        Resets.reset(done.channel());
        failed(new LedBack());
      } else if (done.isSuccess()) {
        over = true;
        transport.keepAlive(done.channel());
        events.dialled();
        outcome.connected(done.channel());
      } else if (index + 1 < addresses.size()) {
        connect(index + 1);
      } else {
        failed(done.cause());
      }
    }

    private void failed(Throwable cause) {
      if (over) {
        return;
      }
      over = true;
      DialFailure failure = failure(cause);
      events.dialFailed(failure);
      outcome.failed(failure, cause);
    }

    @Override
    public void abandon() {
      if (!over) {
        over = true;
        if (connecting != null) {
          Resets.reset(connecting.channel()); // a FIN would be an end that nobody meant
        }
      }
    }
  }

  private static DialFailure failure(Throwable cause) {
    if (cause instanceof UnknownHostException) {
      return DialFailure.NAME_NOT_FOUND;
    }
    if (cause instanceof ConnectTimeoutException) {
      return DialFailure.TIMEOUT;
    }
    if (cause instanceof NoRouteToHostException) {
      return DialFailure.UNREACHABLE;
    }
    if (cause instanceof LedBack) {
      return DialFailure.LOOP;
    }
    if (cause instanceof FileNotFoundException) {
      return DialFailure.NO_SUCH_SOCKET;
    }
    // The system's words tell the rest: the native transports give them with one exception type.
    String words = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
    if (words.contains("refused")) {
      return DialFailure.REFUSED;
    }
    if (words.contains("permission") || words.contains("denied")) {
      return DialFailure.PERMISSION_DENIED;
    }
    if (words.contains("no such file")) {
      return DialFailure.NO_SUCH_SOCKET;
    }
    if (words.contains("unreachable")) {
      return DialFailure.UNREACHABLE;
    }
    return cause instanceof ConnectException ? DialFailure.REFUSED : DialFailure.OTHER;
  }

  /** The owner of the channel fills the pipeline when it is connected. */
  @ChannelHandler.Sharable
  private static final class NoHandlers extends ChannelHandlerAdapter {
    static final NoHandlers INSTANCE = new NoHandlers();

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      Transport.prepare(ctx.channel());
      ctx.pipeline().remove(this);
    }
  }
}

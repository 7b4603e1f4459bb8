package io.sallyport.http;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.sallyport.config.Address;
import io.sallyport.config.HttpConfig.AppProtocol;
import io.sallyport.config.HttpLimits;
import io.sallyport.config.InboundConfig;
import io.sallyport.upstream.DialEvents;
import io.sallyport.upstream.DialFailure;
import io.sallyport.upstream.Dialer;
import io.sallyport.upstream.Dialer.Dialling;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One listener's connections to the application, for each event loop its own, so that an exchange
 * never leaves its loop: of HTTP/1.1 those that are kept and not in use, of HTTP/2 all.
 * Thread-safe.
 */
public final class AppConnections {

  private static final Logger log = LoggerFactory.getLogger(AppConnections.class);

  /** The scheme of requests, whatever that of the peer's was: X-Forwarded-Proto tells it. */
  private static final String HTTP = "http";

  private final String listener;
  private final Dialer dialer;
  private final DialEvents events;
  private final Map<EventLoop, Kept> kept = new ConcurrentHashMap<>();
  private final Map<EventLoop, Shared> shared = new ConcurrentHashMap<>();

  /**
   * Whom to reach, and how.
   *
   * @param mostKept unused connections of one event loop; of HTTP/2 all connections
   * @param unused how long one is kept unused
   * @param heads of responses
   */
  public record Target(
      AppProtocol protocol,
      Address address,
      Duration connectTimeout,
      int mostKept,
      Duration unused,
      Http1Limits heads) {

    public static Target of(InboundConfig config, AppProtocol protocol, HttpLimits http) {
      return new Target(
          protocol,
          config.forward(),
          config.limits().connectTimeout(),
          http.appConnections(),
          http.appIdleTimeout(),
          Http1Front.headLimits(http));
    }
  }

  public AppConnections(String listener, Dialer dialer, DialEvents events) {
    this.listener = listener;
    this.dialer = dialer;
    this.events = events;
  }

  /** Those of one target; what is kept of another is used no more once one of these is taken. */
  public Answerers at(Target target) {
    return switch (target.protocol()) {
      case HTTP1 -> keptAt(target);
      case H2C -> sharedAt(target);
    };
  }

  private Answerers sharedAt(Target target) {
    return new Answerers() {
      @Override
      public @Nullable Dialling take(EventLoop loop, Taker taker) {
        return pool(loop, target).take(taker);
      }

      @Override
      public Dialling dial(EventLoop loop, Taker taker) {
        return pool(loop, target).dial(taker);
      }
    };
  }

  private Http2Pool pool(EventLoop loop, Target target) {
    Shared found = shared.get(loop);
    return (found != null ? found : shared.computeIfAbsent(loop, Shared::new)).at(target);
  }

  private Answerers keptAt(Target target) {
    return new Answerers() {
      @Override
      public @Nullable Dialling take(EventLoop loop, Taker taker) {
        AppConnection found = of(loop).take(target.address());
        if (found == null) {
          return dial(loop, taker);
        }
        taker.taken(found, true);
        return null;
      }

      @Override
      public Dialling dial(EventLoop loop, Taker taker) {
        return AppConnections.this.dial(loop, target, taker);
      }
    };
  }

  private Dialling dial(EventLoop loop, Target to, Answerers.Taker taker) {
    return dial(
        loop,
        to,
        new Http2Pool.Made() {
          @Override
          public void connected(Channel channel) {
            taker.taken(opened(to, channel), false);
          }

          @Override
          public void failed(Refusal refusal, String detail) {
            taker.failed(refusal, detail);
          }
        });
  }

  private Dialling dial(EventLoop loop, Target to, Http2Pool.Made made) {
    return dialer.dial(
        loop,
        to.address(),
        to.connectTimeout(),
        events,
        new Dialer.Outcome() {
          @Override
          public void connected(Channel channel) {
            made.connected(channel);
          }

          @Override
          public void failed(DialFailure failure, Throwable cause) {
            made.failed(refusal(failure), to.address() + ": " + cause.getMessage());
          }
        });
  }

  private static Refusal refusal(DialFailure failure) {
    return switch (failure) {
      case TIMEOUT -> Refusal.CONNECTION_TIMEOUT;
      case NAME_NOT_FOUND -> Refusal.NAME_NOT_RESOLVED;
      case REFUSED, NO_SUCH_SOCKET -> Refusal.CONNECTION_REFUSED;
      case PERMISSION_DENIED, UNREACHABLE, OTHER -> Refusal.APPLICATION_UNAVAILABLE;
    };
  }

  private AppConnection opened(Target to, Channel channel) {
    ClientCodec codec = new ClientCodec(to.heads());
    AppConnection connection = new AppConnection(this, to, channel, codec);
    channel.pipeline().addLast(codec).addLast(connection);
    return connection;
  }

  /** On its loop: it serves nothing now. */
  void keep(AppConnection connection) {
    of(connection.channel().eventLoop()).keep(connection);
  }

  /** On its loop: it is not to be taken any more. */
  void forget(AppConnection connection) {
    of(connection.channel().eventLoop()).unused.remove(connection);
  }

  void fault(Throwable thrown) {
    log.atError()
        .addKeyValue("listener", listener)
        .setCause(thrown)
        .log("a fault of the proxy ended a connection to the application");
  }

  private Kept of(EventLoop loop) {
    Kept found = kept.get(loop);
    return found != null ? found : kept.computeIfAbsent(loop, Kept::new);
  }

  /** Of one loop, those of the target that was asked for last. */
  private final class Shared {
    private final EventLoop loop;
    private @Nullable Target target;
    private @Nullable Http2Pool pool;

    Shared(EventLoop loop) {
      this.loop = loop;
    }

    Http2Pool at(Target now) {
      Http2Pool found = pool;
      if (found == null || !now.equals(target)) {
        if (found != null) {
          found.retire();
        }
        found = pool(now);
        pool = found;
        target = now;
      }
      return found;
    }

    private Http2Pool pool(Target now) {
      return new Http2Pool(
          loop,
          new Http2Pool.Source() {
            @Override
            public void connect(EventLoop on, Http2Pool.Made made) {
              dial(on, now, made);
            }

            @Override
            public void fault(Throwable thrown) {
              AppConnections.this.fault(thrown);
            }
          },
          HTTP,
          now.heads(),
          new Http2Pool.Bounds(now.mostKept(), now.unused(), now.connectTimeout()));
    }
  }

  /** Of one loop, the one used last in front: what is not needed grows old at the end. */
  private static final class Kept implements Runnable {
    private final EventLoop loop;
    private final Deque<AppConnection> unused = new ArrayDeque<>();
    private @Nullable Future<?> timer;

    Kept(EventLoop loop) {
      this.loop = loop;
    }

    @Nullable AppConnection take(Address address) {
      for (AppConnection next = unused.poll(); next != null; next = unused.poll()) {
        if (next.channel().isActive() && next.target().address().equals(address)) {
          return next;
        }
        next.close();
      }
      return null;
    }

    void keep(AppConnection connection) {
      connection.unusedSince(loop.ticker().nanoTime());
      unused.push(connection);
      if (unused.size() > connection.target().mostKept()) {
        unused.removeLast().close();
      }
      arm();
    }

    private void arm() {
      AppConnection oldest = unused.peekLast();
      if (timer == null && oldest != null) {
        timer = loop.schedule(this, Math.max(1, left(oldest)), TimeUnit.NANOSECONDS);
      }
    }

    private long left(AppConnection connection) {
      long passed = loop.ticker().nanoTime() - connection.unusedSince();
      return connection.target().unused().toNanos() - passed;
    }

    @Override
    public void run() {
      timer = null;
      AppConnection oldest = unused.peekLast();
      while (oldest != null && left(oldest) <= 0) {
        unused.removeLast();
        oldest.close();
        oldest = unused.peekLast();
      }
      arm();
    }
  }
}

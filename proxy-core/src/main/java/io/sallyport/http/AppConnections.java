package io.sallyport.http;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.sallyport.config.Address;
import io.sallyport.config.HttpConfig.AppProtocol;
import io.sallyport.config.HttpLimits;
import io.sallyport.config.InboundConfig;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.ConnectionEvents.Direction;
import io.sallyport.relay.PlainEnd;
import io.sallyport.upstream.DialEvents;
import io.sallyport.upstream.DialFailure;
import io.sallyport.upstream.Dialer;
import io.sallyport.upstream.Dialer.Dialling;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One listener's connections to the application, those kept that are not in use: for each event
 * loop its own, so that an exchange never leaves its loop. Thread-safe.
 */
public final class AppConnections {

  private static final Logger log = LoggerFactory.getLogger(AppConnections.class);

  /** The scheme of requests, whatever that of the peer's was: X-Forwarded-Proto tells it. */
  private static final String HTTP = "http";

  private final String listener;
  private final Dialer dialer;
  private final DialEvents events;
  private final Map<EventLoop, OfLoop> loops = new ConcurrentHashMap<>();
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

    /**
     * @param address of the application
     */
    public static Target of(
        InboundConfig config, Address address, AppProtocol protocol, HttpLimits http) {
      return new Target(
          protocol,
          address,
          config.limits().connectTimeout(),
          http.mostUnused(),
          http.unusedTimeout(),
          Http1Limits.of(http));
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
      case HTTP1 -> new Of(target);
      case H2C -> new OfShared(target);
    };
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

  private void fault(Throwable thrown) {
    log.atError()
        .addKeyValue("listener", listener)
        .setCause(thrown)
        .log("a fault of the proxy ended a connection to the application");
  }

  /** Those of one target that speak HTTP/2. */
  private final class OfShared implements Answerers {
    private final Target target;

    OfShared(Target target) {
      this.target = target;
    }

    @Override
    public @Nullable Dialling take(EventLoop loop, Taker taker) {
      return pool(loop).take(taker);
    }

    @Override
    public boolean mayRetry() {
      return true;
    }

    @Override
    public Dialling dial(EventLoop loop, Taker taker) {
      return pool(loop).dial(taker);
    }

    private Http2Pool pool(EventLoop loop) {
      Shared found = shared.get(loop);
      return (found != null ? found : shared.computeIfAbsent(loop, Shared::new)).at(target);
    }
  }

  /** Those of one target that speak HTTP/1.1. */
  private final class Of implements Answerers {
    private final Target target;

    Of(Target target) {
      this.target = target;
    }

    @Override
    public @Nullable Dialling take(EventLoop loop, Taker taker) {
      Answerer found = on(loop).at(target.address()).take();
      if (found == null) {
        return dial(loop, taker);
      }
      taker.taken(found, true);
      return null;
    }

    @Override
    public boolean mayRetry() {
      return true; // there is one application, and it is asked once more at most
    }

    @Override
    public Dialling dial(EventLoop loop, Taker taker) {
      return AppConnections.this.dial(
          loop,
          target,
          new Http2Pool.Made() {
            @Override
            public void connected(Channel channel) {
              taker.taken(opened(channel), false);
            }

            @Override
            public void failed(Refusal refusal, String detail) {
              taker.failed(refusal, detail);
            }
          });
    }

    private Answerer opened(Channel channel) {
      PlainEnd end = new PlainEnd();
      channel.pipeline().addLast(end);
      Kept owner = new Kept(target, on(channel.eventLoop()));
      return Http1Client.on(channel, owner, end, Direction.TO_APPLICATION, target.heads(), null)
          .first();
    }
  }

  private static Refusal refusal(DialFailure failure) {
    return switch (failure) {
      case TIMEOUT -> Refusal.CONNECTION_TIMEOUT;
      case NAME_NOT_FOUND -> Refusal.NAME_NOT_RESOLVED;
      case REFUSED, NO_SUCH_SOCKET -> Refusal.CONNECTION_REFUSED;
      case PERMISSION_DENIED, UNREACHABLE, LOOP, OTHER -> Refusal.APPLICATION_UNAVAILABLE;
    };
  }

  private OfLoop on(EventLoop loop) {
    OfLoop found = loops.get(loop);
    return found != null ? found : loops.computeIfAbsent(loop, OfLoop::new);
  }

  /** Those of one event loop, all to the address that was asked for last. */
  private static final class OfLoop {
    private final KeptConnections kept;
    private @Nullable Address address;

    OfLoop(EventLoop loop) {
      kept = new KeptConnections(loop);
    }

    KeptConnections at(Address now) {
      if (!now.equals(address)) {
        kept.leave();
        address = now;
      }
      return kept;
    }
  }

  /** Of one loop, those of HTTP/2 of the target that was asked for last. */
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

  /** Whose one connection is. */
  private final class Kept implements ClientConnection.Owner {
    private final Target target;
    private final OfLoop loop;

    Kept(Target target, OfLoop loop) {
      this.target = target;
      this.loop = loop;
    }

    @Override
    public void ready(ClientConnection connection) {
      if (target.address().equals(loop.address)) {
        loop.kept.keep(connection, target.mostKept(), target.unused());
      } else {
        connection.leave(CloseReason.LEAVING);
      }
    }

    @Override
    public void served() {}

    @Override
    public void gone(ClientConnection connection) {
      loop.kept.forget(connection);
    }

    @Override
    public void ending(CloseReason reason, @Nullable String detail) {}

    @Override
    public void fault(Throwable thrown) {
      AppConnections.this.fault(thrown);
    }
  }
}

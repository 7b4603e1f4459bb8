package io.sallyport.http;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.sallyport.config.Address;
import io.sallyport.http.WorkloadApiFault.Kind;
import io.sallyport.identity.SafeText;
import io.sallyport.upstream.DialEvents;
import io.sallyport.upstream.DialFailure;
import io.sallyport.upstream.Dialer;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps asking one Workload API for our SVIDs: as soon as a call ends, another one is made, each
 * time after a longer while. All of it happens on one event loop.
 */
public final class WorkloadApiClient implements AutoCloseable {

  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);

  /** A start waits for it: for a new pod, what the agent says changes within seconds. */
  private static final Duration LONGEST_PAUSE_AT_FIRST = Duration.ofSeconds(3);

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private static final Duration DIAL_TIMEOUT = Duration.ofSeconds(5);

  private final Dialer dialer;
  private final EventLoop loop;
  private final Address.Unix socket;
  private final Listener listener;

  private boolean closed;
  private boolean hasAnswered;
  private long pauseNanos;
  private long askedAt;
  private Dialer.@Nullable Dialling dialling;
  private @Nullable Channel channel;
  private @Nullable WorkloadApiCall call;
  private @Nullable Future<?> next;

  /** Told on the event loop; must not block. */
  public interface Listener {

    /**
     * It has given something, in place of all before.
     *
     * @param message an {@code X509SVIDResponse}, with private keys in it: its taker wipes it
     */
    void answered(byte[] message);

    /** It gives nothing now; it is going to be asked again. */
    void failed(WorkloadApiFault why);
  }

  public WorkloadApiClient(Dialer dialer, EventLoop loop, Address.Unix socket, Listener listener) {
    this.dialer = dialer;
    this.loop = loop;
    this.socket = socket;
    this.listener = listener;
  }

  /** Begins to ask. Once. On any thread. */
  public void start() {
    loop.execute(this::ask);
  }

  private void ask() {
    if (closed) {
      return;
    }
    next = null;
    askedAt = loop.ticker().nanoTime();
    dialling =
        dialer.dial(
            loop,
            socket,
            DIAL_TIMEOUT,
            Untold.ONE,
            new Dialer.Outcome() {
              @Override
              public void connected(Channel connected) {
                dialling = null;
                channel = connected;
                call = WorkloadApiCall.on(connected, new Call());
              }

              @Override
              public void failed(DialFailure failure, Throwable cause) {
                dialling = null;
                askAgain(fault(failure, cause));
              }
            });
  }

  /** What a call tells. */
  private final class Call implements WorkloadApiCall.Owner {
    @Override
    public void answered(byte[] message) {
      hasAnswered = true;
      listener.answered(message);
    }

    @Override
    public void ended(WorkloadApiFault why) {
      call = null;
      channel = null;
      askAgain(why);
    }
  }

  private static WorkloadApiFault fault(DialFailure failure, Throwable cause) {
    return switch (failure) {
      case NO_SUCH_SOCKET -> new WorkloadApiFault(Kind.NO_SUCH_SOCKET, "does not exist");
      case PERMISSION_DENIED ->
          new WorkloadApiFault(Kind.SOCKET_FORBIDDEN, "may not be connected to by this user");
      case REFUSED -> new WorkloadApiFault(Kind.UNREACHABLE, "is listened at by nobody");
      default ->
          new WorkloadApiFault(
              Kind.UNREACHABLE, "cannot be connected to: " + SafeText.of(cause.getMessage()));
    };
  }

  private void askAgain(WorkloadApiFault why) {
    if (closed) {
      return;
    }
    long longest = (hasAnswered ? LONGEST_PAUSE : LONGEST_PAUSE_AT_FIRST).toNanos();
    // Who answers and hangs up at once is not asked the sooner for it.
    boolean lasted = loop.ticker().nanoTime() - askedAt > LONGEST_PAUSE.toNanos();
    pauseNanos =
        pauseNanos == 0 || lasted
            ? FIRST_PAUSE.toNanos()
            : Math.min(longest, Math.multiplyExact(pauseNanos, 2));
    // All the pods of a host lose their agent in one moment.
    long jittered = ThreadLocalRandom.current().nextLong(pauseNanos / 2, pauseNanos + 1);
    next = loop.schedule(this::ask, jittered, TimeUnit.NANOSECONDS);
    listener.failed(why);
  }

  /** Hangs up, and asks no more; its listener is told nothing more, soon. On any thread. */
  @Override
  public void close() {
    loop.execute(this::hangUp);
  }

  private void hangUp() {
    closed = true;
    if (next != null) {
      next.cancel(false);
    }
    if (dialling != null) {
      dialling.abandon();
    }
    if (call != null && channel != null) {
      call.cancel(channel);
    }
  }

  /** What goes wrong is told the listener. */
  private enum Untold implements DialEvents {
    ONE;

    @Override
    public void dialled() {
      // Whether it answers is what counts.
    }

    @Override
    public void dialFailed(DialFailure failure) {
      // The outcome has it.
    }
  }
}

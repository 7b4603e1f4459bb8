package io.sallyport;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.sallyport.Proxy.Stopped;
import io.sallyport.config.DrainConfig;
import io.sallyport.listener.Acceptor;
import io.sallyport.relay.CloseReason;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The order of a stop. For {@code drain.delay} all is still accepted, while whoever watches /readyz
 * turns elsewhere; then inbound accepts no more. Outbound accepts until inbound is empty, because
 * what comes in may still have to go out. At {@code drain.deadline}, counted from the beginning,
 * what is left is cut.
 *
 * <p>All of it happens on one event loop that carries no traffic.
 */
final class Drain {

  private static final Logger log = LoggerFactory.getLogger(Drain.class);

  private final Supplier<DrainConfig> config;
  private final EventLoop loop;
  private final Supplier<List<Acceptor>> inbound;
  private final Supplier<List<Acceptor>> outbound;
  private final CompletableFuture<Stopped> over = new CompletableFuture<>();

  private volatile Phase phase = Phase.SERVING;
  private @Nullable Future<?> deadline;
  private Stopped how = Stopped.CLEAN;

  /** What /status shows. */
  enum Phase {
    SERVING,
    /** Somebody asked to be left alone soon; nothing is refused yet. */
    ANNOUNCED,
    STOPPING,
    CUTTING
  }

  /** What it is given is asked for when it is needed. */
  Drain(
      Supplier<DrainConfig> config,
      EventLoop loop,
      Supplier<List<Acceptor>> inbound,
      Supplier<List<Acceptor>> outbound) {
    this.config = config;
    this.loop = loop;
    this.inbound = inbound;
    this.outbound = outbound;
  }

  Phase phase() {
    return phase;
  }

  /** Completes when the last connection has ended; sockets and loops are still to be released. */
  CompletableFuture<Stopped> over() {
    return over;
  }

  /** The first half alone: /readyz turns 503, everything is still accepted. */
  void announce() {
    onLoop(
        () -> {
          if (phase == Phase.SERVING) {
            phase = Phase.ANNOUNCED;
            inbound.get().forEach(Acceptor::tellToGo);
            log.atInfo().log("drain announced; still accepting");
          }
        });
  }

  /** The whole of it; asked again, it cuts what is left. */
  void stop() {
    onLoop(
        () -> {
          switch (phase) {
            case SERVING -> begin(config.get().delay().toNanos());
            case ANNOUNCED -> begin(0); // the delay has been waited
            case STOPPING -> cut();
            case CUTTING -> {}
          }
        });
  }

  void cutNow() {
    onLoop(this::cut);
  }

  private void onLoop(Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      // All has stopped, and its loops with it.
    }
  }

  private void begin(long delayNanos) {
    phase = Phase.STOPPING;
    log.atInfo()
        .addKeyValue("delay", config.get().delay())
        .addKeyValue("deadline", config.get().deadline())
        .addKeyValue("connections", open())
        .log("draining");
    inbound.get().forEach(Acceptor::tellToGo);
    deadline = loop.schedule(this::cut, config.get().deadline().toNanos(), TimeUnit.NANOSECONDS);
    if (delayNanos == 0) {
      stopInbound();
    } else {
      loop.schedule(this::stopInbound, delayNanos, TimeUnit.NANOSECONDS);
    }
  }

  private void stopInbound() {
    if (phase == Phase.STOPPING) {
      stopAccepting(inbound.get())
          .thenCompose(none -> stopAccepting(outbound.get()))
          .thenRun(() -> loop.execute(this::finish));
    }
  }

  private void cut() {
    if (phase == Phase.CUTTING || over.isDone()) {
      return;
    }
    phase = Phase.CUTTING;
    int left = open();
    CompletableFuture<@Nullable Void> drained =
        CompletableFuture.allOf(stopAccepting(inbound.get()), stopAccepting(outbound.get()));
    inbound.get().forEach(acceptor -> acceptor.cutAll(CloseReason.DRAIN_DEADLINE));
    outbound.get().forEach(acceptor -> acceptor.cutAll(CloseReason.DRAIN_DEADLINE));
    if (left > 0) {
      how = Stopped.CONNECTIONS_CUT;
      log.atWarn().addKeyValue("connections", left).log("cutting what is left");
    }
    drained.thenRun(() -> loop.execute(this::finish));
  }

  private void finish() {
    if (deadline != null) {
      deadline.cancel(false);
    }
    over.complete(how);
  }

  private int open() {
    return inbound.get().stream().mapToInt(Acceptor::openConnections).sum()
        + outbound.get().stream().mapToInt(Acceptor::openConnections).sum();
  }

  private static CompletableFuture<@Nullable Void> stopAccepting(List<Acceptor> acceptors) {
    return CompletableFuture.allOf(
        acceptors.stream().map(Acceptor::stopAccepting).toArray(CompletableFuture[]::new));
  }
}

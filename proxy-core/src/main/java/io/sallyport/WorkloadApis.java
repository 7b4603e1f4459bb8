package io.sallyport;

import io.netty.channel.EventLoopGroup;
import io.sallyport.config.Address;
import io.sallyport.config.IdentityConfig;
import io.sallyport.config.IdentityConfig.WorkloadApi;
import io.sallyport.config.Malformed;
import io.sallyport.config.ProxyConfig;
import io.sallyport.http.WorkloadApiClient;
import io.sallyport.identity.SvidSource;
import io.sallyport.identity.Svids;
import io.sallyport.transport.Transport;
import io.sallyport.upstream.Dialer;
import io.sallyport.upstream.Resolver;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The SPIFFE Workload APIs that configurations name, each asked once, whoever has its identity from
 * it, on a loop that carries no traffic. Thread-safe.
 */
final class WorkloadApis implements SvidSource, AutoCloseable {

  /** To {@link #ask}: no shorter than any that can be configured. */
  static final Duration AS_CONFIGURED = Duration.ofDays(1);

  /** To {@link #ask}, while nothing else is looked at, or somebody waits at a terminal. */
  static final Duration LONGEST_LOOK = Duration.ofSeconds(5);

  private volatile Runnable whenAnswered = () -> {};
  private final Map<Address.Unix, WorkloadAgent> agents = new HashMap<>();
  private @Nullable Asking asking;
  private boolean closed;

  /** What it takes to ask; nothing of it is there while no configuration names an API. */
  private record Asking(EventLoopGroup loop, Resolver resolver, Dialer dialer) {
    static Asking over(Transport transport) {
      Resolver resolver = new Resolver(transport);
      return new Asking(
          transport.newLoops(1, "sallyport-spiffe"), resolver, new Dialer(transport, resolver));
    }

    void end() {
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
      resolver.close();
    }
  }

  /** Tells of each answer, on a thread that must not be blocked. */
  void whenAnswered(Runnable told) {
    whenAnswered = told;
  }

  static boolean areIn(ProxyConfig config) {
    return of(config).findAny().isPresent();
  }

  private static Stream<WorkloadApi> of(ProxyConfig config) {
    return config.identities().values().stream()
        .map(IdentityConfig::source)
        .filter(WorkloadApi.class::isInstance)
        .map(WorkloadApi.class::cast);
  }

  /** Whether one of them is asked for a configuration, and not for another. */
  static boolean addsTo(ProxyConfig other, ProxyConfig config) {
    return !sockets(Stream.of(other)).containsAll(sockets(Stream.of(config)));
  }

  private static Set<Address.Unix> sockets(Stream<@Nullable ProxyConfig> configs) {
    Set<Address.Unix> sockets = new HashSet<>();
    configs.forEach(
        config -> {
          if (config != null) {
            of(config).map(WorkloadApi::socket).forEach(sockets::add);
          }
        });
    return sockets;
  }

  /**
   * Asks those of a configuration, too. Waits for those that are asked for the first time; for
   * others there is what they gave last.
   *
   * @param most of the time that the configuration gives each
   */
  void ask(ProxyConfig config, Transport transport, Duration most) {
    Map<WorkloadAgent, Duration> asked = new HashMap<>();
    synchronized (this) {
      of(config)
          .filter(api -> !closed && !agents.containsKey(api.socket()))
          .toList()
          .forEach(
              api ->
                  asked.merge(agent(api.socket(), transport), api.timeout(), WorkloadApis::longer));
    }
    long start = System.nanoTime();
    asked.forEach(
        (agent, timeout) ->
            agent.awaitAnswer(shorter(timeout, most).minusNanos(System.nanoTime() - start)));
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? other : one;
  }

  private WorkloadAgent agent(Address.Unix socket, Transport transport) {
    return agents.computeIfAbsent(
        socket,
        path -> {
          if (asking == null) {
            asking = Asking.over(transport);
          }
          WorkloadAgent agent = new WorkloadAgent(path, () -> whenAnswered.run());
          agent.askedBy(new WorkloadApiClient(asking.dialer(), asking.loop().next(), path, agent));
          return agent;
        });
  }

  /** Asks those that these name, and no others any more. */
  synchronized void keep(ProxyConfig config, @Nullable ProxyConfig other) {
    Set<Address.Unix> named = sockets(Stream.of(config, other));
    agents
        .entrySet()
        .removeIf(
            agent -> {
              boolean gone = !named.contains(agent.getKey());
              if (gone) {
                agent.getValue().close();
              }
              return gone;
            });
  }

  @Override
  public @Nullable Svids latest(WorkloadApi api) throws Malformed {
    WorkloadAgent agent;
    synchronized (this) {
      agent = agents.get(api.socket());
    }
    return agent == null ? null : agent.latest();
  }

  /** Hangs up on all; returns when that is done. */
  @Override
  public void close() {
    Asking ended;
    synchronized (this) {
      closed = true;
      agents.values().forEach(WorkloadAgent::close);
      agents.clear();
      ended = asking;
      asking = null;
    }
    if (ended != null) {
      ended.end();
    }
  }
}

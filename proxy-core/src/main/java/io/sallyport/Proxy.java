package io.sallyport;

import io.netty.channel.EventLoopGroup;
import io.sallyport.admin.AdminBindFailed;
import io.sallyport.admin.AdminServer;
import io.sallyport.admin.MetricsPage;
import io.sallyport.config.Address;
import io.sallyport.config.ConfigReader;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.ListenerConfig;
import io.sallyport.config.OutboundConfig;
import io.sallyport.config.Problem;
import io.sallyport.config.ProxyConfig;
import io.sallyport.identity.Identity;
import io.sallyport.identity.IdentityPublisher;
import io.sallyport.inbound.InboundListener;
import io.sallyport.listener.Acceptor;
import io.sallyport.outbound.OutboundListener;
import io.sallyport.telemetry.Telemetry;
import io.sallyport.transport.CannotListen;
import io.sallyport.transport.Transport;
import io.sallyport.upstream.Dialer;
import io.sallyport.upstream.Endpoints;
import io.sallyport.upstream.Resolver;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The whole proxy: start, drain, close. Thread-safe. */
public final class Proxy implements AutoCloseable {

  private final ProxyConfig config;
  private final List<Problem> warnings;
  private final Transport transport;
  private final EventLoopGroup loops;
  private final EventLoopGroup control;
  private final Resolver resolver;
  private final Telemetry telemetry;
  private final List<Acceptor> inbound = new ArrayList<>();
  private final List<Acceptor> outbound = new ArrayList<>();
  private final Map<String, IdentityPublisher> identities = new LinkedHashMap<>();
  private final Map<String, SocketAddress> addresses = new LinkedHashMap<>();
  private final CompletableFuture<Stopped> stopped = new CompletableFuture<>();
  private final Drain drain;
  private @Nullable AdminServer admin;

  /**
   * What {@code sallyport check} prints.
   *
   * @param problems what would keep {@link #start} from starting
   * @param warnings what works but should not be left so
   */
  public record Check(List<Problem> problems, List<Problem> warnings) {
    public Check {
      problems = List.copyOf(problems);
      warnings = List.copyOf(warnings);
    }
  }

  /** How the proxy ended. */
  public enum Stopped {
    /** Every connection had ended. */
    CLEAN,
    /** The deadline passed, or somebody insisted, and open connections were cut. */
    CONNECTIONS_CUT
  }

  /**
   * Reads a configuration.
   *
   * @throws InvalidConfig with its problems and, so that all is told at once, those of the files
   *     that its sound part names
   */
  public static ProxyConfig read(Path file) throws InvalidConfig {
    try {
      return ConfigReader.read(file);
    } catch (InvalidConfig e) {
      if (e.sound() == null) {
        throw e;
      }
      List<Problem> all = new ArrayList<>(e.problems());
      all.addAll(new Prepared(e.sound()).problems());
      throw new InvalidConfig(all);
    }
  }

  /** Reads every file that the configuration names; opens no socket. */
  public static Check check(ProxyConfig config) {
    Prepared prepared = new Prepared(config);
    return new Check(prepared.problems(), prepared.warnings());
  }

  /**
   * Binds every listener, or none; nobody is served before all are bound.
   *
   * @param version for {@code build_info} and /status
   * @throws InvalidConfig when files that the configuration names cannot serve
   * @throws BindFailed when an address cannot be had; what was bound is closed again
   */
  public static Proxy start(ProxyConfig config, String version) throws InvalidConfig, BindFailed {
    Prepared prepared = new Prepared(config);
    if (!prepared.problems().isEmpty()) {
      throw new InvalidConfig(prepared.problems());
    }
    Proxy proxy = new Proxy(prepared, version);
    try {
      proxy.bind(version);
      return proxy;
    } catch (BindFailed e) {
      proxy.close();
      throw e;
    }
  }

  private Proxy(Prepared prepared, String version) {
    config = prepared.config();
    warnings = List.copyOf(prepared.warnings());
    transport = prepared.sockets();
    loops = transport.newLoops(config.workers(), "sallyport");
    control = transport.newLoops(1, "sallyport-control");
    resolver = new Resolver(transport);
    telemetry = new Telemetry(version);
    Dialer dialer = new Dialer(transport, resolver);
    for (InboundConfig listener : config.inbound()) {
      inbound.add(
          new InboundListener(
                  listener,
                  identity(prepared, listener).live(),
                  prepared.rules(listener),
                  dialer,
                  telemetry.inbound(listener.name()))
              .acceptor(transport, loops));
    }
    for (OutboundConfig listener : config.outbound()) {
      outbound.add(
          new OutboundListener(
                  listener,
                  identity(prepared, listener).live(),
                  prepared.rules(listener),
                  new Endpoints(listener.connect()),
                  dialer,
                  telemetry.outbound(listener.name()))
              .acceptor(transport, loops));
    }
    drain = new Drain(config.drain(), control.next(), inbound, outbound);
    drain.over().thenAcceptAsync(this::release, task -> new Thread(task, "sallyport-stop").start());
  }

  private IdentityPublisher identity(Prepared prepared, ListenerConfig listener) {
    IdentityPublisher publisher = new IdentityPublisher(prepared.firstGeneration(listener));
    identities.put(listener.name(), publisher);
    Identity shown = publisher.live().current().identity();
    if (shown != null) {
      telemetry.certificate(shown.name(), shown.leaf().getNotAfter().toInstant());
    }
    return publisher;
  }

  private void bind(String version) throws BindFailed {
    for (Acceptor acceptor : inbound) {
      bind(acceptor);
    }
    for (Acceptor acceptor : outbound) {
      bind(acceptor);
    }
    try {
      admin =
          AdminServer.start(
              config.admin(),
              new LiveView(version, drain, inbound, outbound, identities),
              new MetricsPage(Telemetry.CONTENT_TYPE, telemetry::scrape),
              control.next(),
              transport);
      addresses.putAll(admin.addresses());
    } catch (AdminBindFailed e) {
      throw failed(e.setting(), e.address(), e.why());
    }
    inbound.forEach(Acceptor::startAccepting);
    outbound.forEach(Acceptor::startAccepting);
    telemetry.watch(loops);
  }

  private void bind(Acceptor acceptor) throws BindFailed {
    ListenerConfig listener = acceptor.config();
    try {
      acceptor.bind();
      addresses.put(listener.name(), acceptor.address());
    } catch (IOException e) {
      throw failed(listener.setting() + ".listen", listener.listen().address(), e);
    }
  }

  private BindFailed failed(String setting, Address address, IOException cause) {
    String fault = address + " cannot be had: " + cause.getMessage();
    return new BindFailed(config.origins().problem(setting, fault, remedy(cause)), cause);
  }

  private static String remedy(IOException cause) {
    if (cause instanceof CannotListen told) {
      return told.remedy();
    }
    // The kernel's words; neither Java nor Netty gives its number.
    String words = String.valueOf(cause.getMessage());
    if (words.contains("in use")) {
      return "stop what listens there, or choose another address";
    }
    return words.contains("ermission")
        ? "choose a port above 1023"
        : "choose an address of this host";
  }

  /** Listener name to the address it really has; {@code admin} and {@code admin.probes} are too. */
  public Map<String, SocketAddress> addresses() {
    return Map.copyOf(addresses);
  }

  /** What works but should not be left so, as {@link #check} tells it. */
  public List<Problem> warnings() {
    return warnings;
  }

  /**
   * Drains as the configuration says and then stops. Called again, it cuts what is left at once.
   *
   * @return completes when all is closed
   */
  public CompletionStage<Stopped> stop() {
    drain.stop();
    return stopped;
  }

  /** Completes when the proxy has stopped, whoever asked for it. */
  public CompletionStage<Stopped> stopped() {
    return stopped;
  }

  /** Cuts every connection and releases everything; returns when that is done. */
  @Override
  public void close() {
    drain.cutNow();
    stopped.join();
  }

  /** In reverse order of the start; on a thread of its own, since it waits for the loops. */
  private void release(Stopped how) {
    if (admin != null) {
      admin.close();
    }
    resolver.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    identities.values().forEach(publisher -> publisher.live().current().release());
    telemetry.close();
    control.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    stopped.complete(how);
  }
}

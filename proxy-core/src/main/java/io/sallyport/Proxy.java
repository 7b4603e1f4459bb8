package io.sallyport;

import io.netty.channel.EventLoopGroup;
import io.sallyport.admin.AdminBindFailed;
import io.sallyport.admin.AdminServer;
import io.sallyport.admin.LogLevel;
import io.sallyport.admin.MetricsPage;
import io.sallyport.config.ConfigReader;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.Problem;
import io.sallyport.config.ProxyConfig;
import io.sallyport.identity.OcspClient;
import io.sallyport.telemetry.Telemetry;
import io.sallyport.transport.InheritedSockets;
import io.sallyport.transport.Transport;
import io.sallyport.upstream.Dialer;
import io.sallyport.upstream.Resolver;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
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

  private final ProxyConfig first;
  private List<Problem> warnings = List.of();

  /** What has not been asked yet of what it is to warn. */
  private @Nullable Prepared unwarned;

  private final Transport transport;
  private final EventLoopGroup loops;
  private final EventLoopGroup control;
  private final Resolver resolver;
  private final Telemetry telemetry;
  private final OcspClient ocsp;
  private final WorkloadApis apis;
  private final Listeners listeners;
  private final Reloader reloader;
  private final Map<String, SocketAddress> adminAddresses = new LinkedHashMap<>();
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
    return withProblemsOfFiles(() -> ConfigReader.read(file));
  }

  /**
   * The same of a configuration that is in no file, see {@link ConfigReader#read(String, String)}.
   */
  public static ProxyConfig read(String name, String text) throws InvalidConfig {
    return withProblemsOfFiles(() -> ConfigReader.read(name, text));
  }

  private static ProxyConfig withProblemsOfFiles(ConfigSource source) throws InvalidConfig {
    try {
      return source.read();
    } catch (InvalidConfig e) {
      if (e.sound() == null) {
        throw e;
      }
      List<Problem> all = new ArrayList<>(e.problems());
      all.addAll(new Prepared(e.sound()).problems());
      throw new InvalidConfig(all);
    }
  }

  /**
   * Reads every file that the configuration names, and asks Workload APIs, though not as long as a
   * start may; listens nowhere.
   */
  public static Check check(ProxyConfig config) {
    Prepared prepared = Prepared.toLookAt(config);
    return new Check(prepared.problems(), prepared.warnings());
  }

  /**
   * Judges a peer by every listener of a configuration; listens nowhere.
   *
   * @param chain what the peer would show, its own certificate first; at least one
   * @throws InvalidConfig when the configuration would not start
   */
  public static List<PeerAnswer> judge(ProxyConfig config, List<X509Certificate> chain)
      throws InvalidConfig {
    return new PeerTrial(Prepared.toLookAt(config).withoutProblems(), chain).answers();
  }

  /**
   * Binds every listener, or none; nobody is served before all are bound. While it serves, the
   * source and all that it names are read again when they change, and upon {@link #reload}.
   *
   * @param version for {@code build_info} and /status
   * @param inherited where listeners may accept whose address is {@code systemd:NAME}
   * @param logLevel null where the admin server is not to show and change it
   * @throws InvalidConfig when the configuration, or files that it names, cannot serve
   * @throws BindFailed when an address cannot be had; what was bound is closed again
   */
  public static Proxy start(
      ConfigSource source, String version, InheritedSockets inherited, @Nullable LogLevel logLevel)
      throws InvalidConfig, BindFailed {
    Instant before = Instant.now();
    ProxyConfig config = source.read();
    String files = FilesDigest.of(config.files());
    if (FilesDigest.mayHaveChangedSince(before, config.origins().files())) {
      files = FilesDigest.UNKNOWN;
    }
    Telemetry telemetry = new Telemetry(version);
    OcspClient ocsp = new OcspClient(telemetry.ocsp());
    WorkloadApis apis = new WorkloadApis();
    Prepared prepared;
    try {
      prepared = Prepared.asking(config, ocsp, apis).withoutProblems();
    } catch (InvalidConfig e) {
      apis.close();
      telemetry.close();
      throw e;
    }
    Transport transport = prepared.sockets().inheriting(inherited);
    Proxy proxy = new Proxy(source, prepared, files, telemetry, ocsp, apis, transport);
    try {
      proxy.serve(prepared, version, logLevel);
      return proxy;
    } catch (BindFailed e) {
      proxy.close();
      throw e;
    }
  }

  /** As the other, of a process that was passed no sockets and whose log is not its own. */
  public static Proxy start(ConfigSource source, String version) throws InvalidConfig, BindFailed {
    return start(source, version, InheritedSockets.NONE, null);
  }

  /** As the other, of a configuration that stays; the files that it names may change. */
  public static Proxy start(ProxyConfig config, String version) throws InvalidConfig, BindFailed {
    return start((ConfigSource) () -> config, version);
  }

  private Proxy(
      ConfigSource source,
      Prepared prepared,
      String files,
      Telemetry telemetry,
      OcspClient ocsp,
      WorkloadApis apis,
      Transport transport) {
    this.telemetry = telemetry;
    this.ocsp = ocsp;
    this.apis = apis;
    first = prepared.config();
    unwarned = prepared;
    this.transport = transport;
    loops = transport.newLoops(first.workers(), "sallyport");
    control = transport.newLoops(1, "sallyport-control");
    resolver = new Resolver(transport);
    listeners = new Listeners(transport, loops, new Dialer(transport, resolver), telemetry);
    reloader = new Reloader(source, prepared, files, apis, listeners, telemetry);
    drain =
        new Drain(
            () -> reloader.config().drain(),
            control.next(),
            listeners::inbound,
            listeners::outbound);
    drain.over().thenAcceptAsync(this::release, task -> new Thread(task, "sallyport-stop").start());
  }

  private void serve(Prepared prepared, String version, @Nullable LogLevel logLevel)
      throws BindFailed {
    Listeners.Change change = listeners.prepare(prepared);
    try {
      admin =
          AdminServer.start(
              first.admin(),
              new LiveView(version, drain, listeners, reloader, telemetry),
              new MetricsPage(Telemetry.CONTENT_TYPE, telemetry::scrape),
              logLevel,
              control.next(),
              transport);
      adminAddresses.putAll(admin.addresses());
      listeners.adminIsAt(admin.addresses().values());
    } catch (AdminBindFailed e) {
      change.abandon();
      throw BindFailed.of(first, e.setting(), e.address(), e.why());
    }
    change.publish();
    listeners.show(telemetry);
    telemetry.keyRings(prepared.keyRings());
    telemetry.watch(loops);
    ExpiryWatch.start(control.next(), listeners, ocsp, telemetry);
    ocsp.whenRevoked(listeners::judgeAgain);
    reloader.start();
  }

  /** Listener name to the address it really has; {@code admin} and {@code admin.probes} are too. */
  public Map<String, SocketAddress> addresses() {
    Map<String, SocketAddress> addresses = new LinkedHashMap<>(adminAddresses);
    for (Served<?> served : listeners.serving()) {
      addresses.put(served.terms().config().name(), served.acceptor().address());
    }
    return addresses;
  }

  /**
   * Reads the configuration and every file that it names again, and serves by them if they can
   * serve. Open connections whose peers have no right to be here any more are closed.
   *
   * @return completes, on a thread of the proxy's, when that is done or has been found impossible
   */
  public CompletionStage<Reload> reload() {
    return reloader.reload();
  }

  /** Tells of each reload that begins from now on, in the place of whom it told before. */
  public void tellOfReloads(ReloadEvents events) {
    reloader.tell(events);
  }

  /**
   * Asks every event loop for a turn.
   *
   * @return completes when each has come by; never, while one is stuck; exceptionally, once they
   *     have stopped
   */
  public CompletionStage<@Nullable Void> turn() {
    return Turn.ofEach(loops, control);
  }

  /**
   * What of the configuration that it has started with works but should not be left so, as {@link
   * #check} tells it. The first call may take a good part of a second: not for event loops, and to
   * be asked for when it serves.
   */
  public synchronized List<Problem> warnings() {
    if (unwarned != null) {
      warnings = List.copyOf(unwarned.warnings());
      unwarned = null;
    }
    return warnings;
  }

  /**
   * Drains as the configuration says and then stops. Called again, it cuts what is left at once.
   *
   * @return completes when all is closed
   */
  public CompletionStage<Stopped> stop() {
    reloader.end();
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
    reloader.end();
    drain.cutNow();
    stopped.join();
  }

  /** In reverse order of the start; on a thread of its own, since it waits for the loops. */
  private void release(Stopped how) {
    if (admin != null) {
      admin.close();
    }
    reloader.release();
    apis.close();
    resolver.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    ocsp.close();
    listeners.release();
    telemetry.close();
    control.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    stopped.complete(how);
  }
}

package io.sallyport.cli;

import static io.sallyport.Proxy.Stopped.CLEAN;

import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.NetUtil;
import io.sallyport.BindFailed;
import io.sallyport.ConfigSource;
import io.sallyport.Proxy;
import io.sallyport.Reload;
import io.sallyport.ReloadEvents;
import io.sallyport.cli.log.LogOutput;
import io.sallyport.cli.systemd.Notifier;
import io.sallyport.cli.systemd.PassedSockets;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.Problem;
import io.sallyport.transport.InheritedSockets;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** A proxy from its start to its end: signals in, exit code out. */
final class Serving {

  private static final Logger log = LoggerFactory.getLogger(Serving.class);

  private static final String SERVING = "serving";

  private final Proxy proxy;

  /** Null where systemd does not want to be told. */
  private final @Nullable Notifier systemd;

  private final AtomicBoolean stopping = new AtomicBoolean();

  private Serving(Proxy proxy, @Nullable Notifier systemd) {
    this.proxy = proxy;
    this.systemd = systemd;
  }

  /** Returns when the proxy has stopped. */
  static Exit untilStopped(ConfigSource config) throws InvalidConfig, BindFailed {
    Map<String, String> environment = System.getenv();
    long pid = ProcessHandle.current().pid();
    // So asked, neither of these classes is loaded where there is no need.
    InheritedSockets passed =
        environment.containsKey("LISTEN_FDS")
            ? PassedSockets.of(environment, pid)
            : InheritedSockets.NONE;
    Proxy proxy = Proxy.start(config, Version.current(), passed, LogOutput.standardError());
    Notifier systemd = environment.containsKey("NOTIFY_SOCKET") ? Notifier.open(environment) : null;
    if (systemd != null) {
      systemd.watch(environment, pid, proxy::turn);
    }
    for (String name : passed.namesNotTaken()) {
      log.atWarn()
          .addKeyValue("name", name)
          .log("systemd has passed a socket that no listener names; who connects there waits");
    }
    return new Serving(proxy, systemd).untilStopped();
  }

  private Exit untilStopped() {
    for (String signal : new String[] {"TERM", "INT"}) {
      Signals.on(signal, () -> stop(signal));
    }
    Signals.on("HUP", this::reload);
    logReady(proxy);
    if (systemd != null) {
      // Before it asks for one, which it may as soon as it knows.
      proxy.tellOfReloads(told(systemd));
      systemd.ready(SERVING);
    }
    for (Problem warning : proxy.warnings()) {
      log.atWarn().addKeyValue("warning", Faults.line(warning)).log("configuration");
    }
    Proxy.Stopped how = proxy.stopped().toCompletableFuture().join();
    log.atInfo().addKeyValue("connections", how == CLEAN ? "ended" : "cut").log("stopped");
    if (systemd != null) {
      systemd.stopped(how == CLEAN ? "stopped" : "stopped, and connections were cut");
      systemd.close();
    }
    return how == CLEAN ? Exit.DONE : Exit.CUT;
  }

  private void stop(String signal) {
    boolean again = stopping.getAndSet(true);
    log.atInfo().addKeyValue("signal", "SIG" + signal).log(again ? "stopping now" : "stopping");
    if (systemd != null) {
      systemd.stopping(again ? "cutting open connections" : "draining open connections");
    }
    proxy.stop();
  }

  /** The proxy tells of what changes and of what fails; that nothing did is told here. */
  private void reload() {
    log.atInfo().addKeyValue("signal", "SIGHUP").log("reading the files again");
    proxy
        .reload()
        .thenAccept(
            done -> {
              if (done.succeeded() && done.listeners() == 0) {
                log.info("nothing has changed");
              }
            });
  }

  private static ReloadEvents told(Notifier systemd) {
    return new ReloadEvents() {
      @Override
      public void reloading() {
        systemd.reloading();
      }

      @Override
      public void reloaded(Reload done) {
        systemd.ready(status(done.problems()));
      }
    };
  }

  /** One line of {@code systemctl status}; the log has every problem. */
  private static String status(List<Problem> problems) {
    if (problems.isEmpty()) {
      return SERVING;
    }
    String first = "; reload failed, what served before serves on: " + Faults.line(problems.get(0));
    int more = problems.size() - 1;
    return SERVING + first + (more == 0 ? "" : " (and " + more + " more, see the log)");
  }

  private static void logReady(Proxy proxy) {
    LoggingEventBuilder ready = log.atInfo().addKeyValue("version", Version.current());
    if (Boolean.getBoolean("sallyport.cache.stale")) {
      ready =
          ready.addKeyValue(
              "classes", "not ready made, which another Java did; run bin/sallyport-cache once");
    }
    for (Map.Entry<String, SocketAddress> bound : new TreeMap<>(proxy.addresses()).entrySet()) {
      ready = ready.addKeyValue(bound.getKey(), written(bound.getValue()));
    }
    ready.log("ready");
  }

  /** As configurations and clients write it: {@code 127.0.0.1:8443}, {@code unix:/path}. */
  static String written(SocketAddress address) {
    if (address instanceof InetSocketAddress inet) {
      return NetUtil.toSocketAddressString(inet);
    }
    return address instanceof DomainSocketAddress unix ? "unix:" + unix.path() : address.toString();
  }
}

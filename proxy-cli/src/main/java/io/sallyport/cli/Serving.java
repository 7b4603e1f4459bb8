package io.sallyport.cli;

import static io.sallyport.Proxy.Stopped.CLEAN;

import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.NetUtil;
import io.sallyport.BindFailed;
import io.sallyport.ConfigSource;
import io.sallyport.Proxy;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.Problem;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** A proxy from its start to its end: signals in, exit code out. */
final class Serving {

  private static final Logger log = LoggerFactory.getLogger(Serving.class);

  private Serving() {}

  /** Returns when the proxy has stopped. */
  static Exit untilStopped(ConfigSource config) throws InvalidConfig, BindFailed {
    Proxy proxy = Proxy.start(config, Version.current());
    AtomicBoolean stopping = new AtomicBoolean();
    for (String signal : new String[] {"TERM", "INT"}) {
      Signals.on(signal, () -> stop(proxy, signal, stopping.getAndSet(true)));
    }
    Signals.on("HUP", () -> reload(proxy));
    for (Problem warning : proxy.warnings()) {
      log.atWarn().addKeyValue("warning", Faults.line(warning)).log("configuration");
    }
    logReady(proxy);
    Proxy.Stopped how = proxy.stopped().toCompletableFuture().join();
    log.atInfo().addKeyValue("connections", how == CLEAN ? "ended" : "cut").log("stopped");
    return how == CLEAN ? Exit.DONE : Exit.CUT;
  }

  private static void stop(Proxy proxy, String signal, boolean again) {
    log.atInfo().addKeyValue("signal", "SIG" + signal).log(again ? "stopping now" : "stopping");
    proxy.stop();
  }

  /** The proxy tells of what changes and of what fails; that nothing did is told here. */
  private static void reload(Proxy proxy) {
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

  private static void logReady(Proxy proxy) {
    LoggingEventBuilder ready = log.atInfo().addKeyValue("version", Version.current());
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

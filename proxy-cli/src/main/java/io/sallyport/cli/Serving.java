package io.sallyport.cli;

import io.sallyport.BindFailed;
import io.sallyport.Proxy;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.ProxyConfig;
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
  static Exit untilStopped(ProxyConfig config) throws InvalidConfig, BindFailed {
    Proxy proxy = Proxy.start(config, Version.current());
    AtomicBoolean stopping = new AtomicBoolean();
    for (String signal : new String[] {"TERM", "INT"}) {
      Signals.on(signal, () -> stop(proxy, signal, stopping.getAndSet(true)));
    }
    // Left alone, it would end the process, and whoever sends it means "read your files again".
    Signals.on("HUP", () -> log.warn("SIGHUP ignored; restart to have files read again"));
    logReady(proxy);
    Proxy.Stopped how = proxy.stopped().toCompletableFuture().join();
    return how == Proxy.Stopped.CLEAN ? Exit.DONE : Exit.CUT;
  }

  private static void stop(Proxy proxy, String signal, boolean again) {
    log.atInfo()
        .addKeyValue("signal", "SIG" + signal)
        .log(again ? "cutting open connections" : "draining");
    proxy.stop();
  }

  private static void logReady(Proxy proxy) {
    LoggingEventBuilder ready = log.atInfo().addKeyValue("version", Version.current());
    for (Map.Entry<String, SocketAddress> bound : new TreeMap<>(proxy.addresses()).entrySet()) {
      ready = ready.addKeyValue(bound.getKey(), bound.getValue().toString());
    }
    ready.log("ready");
  }
}

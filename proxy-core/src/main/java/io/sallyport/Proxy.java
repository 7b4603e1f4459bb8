package io.sallyport;

import io.sallyport.config.InvalidConfig;
import io.sallyport.config.Problem;
import io.sallyport.config.ProxyConfig;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The whole proxy: start, drain, close. Thread-safe. */
public final class Proxy implements AutoCloseable {

  private final CompletableFuture<Stopped> stopped = new CompletableFuture<>();

  private Proxy() {}

  /**
   * What {@code sallyport check} prints.
   *
   * @param problems what would keep {@link #start} from starting
   * @param warnings what works but should not be left so
   */
  public record Check(List<Problem> problems, List<Problem> warnings) {}

  /** How the proxy ended. */
  public enum Stopped {
    /** Every connection had ended. */
    CLEAN,
    /** The deadline passed, or somebody insisted, and open connections were cut. */
    CONNECTIONS_CUT
  }

  /** Reads every file that the configuration names; opens no socket. */
  public static Check check(ProxyConfig config) {
    return new Check(List.of(), config.warnings());
  }

  /**
   * Binds every listener, or none.
   *
   * @param version for {@code build_info} and /status
   * @throws InvalidConfig when files that the configuration names cannot serve
   * @throws BindFailed when an address cannot be had; what was bound is closed again
   */
  public static Proxy start(ProxyConfig config, String version) throws InvalidConfig, BindFailed {
    List<Problem> problems = check(config).problems();
    if (!problems.isEmpty()) {
      throw new InvalidConfig(problems);
    }
    return new Proxy();
  }

  /** Listener name to the address it really has; {@code admin} and {@code admin.probes} are too. */
  public Map<String, SocketAddress> addresses() {
    return Map.of();
  }

  /**
   * Drains as the configuration says and then stops. Called again, it cuts what is left at once.
   *
   * @return completes when all is closed
   */
  public CompletionStage<Stopped> stop() {
    stopped.complete(Stopped.CLEAN);
    return stopped;
  }

  /** Completes when the proxy has stopped, whoever asked for it. */
  public CompletionStage<Stopped> stopped() {
    return stopped;
  }

  /** Cuts every connection and releases everything; returns when that is done. */
  @Override
  public void close() {
    stopped.complete(Stopped.CONNECTIONS_CUT);
  }
}

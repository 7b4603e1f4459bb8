package io.sallyport.cli;

import io.sallyport.config.DrainConfig;
import io.sallyport.config.Limits;
import io.sallyport.config.ReloadConfig;
import java.time.Duration;
import picocli.CommandLine.Option;

/** How long and how many; the defaults are Ghostunnel's, but for the number of connections. */
final class LimitFlags {

  private static final int MAX_HANDSHAKES = 1000;
  private static final Duration EXPIRY_GRACE = Duration.ofHours(1);
  private static final Duration LAST_BYTES = Duration.ofSeconds(10);

  @Option(
      names = "--connect-timeout",
      paramLabel = "DURATION",
      description = "For connecting, and for a handshake; default 10s.")
  private Duration connectTimeout = Duration.ofSeconds(10);

  @Option(
      names = "--close-timeout",
      paramLabel = "DURATION",
      description = "Without a byte once one side has finished; default 1m; 0 closes at once.")
  private Duration closeTimeout = Duration.ofMinutes(1);

  @Option(
      names = "--shutdown-timeout",
      paramLabel = "DURATION",
      description = "From SIGTERM until open connections are cut; default 5m.")
  private Duration shutdownTimeout = Duration.ofMinutes(5);

  @Option(
      names = "--max-conn-lifetime",
      paramLabel = "DURATION",
      description = "Of a connection, whatever it does; default 0, which is no limit.")
  private Duration maxLifetime = Duration.ZERO;

  @Option(
      names = "--max-concurrent-conns",
      paramLabel = "N",
      description = "Connections open at once; default 10000; 0 is no limit.")
  private int maxConnections = 10_000;

  @Option(
      names = "--timed-reload",
      paramLabel = "DURATION",
      description = "How often to look whether a file has changed; default 2s; 0 is never.")
  private Duration timedReload = Duration.ofSeconds(2);

  Limits limits(FlagFindings findings) {
    if (connectTimeout.toMillis() == 0) {
      findings.problem("--connect-timeout", "must be at least 1ms", "write such as 10s");
    }
    if (maxConnections < 0) {
      findings.problem("--max-concurrent-conns", "cannot be negative", "write 0 for no limit");
    }
    boolean atOnce = closeTimeout.toMillis() == 0;
    return new Limits(
        maxConnections == 0 ? Integer.MAX_VALUE : maxConnections,
        MAX_HANDSHAKES,
        connectTimeout,
        connectTimeout,
        Duration.ZERO,
        // There, zero would be no limit.
        atOnce ? Duration.ofMillis(1) : closeTimeout,
        maxLifetime,
        EXPIRY_GRACE,
        // What has been queued is given its time to leave, whoever wants to close at once.
        atOnce ? LAST_BYTES : closeTimeout);
  }

  /** As Ghostunnel has it: nothing more is accepted from the signal on. */
  DrainConfig drain() {
    return new DrainConfig(Duration.ZERO, shutdownTimeout);
  }

  ReloadConfig reload(FlagFindings findings) {
    if (!timedReload.isZero() && timedReload.toMillis() == 0) {
      findings.problem("--timed-reload", "must be at least 1ms", "write such as 10s, or 0");
    }
    return new ReloadConfig(timedReload);
  }
}

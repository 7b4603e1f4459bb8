package io.sallyport.telemetry;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/**
 * The process, under the names that Prometheus' own clients give it.
 *
 * <p>Asked of the system when somebody scrapes. Micrometer's binders say more of the JVM, but load
 * the management classes at start, and a sidecar is started with every pod.
 */
final class ProcessMeters {

  // Held here because Micrometer holds what it asks only weakly.
  private static final ProcessHandle SELF = ProcessHandle.current();
  private static final Path STATUS = Path.of("/proc/self/status");

  private ProcessMeters() {}

  static void register(MeterRegistry registry) {
    FunctionCounter.builder("process.cpu", SELF, ProcessMeters::cpuSeconds)
        .description("User and system time that the process has used.")
        .baseUnit("seconds")
        .register(registry);
    SELF.info()
        .startInstant()
        .ifPresent(
            start ->
                Gauge.builder("process.start.time", start::getEpochSecond)
                    .description("When the process started, in seconds since 1970.")
                    .baseUnit("seconds")
                    .register(registry));
    if (Files.isReadable(STATUS)) {
      Gauge.builder("process.resident.memory", ProcessMeters::residentBytes)
          .description("Memory of the process that is in RAM.")
          .baseUnit("bytes")
          .register(registry);
    }
  }

  private static double cpuSeconds(ProcessHandle process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9;
  }

  /** NaN, which is how Prometheus writes "unknown", where the system does not say. */
  private static double residentBytes() {
    try (Stream<String> lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToDouble(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024.0)
          .findFirst()
          .orElse(Double.NaN);
    } catch (IOException e) {
      return Double.NaN;
    }
  }
}

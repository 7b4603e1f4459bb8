package io.sallyport.cli.systemd;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd how the service is: ready, reloading, stopping, and that it is alive. Whatever
 * comes of telling it, the service goes on. Thread-safe; told in order, on a thread of its own.
 */
public final class Notifier implements AutoCloseable {

  private static final String ADDRESS = "NOTIFY_SOCKET";

  private static final Logger log = LoggerFactory.getLogger(Notifier.class);

  private static final String STATUS = "\nSTATUS=";
  private static final long LAST_WORDS_SECONDS = 2;

  private final NotifySocket socket;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "sallyport-systemd");
            thread.setDaemon(true);
            return thread;
          });

  // These two are the thread's.
  private boolean stopping;
  private boolean lost;

  private Notifier(NotifySocket socket) {
    this.socket = socket;
  }

  /**
   * @param environment of this process
   * @return null, with a word in the log, where it cannot be told
   */
  public static @Nullable Notifier open(Map<String, String> environment) {
    String address = environment.getOrDefault(ADDRESS, "");
    try {
      return new Notifier(NotifySocket.to(address));
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue(ADDRESS, address)
          .addKeyValue("fault", e.getMessage())
          .log("systemd cannot be told how the service is");
      return null;
    }
  }

  /** All listeners accept; also after a reload, whatever came of it. */
  public void ready(String status) {
    tell(() -> sendUnlessStopping("READY=1" + STATUS + oneLine(status)));
  }

  /** Files are read again; {@link #ready} is owed. */
  public void reloading() {
    // System.nanoTime is CLOCK_MONOTONIC on Linux, which is what systemd compares it with.
    long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime());
    String reloading = "RELOADING=1\nMONOTONIC_USEC=" + micros;
    tell(() -> sendUnlessStopping(reloading + STATUS + "reading the files again"));
  }

  /** From here on nothing but the end is expected, and that it is alive until then. */
  public void stopping(String status) {
    tell(
        () -> {
          stopping = true;
          send("STOPPING=1" + STATUS + oneLine(status));
        });
  }

  /** Shown until it is started again. */
  public void stopped(String status) {
    tell(() -> send("STATUS=" + oneLine(status)));
  }

  /**
   * Tells, twice as often as systemd asks for it, that the service is alive, if it asks for it at
   * all.
   *
   * @param turn completes when all that has to go on has gone on
   */
  public void watch(
      Map<String, String> environment, long pid, Supplier<? extends CompletionStage<?>> turn) {
    Duration interval = Watchdog.interval(environment, pid);
    if (interval != null) {
      Watchdog watchdog = new Watchdog(turn, () -> tell(() -> send("WATCHDOG=1")));
      long period = interval.toNanos() / 2;
      thread.scheduleAtFixedRate(watchdog::look, 0, period, TimeUnit.NANOSECONDS);
    }
  }

  private void tell(Runnable message) {
    try {
      thread.execute(message);
    } catch (RejectedExecutionException e) {
      // The process ends.
    }
  }

  /** A reload may still be going on then, and is of no interest any more. */
  private void sendUnlessStopping(String message) {
    if (!stopping) {
      send(message);
    }
  }

  private void send(String message) {
    try {
      socket.send(message);
      lost = false;
    } catch (IOException e) {
      if (!lost) {
        log.atWarn().addKeyValue("fault", e.getMessage()).log("systemd was not told");
      }
      lost = true;
    }
  }

  private static String oneLine(String status) {
    return status.replaceAll("\\p{Cntrl}+", " ");
  }

  /** Returns when all is told. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      if (thread.awaitTermination(LAST_WORDS_SECONDS, TimeUnit.SECONDS)) {
        socket.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

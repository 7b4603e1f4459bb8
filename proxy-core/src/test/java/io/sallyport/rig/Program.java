package io.sallyport.rig;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Another program, in a process of its own: a real client, server or application. Whatever it
 * writes is kept, standard error among it. Closing ends it, and whatever it has started.
 */
public final class Program implements AutoCloseable {

  /** How a program ended and what it had written. */
  public record Outcome(int exitCode, String output) {}

  private static final long LONGEST_WAIT_SECONDS = 20;

  private final Process process;
  private final Thread reader;
  private final StringBuilder output = new StringBuilder();
  private boolean ended;

  private Program(Process process) {
    this.process = process;
    this.reader = new Thread(this::read, "output of " + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * The file of an installed program. Where it is not installed the test that asks is skipped, and
   * says so.
   */
  public static String installed(String name) {
    Optional<Path> file =
        Stream.concat(
                // Servers are there, which is not in everybody's PATH.
                Stream.of("/usr/sbin"),
                Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)))
            .map(folder -> Path.of(folder, name))
            .filter(Files::isExecutable)
            .findFirst();
    assumeThat(file).as("%s is not installed", name).isPresent();
    return file.orElseThrow().toString();
  }

  /** Runs it to its end, with nothing to read. */
  public static Outcome run(List<String> command) {
    return run(command, LONGEST_WAIT_SECONDS);
  }

  public static Outcome run(List<String> command, long timeoutSeconds) {
    return run(new ProcessBuilder(command), timeoutSeconds);
  }

  public static Outcome run(ProcessBuilder builder, long timeoutSeconds) {
    try (Program program = start(builder)) {
      program.endInput();
      return program.awaitEnd(timeoutSeconds);
    }
  }

  public static Program start(List<String> command) {
    return start(new ProcessBuilder(command));
  }

  public static Program start(ProcessBuilder builder) {
    try {
      return new Program(builder.redirectErrorStream(true).start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        append(line);
      }
    } catch (IOException e) {
      append("(output lost: " + e.getMessage() + ")");
    }
    synchronized (this) {
      ended = true;
      notifyAll();
    }
  }

  private synchronized void append(String line) {
    output.append(line).append('\n');
    notifyAll();
  }

  public synchronized String output() {
    return output.toString();
  }

  /** The first line that is so, whole; waits for it. */
  public synchronized String awaitLine(Predicate<String> wanted) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_WAIT_SECONDS);
    while (true) {
      Optional<String> found = output.toString().lines().filter(wanted).findFirst();
      if (found.isPresent()) {
        return found.get();
      }
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0 || ended) {
        throw new IllegalStateException("not written by " + process.info() + ": " + output);
      }
      try {
        wait(left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }

  /** Writes to its standard input; lost on a program that has ended, of which its output tells. */
  public void send(String text) {
    try {
      process.getOutputStream().write(text.getBytes(UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      // It reads no more.
    }
  }

  public void endInput() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // It reads no more.
    }
  }

  public Outcome awaitEnd() {
    return awaitEnd(LONGEST_WAIT_SECONDS);
  }

  private Outcome awaitEnd(long timeoutSeconds) {
    try {
      if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
        throw new IllegalStateException("still running " + process.info() + ": " + output());
      }
      reader.join(TimeUnit.SECONDS.toMillis(LONGEST_WAIT_SECONDS));
      return new Outcome(process.exitValue(), output());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    List<ProcessHandle> started = process.descendants().toList();
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    started.forEach(ProcessHandle::destroyForcibly);
  }
}

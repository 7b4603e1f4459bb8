package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** {@code bin/sallyport} of the distribution, run as a user runs it. */
final class Command implements AutoCloseable {

  static final Path DISTRIBUTION = Path.of("target", "sallyport").toAbsolutePath();

  private static final long LONGEST_SECONDS = 60;

  /** How a command ended. */
  record Ended(int exitCode, String out, String err) {}

  private final Process process;
  private final StringBuilder out = new StringBuilder();
  private final StringBuilder err = new StringBuilder();
  private final List<Thread> readers = new ArrayList<>();

  private Command(Process process) {
    this.process = process;
    read(process.getInputStream(), out);
    read(process.getErrorStream(), err);
  }

  /** Runs it to its end. */
  static Ended run(String... arguments) {
    try (Command command = start(arguments)) {
      return command.ended();
    }
  }

  static Command start(String... arguments) {
    List<String> line = new ArrayList<>();
    line.add(DISTRIBUTION.resolve("bin/sallyport").toString());
    line.addAll(List.of(arguments));
    return start(new ProcessBuilder(line));
  }

  static Command start(ProcessBuilder builder) {
    try {
      return new Command(builder.start());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void read(InputStream stream, StringBuilder into) {
    Thread reader =
        new Thread(
            () -> {
              try (BufferedReader lines =
                  new BufferedReader(new InputStreamReader(stream, UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                  synchronized (this) {
                    into.append(line).append('\n');
                    notifyAll();
                  }
                }
              } catch (IOException e) {
                // The process is gone, and its streams with it.
              }
            });
    reader.setDaemon(true);
    reader.start();
    readers.add(reader);
  }

  /** A line of either stream that is wanted; waits for it. */
  synchronized String line(Predicate<String> wanted) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_SECONDS);
    while (true) {
      for (String line : (out.toString() + err).lines().toList()) {
        if (wanted.test(line)) {
          return line;
        }
      }
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0 || !process.isAlive()) {
        throw new IllegalStateException("not said: " + out + err);
      }
      wait(Math.min(left, 200));
    }
  }

  /** The lines that begin with curl, so far. */
  synchronized List<String> curlLines() {
    return out.toString().lines().map(String::strip).filter(l -> l.startsWith("curl ")).toList();
  }

  void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  Ended ended() {
    try {
      if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("does not end: " + out + err);
      }
      for (Thread reader : readers) {
        reader.join();
      }
      return new Ended(process.exitValue(), out.toString(), err.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}

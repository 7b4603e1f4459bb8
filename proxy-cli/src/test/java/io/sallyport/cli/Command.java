package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** {@code bin/sallyport} of the distribution, run as a user runs it. */
final class Command implements AutoCloseable {

  static final Path DISTRIBUTION = Path.of("target", "sallyport").toAbsolutePath();

  private static final long LONGEST_SECONDS = 120;
  private static final String HEED_SIGNALS =
      """
      import os, pty, signal, sys
      signal.signal(signal.SIGINT, signal.SIG_DFL)
      signal.signal(signal.SIGHUP, signal.SIG_DFL)
      """;
  private static final String EXEC = HEED_SIGNALS + "os.execvp(sys.argv[1], sys.argv[1:])";
  private static final String ON_TERMINAL =
      HEED_SIGNALS + "sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

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
    return run(sallyport(arguments));
  }

  /** Runs it to its end. */
  static Ended run(ProcessBuilder builder) {
    try (Command command = start(builder)) {
      return command.ended();
    }
  }

  static Command start(String... arguments) {
    return start(sallyport(arguments));
  }

  /** The command on the Java that runs the tests, with nothing set that would change it. */
  static ProcessBuilder sallyport(String... arguments) {
    List<String> line = new ArrayList<>();
    line.add(DISTRIBUTION.resolve("bin/sallyport").toString());
    line.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(line);
    builder
        .environment()
        .keySet()
        .removeAll(
            List.of(
                "SALLYPORT_JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "KEYSTORE_PASS"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return builder;
  }

  /** Any other program, to its end; where it is not installed the test is skipped. */
  static Ended runOther(String... line) {
    try (Command command = startOther(line)) {
      return command.ended();
    }
  }

  /** The same, begun. */
  static Command startOther(String... line) {
    assumeInstalled(line[0]);
    ProcessBuilder builder = new ProcessBuilder(line);
    // All that is asked for is on this host, whatever proxy leads to others.
    builder.environment().put("no_proxy", "*");
    return start(builder);
  }

  /** Where it is not the test is skipped. */
  static void assumeInstalled(String program) {
    Stream<Path> path =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            .map(folder -> Path.of(folder, program));
    assumeThat(path.anyMatch(Files::isExecutable)).as("%s is installed", program).isTrue();
  }

  static Command start(ProcessBuilder builder) {
    try {
      return new Command(builder.start());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * As from a terminal, whoever runs the tests: what a shell starts in the background, or under
   * nohup, ignores these signals, and so would whatever it starts in turn.
   */
  static Command startInForeground(String... arguments) {
    return start(startableInForeground(arguments));
  }

  /** The same, to be given an environment of its own. */
  static ProcessBuilder startableInForeground(String... arguments) {
    return startableInForeground(sallyport(arguments));
  }

  /** Another program. */
  static ProcessBuilder startableInForeground(ProcessBuilder builder) {
    return through(builder, "python3", "-c", EXEC);
  }

  /** On a terminal of its own; what it says, on either stream, comes as {@link #out()}. */
  static Command startOnTerminal(ProcessBuilder builder) {
    return start(through(builder, "python3", "-c", ON_TERMINAL));
  }

  /** Started by another program, which becomes it. */
  static ProcessBuilder through(ProcessBuilder builder, String... starter) {
    assumeInstalled(starter[0]);
    List<String> line = new ArrayList<>(List.of(starter));
    line.addAll(builder.command());
    return builder.command(line);
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
  String line(Predicate<String> wanted) throws InterruptedException {
    return awaitLines(wanted, 1);
  }

  /** So many lines of the two streams that are wanted; waits for them and returns the last. */
  synchronized String awaitLines(Predicate<String> wanted, int times) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_SECONDS);
    while (true) {
      boolean over = readers.stream().noneMatch(Thread::isAlive);
      List<String> lines = (out.toString() + err).lines().filter(wanted).toList();
      if (lines.size() >= times) {
        return lines.get(times - 1);
      }
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0 || over) {
        throw new IllegalStateException("not said: " + out + err);
      }
      wait(Math.min(left, 200));
    }
  }

  /** The port of a listener, from the line that says it is ready. */
  int port(String listener) throws InterruptedException {
    String ready = line(line -> line.contains("\"ready\""));
    Matcher address = Pattern.compile("\"" + listener + "\":\"[^\"]*:(\\d+)\"").matcher(ready);
    if (!address.find()) {
      throw new IllegalStateException("no " + listener + " in " + ready);
    }
    return Integer.parseInt(address.group(1));
  }

  synchronized String out() {
    return out.toString();
  }

  synchronized String err() {
    return err.toString();
  }

  /** Keys pressed, on its terminal. */
  void type(String keys) throws IOException {
    process.getOutputStream().write(keys.getBytes(UTF_8));
    process.getOutputStream().flush();
  }

  long pid() {
    return process.pid();
  }

  /** What it has started and what that has started, of what is there now. */
  List<ProcessHandle> descendants() {
    return process.descendants().toList();
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
      checkForLeaks();
      return new Ended(process.exitValue(), out.toString(), err.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** What Netty says of a buffer that nobody released. */
  private synchronized void checkForLeaks() {
    if (err.indexOf("LEAK: ") >= 0) {
      throw new AssertionError(err.toString());
    }
  }

  /** Returns when there is no such process any more. */
  @Override
  public void close() {
    // On a terminal it is a child, and ignores that the terminal goes.
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().onExit().join();
    checkForLeaks();
  }
}

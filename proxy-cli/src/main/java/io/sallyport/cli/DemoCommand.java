package io.sallyport.cli;

import io.sallyport.cli.demo.Demo;
import io.sallyport.cli.log.LogOutput;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    description =
        "Runs an application, a sidecar before it and one before its client, and shows what to"
            + " try. Ctrl-C stops it.")
final class DemoCommand implements Callable<Integer> {

  @Option(
      names = "--once",
      description = "Make the requests, print what happened, and exit with 0 if all went well.")
  private boolean once;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Keep the certificates there; else they are removed at the end.")
  private @Nullable Path dir;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    if (once) {
      LogOutput.standardError().change(Level.WARN);
    }
    try (Demo demo = Demo.start(dir == null ? temporaryFolder() : dir, Version.current())) {
      if (once) {
        return (demo.tryOut(out) ? Exit.DONE : Exit.FAILED).code();
      }
      CountDownLatch signal = signal();
      demo.describe(out);
      out.println("# Ctrl-C ends it.");
      signal.await();
      return Exit.DONE.code();
    }
  }

  private static CountDownLatch signal() {
    CountDownLatch signal = new CountDownLatch(1);
    Signals.on("INT", signal::countDown);
    Signals.on("TERM", signal::countDown);
    return signal;
  }

  private static Path temporaryFolder() throws IOException {
    Path folder = Files.createTempDirectory("sallyport-demo");
    // Whichever way it ends: a hang-up too.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(folder), "demo-cleanup"));
    return folder;
  }

  private static void remove(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    } catch (IOException e) {
      // It is in the folder for temporary files, and holds keys that nobody trusts.
    }
  }
}

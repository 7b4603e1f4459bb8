package io.sallyport.cli;

import io.sallyport.BindFailed;
import io.sallyport.Proxy;
import io.sallyport.config.InvalidConfig;
import io.sallyport.testcerts.DevelopmentPkiFailed;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    description = "Everything at once on this machine: a PKI, an application, both listeners.",
    footer = {"", "Prints curl lines to paste; Ctrl-C ends it."})
final class DemoCommand implements Callable<Integer> {

  @Option(
      names = "--once",
      description = "Make the requests itself, say what happened, and exit 0 if all was right.")
  private boolean once;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Keep certificates and configuration there; default: a temporary folder.")
  private @Nullable Path folder;

  @Mixin private final LogFlags log = new LogFlags();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws CommandFailed, IOException, InvalidConfig, BindFailed {
    log.apply();
    PrintWriter out = spec.commandLine().getOut();
    try (Demo demo = Demo.start(folder)) {
      if (once) {
        return (demo.tryOut(out) ? Exit.DONE : Exit.FAILED).code();
      }
      CountDownLatch interrupted = new CountDownLatch(1);
      for (String signal : new String[] {"TERM", "INT"}) {
        Signals.on(signal, interrupted::countDown);
      }
      demo.explain(out);
      interrupted.await();
      return (demo.stop() == Proxy.Stopped.CLEAN ? Exit.DONE : Exit.CUT).code();
    } catch (DevelopmentPkiFailed e) {
      throw DevelopmentPkiFaults.told(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Exit.CUT.code();
    }
  }
}

package io.sallyport.cli;

import io.sallyport.BindFailed;
import io.sallyport.config.InvalidConfig;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    description = "Serves as a configuration file says.",
    footer = {
      "",
      "SIGTERM and SIGINT drain and stop; a second one cuts what is still open.",
      "SIGHUP reads the configuration and every file that it names again, as a change of one does."
    })
final class RunCommand implements Callable<Integer> {

  @Mixin private final ConfigFile config = new ConfigFile();
  @Mixin private final LogFlags log = new LogFlags();

  /**
   * Whether this is {@code run -c FILE} and no more, as pods and units have it. Picocli's classes
   * and its model of the flags would be a tenth of such a start and of its memory.
   */
  static boolean isPlain(String... args) {
    return args.length == 3
        && args[0].equals("run")
        && (args[1].equals("-c") || args[1].equals("--config"))
        // What picocli would take for a flag, or for a file of arguments.
        && !args[2].startsWith("-")
        && !args[2].startsWith("@");
  }

  static Exit plainly(String[] args, PrintWriter err) {
    try {
      return Serving.untilStopped(ConfigFile.named(args[2])::read);
    } catch (InvalidConfig | BindFailed | RuntimeException e) {
      return Faults.report(e, err);
    }
  }

  @Override
  public Integer call() throws Exception {
    log.apply();
    return Serving.untilStopped(config::read).code();
  }
}

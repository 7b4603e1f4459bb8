package io.sallyport.cli;

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

  @Override
  public Integer call() throws Exception {
    log.apply();
    return Serving.untilStopped(config::read).code();
  }
}

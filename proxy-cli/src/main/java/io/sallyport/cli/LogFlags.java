package io.sallyport.cli;

import io.sallyport.cli.log.LogFormat;
import io.sallyport.cli.log.LogOutput;
import org.slf4j.event.Level;
import picocli.CommandLine.Option;

/** How the log is written; to be applied before anything logs. */
final class LogFlags {

  /** As users write them. */
  enum Format {
    auto(LogFormat.AUTO),
    text(LogFormat.HUMAN),
    json(LogFormat.JSON);

    private final LogFormat written;

    Format(LogFormat written) {
      this.written = written;
    }
  }

  @Option(
      names = "--log-format",
      paramLabel = "FORMAT",
      description = "auto, text or json; auto is text on a terminal, else JSON.")
  private Format format = Format.auto;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      description = "error, warn, info, debug or trace; default info.")
  private Level level = Level.INFO;

  void apply() {
    LogOutput.standardError().setFormat(format.written);
    LogOutput.standardError().setLevel(level);
  }
}

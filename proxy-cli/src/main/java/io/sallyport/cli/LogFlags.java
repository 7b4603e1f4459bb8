package io.sallyport.cli;

import io.sallyport.cli.log.LogFormat;
import io.sallyport.cli.log.LogOutput;
import org.slf4j.event.Level;
import picocli.CommandLine.Option;

/** How the log is written. */
final class LogFlags {

  /** As it is typed. */
  enum Format {
    auto(LogFormat.AUTO),
    text(LogFormat.HUMAN),
    json(LogFormat.JSON);

    private final LogFormat format;

    Format(LogFormat format) {
      this.format = format;
    }
  }

  /** As it is typed. */
  enum Threshold {
    error(Level.ERROR),
    warn(Level.WARN),
    info(Level.INFO),
    debug(Level.DEBUG),
    trace(Level.TRACE);

    private final Level level;

    Threshold(Level level) {
      this.level = level;
    }
  }

  @Option(
      names = "--log-format",
      paramLabel = "FORMAT",
      description = "auto, text or json; auto, the default, is text on a terminal, else JSON.")
  private Format format = Format.auto;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      description = "error, warn, info, debug or trace; default info.")
  private Threshold threshold = Threshold.info;

  /** To be called before anything logs. */
  void apply() {
    LogOutput.standardError().setFormat(format.format);
    LogOutput.standardError().change(threshold.level);
  }
}

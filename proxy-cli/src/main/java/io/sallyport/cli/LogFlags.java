package io.sallyport.cli;

import picocli.CommandLine.Option;

/** How the log is written; to be applied before anything logs. */
final class LogFlags {

  enum Format {
    auto,
    text,
    json
  }

  enum Level {
    error,
    warn,
    info,
    debug,
    trace
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
  private Level level = Level.info;

  void apply() {
    System.setProperty("sallyport.log.format", format.name());
    System.setProperty("sallyport.log.level", level.name());
  }
}

package io.sallyport.cli.log;

import org.slf4j.LoggerFactory;

/** Logs one line; run as a process of its own. */
final class OneLine {
  private OneLine() {}

  public static void main(String[] args) {
    LoggerFactory.getLogger(OneLine.class).atInfo().addKeyValue("n", args.length).log("hello");
  }
}

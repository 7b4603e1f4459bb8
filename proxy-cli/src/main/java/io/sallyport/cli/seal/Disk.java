package io.sallyport.cli.seal;

import io.sallyport.cli.CommandFailed;
import java.io.IOException;
import java.io.InterruptedIOException;

/** What to say when bytes cannot be read or written. */
final class Disk {

  private Disk() {}

  static CommandFailed reading(String name, IOException fault) {
    return CommandFailed.failed(name, fault, "check its disk");
  }

  static CommandFailed writing(String name, IOException fault) {
    String said = String.valueOf(fault.getMessage());
    if (said.contains("Broken pipe")) {
      return CommandFailed.failed(name, "whoever reads it has gone", "have it read until the end");
    }
    if (fault instanceof InterruptedIOException) {
      return CommandFailed.failed(name, fault, "run it again");
    }
    return CommandFailed.failed(
        name,
        fault,
        said.contains("No space left") || said.contains("quota")
            ? "make room there, or write elsewhere"
            : "check its disk");
  }
}

package io.sallyport.cli.seal;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Which of our streams is a terminal. Java cannot tell them apart; the launcher can. */
public final class Terminal {

  private Terminal() {}

  static boolean isStandardOutput() {
    return Boolean.getBoolean("sallyport.stdout.tty");
  }

  /** Whether what goes there may appear on the terminal that standard error is. */
  public static boolean shows(@Nullable Path output) {
    return isStandardOutput() && (output == null || namesStandardOutput(output));
  }

  static boolean namesStandardOutput(Path output) {
    return output.toString().equals("-") || output.toString().equals("/dev/stdout");
  }

  public static boolean isStandardError() {
    return Boolean.getBoolean("sallyport.stderr.tty");
  }
}

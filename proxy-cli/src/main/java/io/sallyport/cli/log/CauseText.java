package io.sallyport.cli.log;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Exceptions in words, bounded, since chains can be long and even circular. */
final class CauseText {

  private static final int MAX_CAUSES = 6;
  private static final int MAX_FRAMES = 48;

  private CauseText() {}

  /** One line: the exception and what caused it. */
  static String summary(Throwable thrown) {
    StringBuilder summary = new StringBuilder();
    for (Throwable each : chain(thrown)) {
      summary.append(summary.isEmpty() ? "" : "; caused by ").append(Escaped.text(each));
    }
    return summary.toString();
  }

  /** Line by line, innermost cause last. */
  static List<String> stack(Throwable thrown) {
    List<String> lines = new ArrayList<>();
    for (Throwable each : chain(thrown)) {
      lines.add((lines.isEmpty() ? "" : "caused by ") + Escaped.text(each));
      StackTraceElement[] frames = each.getStackTrace();
      for (int i = 0; i < frames.length && i < MAX_FRAMES; i++) {
        lines.add("  at " + frames[i]);
      }
      if (frames.length > MAX_FRAMES) {
        lines.add("  ... " + (frames.length - MAX_FRAMES) + " more");
      }
    }
    return lines;
  }

  private static List<Throwable> chain(Throwable thrown) {
    List<Throwable> chain = new ArrayList<>();
    @Nullable Throwable next = thrown;
    while (next != null && chain.size() < MAX_CAUSES) {
      chain.add(next);
      next = next.getCause();
    }
    return chain;
  }
}

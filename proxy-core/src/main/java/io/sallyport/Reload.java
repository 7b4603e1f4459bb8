package io.sallyport;

import io.sallyport.config.Problem;
import java.util.List;

/**
 * What came of reading everything again, or would.
 *
 * @param problems what could not be taken, for which what served before serves on
 * @param listeners how many came, went, or serve by something else now
 * @param connections how many that were open have lost their right and are closed; with those of
 *     listeners that went, where it is only asked what would be
 */
public record Reload(List<Problem> problems, int listeners, int connections) {
  public Reload {
    problems = List.copyOf(problems);
  }

  public boolean succeeded() {
    return problems.isEmpty();
  }
}

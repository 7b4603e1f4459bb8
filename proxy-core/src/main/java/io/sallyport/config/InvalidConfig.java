package io.sallyport.config;

import java.util.List;
import java.util.stream.Collectors;

/** The configuration cannot be used; every problem found is here, in the order of the file. */
public final class InvalidConfig extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  public InvalidConfig(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** At least one. */
  public List<Problem> problems() {
    return problems;
  }
}

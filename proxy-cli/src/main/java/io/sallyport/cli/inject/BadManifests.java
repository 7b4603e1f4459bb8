package io.sallyport.cli.inject;

import io.sallyport.config.Problem;
import java.util.List;
import java.util.stream.Collectors;

/** What is given cannot be used, so nothing comes of all of it. */
public final class BadManifests extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  BadManifests(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** One or more, each with file, document and field. */
  public List<Problem> problems() {
    return problems;
  }
}

package io.sallyport.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What is found wrong, or not well, while a configuration is read. */
final class Findings {

  /** By file, then by line; what has no place comes first. Stable within a line. */
  private static final Comparator<Problem> IN_ORDER_OF_THE_FILE =
      Comparator.comparing((Problem problem) -> fileOf(problem.origin()))
          .thenComparingInt(problem -> lineOf(problem.origin()));

  private final Origins origins;

  // Sets: a template's value is read once for each listener that takes it, and told once.
  private final Set<Problem> problems = new LinkedHashSet<>();
  private final Set<Problem> warnings = new LinkedHashSet<>();

  Findings(Origins origins) {
    this.origins = origins;
  }

  void problem(String setting, String fault, String remedy) {
    problems.add(origins.problem(setting, fault, remedy));
  }

  void problem(Problem problem) {
    problems.add(problem);
  }

  void problem(String setting, Malformed malformed) {
    problems.add(malformed.at(setting, origins));
  }

  void warning(String setting, String fault, String remedy) {
    warnings.add(origins.problem(setting, fault, remedy));
  }

  int problemCount() {
    return problems.size();
  }

  List<Problem> problems() {
    return ordered(problems);
  }

  List<Problem> warnings() {
    return ordered(warnings);
  }

  private static List<Problem> ordered(Set<Problem> found) {
    List<Problem> ordered = new ArrayList<>(found);
    ordered.sort(IN_ORDER_OF_THE_FILE);
    return ordered;
  }

  private static String fileOf(String origin) {
    return origin.substring(0, Math.max(0, origin.lastIndexOf(':')));
  }

  private static int lineOf(String origin) {
    return origin.isEmpty() ? 0 : Integer.parseInt(origin.substring(origin.lastIndexOf(':') + 1));
  }
}

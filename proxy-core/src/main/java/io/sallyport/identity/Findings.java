package io.sallyport.identity;

import io.sallyport.config.Origins;
import io.sallyport.config.Problem;
import java.util.ArrayList;
import java.util.List;

/** All that is wrong with what was read, in the order in which it was found. */
final class Findings {
  private final Origins origins;
  private final List<Problem> problems = new ArrayList<>();
  private final List<Problem> warnings = new ArrayList<>();

  Findings(Origins origins) {
    this.origins = origins;
  }

  void problem(String setting, String fault, String remedy) {
    problems.add(origins.problem(setting, fault, remedy));
  }

  void problem(Unusable unusable) {
    problem(unusable.setting(), String.valueOf(unusable.getMessage()), unusable.remedy());
  }

  void warning(String setting, String fault, String remedy) {
    warnings.add(origins.problem(setting, fault, remedy));
  }

  List<Problem> problems() {
    return List.copyOf(problems);
  }

  List<Problem> warnings() {
    return List.copyOf(warnings);
  }
}

package io.sallyport.cli;

import io.sallyport.config.InvalidConfig;
import io.sallyport.config.Malformed;
import io.sallyport.config.Problem;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is wrong, or not well, with the flags of {@code server} and {@code client}; all of it is
 * told at once, as for a file.
 */
final class FlagFindings {

  private final List<Problem> problems = new ArrayList<>();
  private final List<Problem> warnings = new ArrayList<>();

  void problem(String flag, String fault, String remedy) {
    problems.add(new Problem(flag, "", fault, remedy));
  }

  void warning(String flag, String fault, String remedy) {
    warnings.add(new Problem(flag, "", fault, remedy));
  }

  /** Null with a problem noted, when the flag is not there or cannot be understood. */
  <T> @Nullable T required(String flag, @Nullable String value, Parser<T> parser, String remedy) {
    if (value == null) {
      problem(flag, "missing", remedy);
    }
    return optional(flag, value, parser);
  }

  /** Null when the flag is not there or, with a problem noted, cannot be understood. */
  <T> @Nullable T optional(String flag, @Nullable String value, Parser<T> parser) {
    try {
      return value == null ? null : parser.parse(value);
    } catch (Malformed e) {
      problem(flag, e.fault(), e.remedy());
      return null;
    }
  }

  List<Problem> warnings() {
    return warnings;
  }

  boolean any() {
    return !problems.isEmpty();
  }

  /** All problems; to be thrown where there is one. */
  InvalidConfig invalid() {
    return new InvalidConfig(problems);
  }

  /** Understands one flag's value. */
  @FunctionalInterface
  interface Parser<T> {
    T parse(String value) throws Malformed;
  }
}

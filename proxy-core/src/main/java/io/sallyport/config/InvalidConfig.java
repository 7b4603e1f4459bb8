package io.sallyport.config;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The configuration cannot be used; every problem found is here, in the order of the file. */
public final class InvalidConfig extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;
  private final transient @Nullable ProxyConfig sound;

  public InvalidConfig(List<Problem> problems) {
    this(problems, null);
  }

  /**
   * @param sound what could be read, without whatever has a problem
   */
  InvalidConfig(List<Problem> problems, @Nullable ProxyConfig sound) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
    this.sound = sound;
  }

  /** The part that could be read, so that more faults can be looked for; null where none could. */
  public @Nullable ProxyConfig sound() {
    return sound;
  }

  /** At least one. */
  public List<Problem> problems() {
    return problems;
  }
}

package io.sallyport.cli;

import io.sallyport.config.Problem;
import java.io.IOException;
import java.nio.file.Path;

/** A command cannot go on; says with which exit code it ends, and why. */
public final class CommandFailed extends Exception {
  private static final long serialVersionUID = 1L;

  private final Exit exit;
  private final transient Problem problem;

  private CommandFailed(Exit exit, Problem problem) {
    super(problem.toString());
    this.exit = exit;
    this.problem = problem;
  }

  /** The user can put it right: exit code 2. */
  public static CommandFailed invalid(String argument, String fault, String remedy) {
    return new CommandFailed(Exit.INVALID, new Problem(argument, "", fault, remedy));
  }

  /** The world is not as it should be: exit code 1. */
  public static CommandFailed failed(String argument, String fault, String remedy) {
    return new CommandFailed(Exit.FAILED, new Problem(argument, "", fault, remedy));
  }

  /** The same, of a file or a stream that failed. */
  public static CommandFailed failed(String name, IOException fault, String remedy) {
    return failed(name, Faults.describe(fault), remedy);
  }

  /** A file that the arguments name. */
  public static CommandFailed unreadable(Path file, IOException fault) {
    return invalid(file.toString(), Faults.describe(fault), "name a file that can be read");
  }

  Exit exit() {
    return exit;
  }

  Problem problem() {
    return problem;
  }
}

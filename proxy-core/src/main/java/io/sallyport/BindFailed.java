package io.sallyport;

import io.sallyport.config.Problem;

/** An address could not be had at run time: in use, not ours, not permitted. */
public final class BindFailed extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  public BindFailed(Problem problem, Throwable cause) {
    super(problem.toString(), cause);
    this.problem = problem;
  }

  public Problem problem() {
    return problem;
  }
}

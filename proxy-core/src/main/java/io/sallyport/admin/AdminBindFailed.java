package io.sallyport.admin;

import io.sallyport.config.Address;
import io.sallyport.config.Problem;
import java.io.IOException;

/** An address of the admin server could not be had. */
public final class AdminBindFailed extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  AdminBindFailed(String setting, Address address, IOException cause) {
    this(
        new Problem(
            setting,
            "",
            "cannot listen on " + address + ": " + cause.getMessage(),
            "free the address or set another"),
        cause);
  }

  private AdminBindFailed(Problem problem, IOException cause) {
    super(problem.toString(), cause);
    this.problem = problem;
  }

  /** The setting, the address and the reason. */
  public Problem problem() {
    return problem;
  }
}

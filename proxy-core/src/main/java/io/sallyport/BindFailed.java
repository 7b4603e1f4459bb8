package io.sallyport;

import io.sallyport.config.Address;
import io.sallyport.config.Problem;
import io.sallyport.config.ProxyConfig;
import io.sallyport.transport.CannotListen;
import java.io.IOException;

/**
 * An address could not be had at run time: in use, not ours, not permitted; or the file of a Unix
 * socket took no other mode.
 */
public final class BindFailed extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  public BindFailed(Problem problem, Throwable cause) {
    super(problem.toString(), cause);
    this.problem = problem;
  }

  static BindFailed of(ProxyConfig config, String setting, Address address, IOException cause) {
    String fault = address + " cannot be had: " + cause.getMessage();
    return new BindFailed(config.origins().problem(setting, fault, remedy(cause)), cause);
  }

  /**
   * @param holder the listener of this proxy that is in the way, and where it is
   */
  static BindFailed ofOurs(
      ProxyConfig config, String setting, Address address, String holder, IOException cause) {
    String fault = address + " cannot be had while this proxy itself listens as " + holder;
    return new BindFailed(
        config.origins().problem(setting, fault, "choose another port, or restart"), cause);
  }

  static BindFailed ofMode(ProxyConfig config, String setting, IOException cause) {
    String fault = "cannot be changed: " + cause.getMessage();
    return new BindFailed(config.origins().problem(setting, fault, "restart"), cause);
  }

  private static String remedy(IOException cause) {
    if (cause instanceof CannotListen told) {
      return told.remedy();
    }
    // The kernel's words; neither Java nor Netty gives its number.
    String words = String.valueOf(cause.getMessage());
    if (words.contains("in use")) {
      return "stop what listens there, or choose another address";
    }
    return words.contains("ermission")
        ? "choose a port above 1023"
        : "choose an address of this host";
  }

  public Problem problem() {
    return problem;
  }
}

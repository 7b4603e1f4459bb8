package io.sallyport.cli.capture;

import io.sallyport.cli.CommandFailed;

/** A program that changes the kernel's rules. All that is made here has names of its own. */
public sealed interface Backend permits Nftables, Iptables {

  /** Whether its programs are installed. */
  boolean isThere();

  /** What {@link #apply} would hand to the program, for people to read and apply. */
  String text(CaptureRules rules);

  /**
   * Has the rules hold, and no others that were made here before. All or none of them do.
   *
   * @throws CommandFailed when they cannot be; then all is as it was
   */
  void apply(CaptureRules rules) throws CommandFailed;

  /**
   * Removes whatever was made here, if anything was, and nothing else.
   *
   * @throws CommandFailed when it cannot be
   */
  void clean() throws CommandFailed;
}

package io.sallyport.cli;

/** How a command ends; scripts and supervisors rely on the numbers. */
enum Exit {
  DONE(0),
  /** At run time: a port in use, a peer that is not there, a disk that is full. */
  FAILED(1),
  /** The arguments, the configuration or a file that it names. */
  INVALID(2),
  /** Stopped, and connections were cut. The launcher has Java end with it out of memory, too. */
  CUT(3);

  private final int code;

  Exit(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}

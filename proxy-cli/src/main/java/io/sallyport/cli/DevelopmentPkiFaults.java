package io.sallyport.cli;

import io.sallyport.testcerts.DevelopmentPkiFailed;
import io.sallyport.testcerts.DevelopmentPkiFailed.Fault;

/** Makes a command's failure of what a development PKI could not do. */
final class DevelopmentPkiFaults {

  private DevelopmentPkiFaults() {}

  static CommandFailed told(DevelopmentPkiFailed failed) {
    // Its message is made as ours are: what, the fault, and after the last semicolon the remedy.
    String message = String.valueOf(failed.getMessage());
    int what = message.indexOf(": ");
    int remedy = message.lastIndexOf("; ");
    String subject = what < 0 ? "--dir" : message.substring(0, what);
    String fault =
        message.substring(what < 0 ? 0 : what + 2, remedy < what ? message.length() : remedy);
    String cure = remedy < what ? "" : message.substring(remedy + 2);
    return failed.fault() == Fault.FOLDER_UNUSABLE
        ? CommandFailed.failed(subject, fault, cure)
        : CommandFailed.invalid(subject, fault, cure);
  }
}

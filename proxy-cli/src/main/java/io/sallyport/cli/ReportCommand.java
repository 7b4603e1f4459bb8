package io.sallyport.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Shows one page of a running proxy. */
final class ReportCommand implements Callable<Integer> {

  private final String page;

  @Mixin private final AdminReport report = new AdminReport();

  @Spec private CommandSpec spec = CommandSpec.create();

  private ReportCommand(String page) {
    this.page = page;
  }

  static CommandSpec status() {
    return of(
        "/status",
        "Shows what a running proxy is at: its listeners, certificates and keys, and whether its"
            + " files are served by.");
  }

  static CommandSpec denials() {
    return of(
        "/denials",
        "Shows whom a running proxy has refused, the last one first: why, how often, and which rule"
            + " came nearest.");
  }

  private static CommandSpec of(String page, String description) {
    CommandSpec spec = CommandSpec.forAnnotatedObject(new ReportCommand(page));
    spec.usageMessage().description(description);
    return spec;
  }

  @Override
  public Integer call() throws Exception {
    return report.print(page, "", spec.commandLine().getOut());
  }
}

package io.sallyport.cli;

import io.sallyport.config.InvalidConfig;
import java.io.PrintWriter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A page of a running proxy, for people or for programs. */
final class AdminReport {

  private static final int OK = 200;

  @Mixin private final AdminFlags admin = new AdminFlags();

  @Option(names = "--json", description = "Print it as JSON, as the admin server has it.")
  private boolean json;

  /**
   * @param page of those that have both forms
   * @param query more that is asked of it, such as {@code &limit=1}, or nothing
   */
  int print(String page, String query, PrintWriter out) throws InvalidConfig, CommandFailed {
    AdminClient client = admin.client();
    AdminClient.Answer answer = client.get(page + "?format=" + (json ? "json" : "text") + query);
    if (answer.status() != OK) {
      throw client.refused(answer);
    }
    out.println(answer.text());
    return Exit.DONE.code();
  }
}

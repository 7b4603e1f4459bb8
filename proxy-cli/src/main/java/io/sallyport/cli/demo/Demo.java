package io.sallyport.cli.demo;

import io.sallyport.BindFailed;
import io.sallyport.cli.demo.DemoRequests.Outcome;
import io.sallyport.config.InvalidConfig;
import io.sallyport.testcerts.DevelopmentPkiFailed;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** All of it, running. */
public final class Demo implements AutoCloseable {

  private static final Pattern NEEDS_NO_QUOTES = Pattern.compile("[A-Za-z0-9_./+-]+");

  private final DemoPki pki;
  private final DemoApplication application;
  private final DemoSidecars sidecars;

  private Demo(DemoPki pki, DemoApplication application, DemoSidecars sidecars) {
    this.pki = pki;
    this.application = application;
    this.sidecars = sidecars;
  }

  /**
   * @param folder where the certificates go
   */
  public static Demo start(Path folder, String version)
      throws DevelopmentPkiFailed, IOException, InvalidConfig, BindFailed {
    DemoPki pki = DemoPki.in(folder.toAbsolutePath());
    DemoApplication application = DemoApplication.start();
    try {
      return new Demo(pki, application, DemoSidecars.start(pki, application.address(), version));
    } catch (InvalidConfig | BindFailed e) {
      application.close();
      throw e;
    }
  }

  /** What runs, and what to try. */
  public void describe(PrintWriter out) {
    String direct = "https://localhost:" + sidecars.inboundPort() + "/";
    String outbound = "http://127.0.0.1:" + sidecars.outboundPort() + "/";
    String trust = "curl --cacert " + quoted(pki.ca());
    out.println(
        "application  http://127.0.0.1:" + application.address().getPort() + "/  plain HTTP");
    out.println("inbound      " + direct + "  TLS for " + DemoPki.CLIENT_ID + ", to it");
    out.println("outbound     " + outbound + "  plain, and over TLS to inbound as that client");
    out.println("status       http://127.0.0.1:" + sidecars.adminPort() + "/status");
    out.println();
    out.println("# As the client's application does, plain, through both sidecars:");
    out.println("curl " + outbound);
    out.println("# Straight to the server's sidecar, with the client's certificate:");
    out.println(
        trust
            + " --cert "
            + quoted(pki.client().certificate())
            + " --key "
            + quoted(pki.client().key())
            + " "
            + direct);
    out.println("# Without a certificate, which is refused:");
    out.println(trust + " " + direct);
  }

  /** Makes those requests; true when all went as they should. */
  public boolean tryOut(PrintWriter out) {
    DemoRequests requests = new DemoRequests(pki, sidecars);
    Map<String, Outcome> outcomes = new LinkedHashMap<>();
    outcomes.put("through both sidecars", requests.throughOutbound());
    outcomes.put("straight, with certificate", requests.withCertificate());
    outcomes.put("straight, without certificate", requests.withoutCertificate());
    outcomes.forEach(
        (what, outcome) ->
            out.printf(
                "%-5s  %-29s  %s%n", outcome.expected() ? "ok" : "WRONG", what, outcome.words()));
    return outcomes.values().stream().allMatch(Outcome::expected);
  }

  private static String quoted(Path path) {
    String text = path.toString();
    return NEEDS_NO_QUOTES.matcher(text).matches() ? text : "'" + text.replace("'", "'\\''") + "'";
  }

  @Override
  public void close() {
    sidecars.close();
    application.close();
  }
}

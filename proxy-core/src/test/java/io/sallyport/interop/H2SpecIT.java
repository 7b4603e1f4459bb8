package io.sallyport.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program;
import io.sallyport.rig.Program.Outcome;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * h2spec, the conformance suite of HTTP/2, in front of a plain HTTP/1.1 application. It shows no
 * certificate, so the listener asks for none.
 */
final class H2SpecIT {

  /** Longer than what its cases of flow control let pass at a time. */
  private static final String BODY = "x".repeat(1000);

  private final Pki pki;
  private final RecordedLog log = RecordedLog.start();

  H2SpecIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @AfterEach
  void stop() {
    assertThat(log.faults()).isEmpty();
    log.close();
  }

  /**
   * Its program, of the versions in {@code go.mod}, which are the last that also Go 1.18 builds; go
   * itself keeps what has been built. Where they cannot be had the test is skipped.
   */
  private static String h2spec() throws IOException {
    String go = Program.installed("go");
    Path module = Files.createDirectories(Path.of("target", "h2spec").toAbsolutePath());
    for (String name : List.of("go.mod", "go.sum")) {
      try (InputStream in =
          Objects.requireNonNull(H2SpecIT.class.getResourceAsStream("h2spec/" + name), name)) {
        Files.copy(in, module.resolve(name), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    String main = "github.com/summerwind/h2spec/cmd/h2spec";
    Outcome fetched = Program.run(inModule(module, go, "list", "-deps", main), 300);
    assumeThat(fetched.exitCode()).as("h2spec cannot be had: %s", fetched.output()).isZero();
    Path program = module.resolve("h2spec");
    Outcome built = Program.run(inModule(module, go, "build", "-o", program.toString(), main), 300);
    assertThat(built.exitCode()).as(built.output()).isZero();
    return program.toString();
  }

  private static ProcessBuilder inModule(Path module, String... command) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(module.toFile());
    // As go.sum has them and no other, and no other Go.
    builder.environment().put("GOFLAGS", "-mod=readonly");
    builder.environment().put("GOTOOLCHAIN", "local");
    builder.environment().put("GOWORK", "off");
    builder.environment().put("CGO_ENABLED", "0");
    return builder;
  }

  private RunningProxy proxy(HttpApplication application) {
    return RunningProxy.with(
        pki,
        """
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", protocol = http
          client-auth = none, allow = anyone
        }
        """
            .formatted(application.address()));
  }

  @Test
  void everyOneOfIts146CasesPasses() throws Exception {
    String program = h2spec();
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) ->
                    HttpApplication.write(
                        out,
                        "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
                            .formatted(BODY.length(), BODY)));
        RunningProxy proxy = proxy(application)) {
      Outcome outcome =
          Program.run(
              List.of(
                  program,
                  "--tls",
                  "--insecure",
                  "--strict", // without it the last of the 146 is left out
                  "--timeout",
                  "5",
                  "--port",
                  String.valueOf(proxy.port("web"))),
              600);

      String output = outcome.output();
      String failures = output.substring(Math.max(0, output.indexOf("Failures:")));
      assertThat(failures).contains("146 tests, 146 passed, 0 skipped, 0 failed");
      assertThat(outcome.exitCode()).isZero();
    }
  }
}

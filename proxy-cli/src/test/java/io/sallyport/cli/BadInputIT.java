package io.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.cli.Command.Ended;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What bad input gets: one line with setting, fault and remedy, and the right exit code. */
final class BadInputIT {

  private static final String GOOD =
      """
      sallyport {
        identities.default { certificate = "server.crt", key = "server.key", trust = "ca.crt" }
        inbound.web { listen = "127.0.0.1:0", forward = "127.0.0.1:9", allow = any-trusted }
        admin.listen = off
      }
      """;

  private final Path folder;
  private final TestCa ca = TestCa.create();

  BadInputIT(@TempDir Path folder) throws IOException {
    this.folder = folder;
    Files.writeString(folder.resolve("ca.crt"), ca.certificatePem());
    issued().writeTo(folder, "server");
  }

  private TestIdentity issued() {
    return ca.issue(leaf -> leaf.dns("localhost").ip("127.0.0.1"));
  }

  private Ended run(String config) throws IOException {
    Path file = Files.writeString(folder.resolve("proxy.conf"), config);
    Ended checked = Command.run("check", "-c", file.toString());
    Ended ran = Command.run("run", "-c", file.toString());
    assertThat(ran.err()).as("run says what check says").isEqualTo(checked.err());
    assertThat(checked.exitCode()).isEqualTo(2);
    return ran;
  }

  private static void refused(Ended ended, String setting, String words) {
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(2);
    assertThat(ended.err().lines().filter(line -> line.startsWith("error: " + setting)))
        .as(ended.err())
        .singleElement()
        .asString()
        .contains(words, "; ");
    assertThat(ended.err()).doesNotContain("\tat ");
  }

  @Test
  void allProblemsOfASettingsFileAtOnce() throws Exception {
    Ended ended =
        run(
            GOOD.replace("forward", "forwrad")
                .replace("allow = any-trusted", "connect-timeout = soon"));

    refused(ended, "inbound.web.forwrad (proxy.conf:3)", "did you mean forward");
    refused(ended, "inbound.web.connect-timeout (proxy.conf:3)", "soon");
    refused(ended, "inbound.web.allow", "nothing says which peers may come in");
  }

  @ParameterizedTest
  @CsvSource({
    "'127.0.0.1:0', '127.0.0.1', inbound.web.listen",
    "'127.0.0.1:0', '127.0.0.1:70000', inbound.web.listen",
    "'127.0.0.1:9', '192.0.2.1:9', inbound.web.forward",
    "any-trusted, '[ { uri = \"spiffe://x/foo*\" } ]', inbound.web.allow.0.uri",
  })
  void aBadValue(String good, String bad, String setting) throws Exception {
    refused(run(GOOD.replace(good, bad)), setting + " (proxy.conf:3)", ": ");
  }

  @Test
  void twoListenersOnOneAddress() throws Exception {
    refused(
        run(
            GOOD.replace(
                "admin.listen",
                """
                inbound.two { listen = "127.0.0.1:8443", forward = "127.0.0.1:9", allow = any-trusted }
                inbound.three { listen = "0.0.0.0:8443", forward = "127.0.0.1:9", allow = any-trusted }
                admin.listen""")),
        "inbound.three.listen",
        "inbound.two");
  }

  @Test
  void aKeyOfAnotherCertificate() throws Exception {
    Files.writeString(folder.resolve("server.key"), issued().keyPem());

    refused(run(GOOD), "identities.default.key (proxy.conf:2)", "certificate");
  }

  @Test
  void aFileThatIsMissingEmptyOrNoPem() throws Exception {
    Files.delete(folder.resolve("server.key"));
    Files.writeString(folder.resolve("server.crt"), "");
    Files.writeString(folder.resolve("ca.crt"), "not a certificate");
    Ended ended = run(GOOD);

    refused(ended, "identities.default.key (proxy.conf:2)", "does not exist");
    refused(ended, "identities.default.certificate (proxy.conf:2)", "empty");
    refused(ended, "identities.default.trust (proxy.conf:2)", "ca.crt");
  }

  @Test
  void aLeafThatHasExpired() throws Exception {
    ca.issue(leaf -> leaf.dns("localhost").expired()).writeTo(folder, "server");

    refused(run(GOOD), "identities.default.certificate (proxy.conf:2)", "expired");
  }

  @Test
  void aPortThatIsInUseIsToldAtRunTimeAndExitsWith1() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Path socket = folder.resolve("app.sock");
      Path file =
          Files.writeString(
              folder.resolve("proxy.conf"),
              GOOD.replace(
                  "inbound.web { listen = \"127.0.0.1:0\"",
                  """
                  inbound.first { listen = "unix:%s", forward = "127.0.0.1:9", allow = any-trusted }
                  inbound.web { listen = "127.0.0.1:%d\""""
                      .formatted(socket, taken.getLocalPort())));
      Ended ended = Command.run("run", "-c", file.toString());

      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.err().lines().filter(line -> line.startsWith("error: ")))
          .singleElement()
          .asString()
          .startsWith("error: inbound.web.listen (proxy.conf:4): 127.0.0.1:" + taken.getLocalPort())
          .contains("in use");
      assertThat(socket).as("nothing is left behind").doesNotExist();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "bogus, bogus: no such command",
    "run, --config: missing",
    "run --confg x, --confg: no such flag (did you mean --config?)",
    "run -c /nowhere/proxy.conf, /nowhere/proxy.conf: does not exist",
    "server --target 127.0.0.1:9 --cert a --key b --cacert c --allow-all, --listen: missing",
    "server --listen 127.0.0.1:0 --target 127.0.0.1:9 --cert a --key b --cacert c, --allow",
    "client --listen 127.0.0.1:0 --target 127.0.0.1:9 --connect-timeout soon, --connect-timeout",
    "inspect /nowhere.crt, /nowhere.crt",
  })
  void aBadCommandLine(String line, String words) {
    Ended ended = Command.run(line.split(" "));

    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(2);
    assertThat(ended.err()).startsWith("error: ").contains(words);
    assertThat(ended.err().lines()).hasSize(1);
  }

  @Test
  void debugShowsTheStackTraceAndNothingElseDoes() {
    Ended ended = Command.run("run", "--debug", "-c", "/nowhere/proxy.conf");

    assertThat(ended.err()).contains("\tat io.sallyport", "error: /nowhere/proxy.conf");
  }

  @Test
  void theShippedConfigurationsLackNothingButTheirFiles() throws Exception {
    try (var files = Files.list(Command.DISTRIBUTION.resolve("conf"))) {
      List<Path> all = files.sorted().toList();
      assertThat(all).hasSize(5);
      for (Path file : all) {
        Ended ended = Command.run("check", "-c", file.toString());
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.err().lines()).isNotEmpty().allMatch(l -> l.contains("does not exist"));
      }
    }
  }
}

package io.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong with a command line is told in one line, and nothing is begun. */
class CommandLineTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return Sallyport.run(new PrintWriter(out), new PrintWriter(err), arguments);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "bogus | bogus: no such command; see 'sallyport --help'",
        "serve | serve: no such command (did you mean server?); see 'sallyport --help'",
        "--bogus | --bogus: no such flag; see 'sallyport --help'",
        "run | --config: missing; see 'sallyport run --help'",
        "run -c | --config: needs a value; see 'sallyport run --help'",
        "run -c a -c b | --config: given more than once; see 'sallyport run --help'",
        "run -c a b | b: not expected here; see 'sallyport run --help'",
        "run --confg a | --confg: no such flag (did you mean --config?);"
            + " see 'sallyport run --help'",
        "run -c a --log-level loud | --log-level: expected one of [error, warn, info, debug, trace]"
            + " (case-sensitive) but was 'loud'; see 'sallyport run --help'",
        "certs --days ten | --days: 'ten' is not a whole number; see 'sallyport certs --help'",
        "certs --name | --name: needs a value; see 'sallyport certs --help'",
        "server --cacert | --cacert: needs a value; see 'sallyport server --help'",
        "server --listen a --listen b | --listen: given more than once;"
            + " see 'sallyport server --help'",
        "client --cacert a --verify-cn b --cacert c | --cacert: given more than once;"
            + " see 'sallyport client --help'",
        "server --alow-all | --alow-all: no such flag (did you mean --allow-all?);"
            + " see 'sallyport server --help'",
        "server --connect-timeout soon | --connect-timeout: 'soon' is not a duration;"
            + " write it as 500ms, 10s or 1h30m; see 'sallyport server --help'",
        "inspect | TARGET: missing; see 'sallyport inspect --help'",
        "help bogus | bogus: no such command; see 'sallyport help'",
        "certs | --name: missing; name the certificate, as in --name web",
        "certs --name a/b --dns a | \"a/b\": cannot name the certificate's files;"
            + " use up to 64 letters, digits, '.', '_' and '-', and not 'ca'",
        "inspect /nowhere.crt | /nowhere.crt: neither a file nor HOST:PORT; name one of them",
        "inspect localhost:1 --cert a | --key: missing; give --cert and --key, or neither",
        "inspect pom.xml --cacert a | --cacert: is for a server, and pom.xml is a file; remove it",
        "inspect localhost:1 --servername a/b | --servername: \"a/b\" is not a host name;"
            + " use letters, digits, hyphens and single dots between them",
        "inspect localhost:1 --servername= | --servername: \"\" is not a host name;"
            + " use letters, digits, hyphens and single dots between them",
        "inspect localhost:1 --listener a | --listener: of no configuration; name it by -c FILE",
        "inspect pom.xml -c a | --config: is for a server, and pom.xml is a file; remove it",
        "inspect localhost:1 -c /nowhere/a.conf | /nowhere/a.conf: does not exist; check the path",
        "inspect localhost:1 --alpn h2,,x | --alpn: the name of a protocol has 1 to 255 characters;"
            + " write such as h2,http/1.1",
        "reload -c a --admin b | --admin: --config says it too; give one of them",
        "reload --admin 9901 | --admin: \"9901\" has no host;"
            + " write HOST:PORT, [IPV6]:PORT or unix:/PATH",
        "reload --timeout 0 | --timeout: leaves no time; write such as 10s",
        "reload now | now: not expected here; see 'sallyport reload --help'",
        "drain -c /nowhere/a.conf | /nowhere/a.conf: does not exist; check the path",
        "check -c /nowhere/a.conf | /nowhere/a.conf: does not exist; check the path",
      })
  void aFaultIsOneLine(String line, String fault) {
    assertThat(run(line.split(" "))).isEqualTo(2);
    assertThat(err.toString()).isEqualTo("error: " + fault + System.lineSeparator());
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void withoutACommandTheHelpIsAnError() {
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString()).startsWith("Usage: sallyport [-h] [--debug] COMMAND");
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run",
        "server",
        "client",
        "check",
        "reload",
        "drain",
        "demo",
        "certs",
        "inspect",
        "version",
        "completion",
        "help"
      })
  void everyCommandHasHelpThatFitsATerminal(String command) {
    assertThat(run(command, "--help")).isZero();
    assertThat(err.toString()).isEmpty();
    String help = out.toString();
    assertThat(help).startsWith("Usage: sallyport " + command + " ");
    assertThat(help.lines()).allMatch(line -> line.length() <= 80);
    // What is to be typed must stand on one line.
    assertThat(help).doesNotContainPattern("(spiffe|env):\\s").doesNotContainPattern("NAME\\.\\s");

    out.getBuffer().setLength(0);
    assertThat(run("help", command)).isZero();
    assertThat(out.toString()).isEqualTo(help);
  }

  @Test
  void theStackTraceIsShownOnlyWhenAskedFor() {
    assertThat(run("check", "--debug", "-c", "/nowhere/a.conf")).isEqualTo(2);
    assertThat(err.toString()).contains("\tat io.sallyport.", "error: /nowhere/a.conf");
  }
}

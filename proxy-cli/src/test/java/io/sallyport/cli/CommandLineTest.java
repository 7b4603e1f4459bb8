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
        "run --confg=a | --confg=a: no such flag (did you mean --config?);"
            + " see 'sallyport run --help'",
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
        "connections --limit 1001 | --limit: 1001 cannot be had; give a number up to 1000",
        "reload --timeout 0 | --timeout: leaves no time; write such as 10s",
        "reload now | now: not expected here; see 'sallyport reload --help'",
        "drain -c /nowhere/a.conf | /nowhere/a.conf: does not exist; check the path",
        "check -c env:SALLYPORT_NONE | env:SALLYPORT_NONE: is not set;"
            + " set it to the configuration, or name a file",
        "check -c /nowhere/a.conf | /nowhere/a.conf: does not exist; check the path",
        "inspect -r pom.xml | pom.xml: is no folder; name one, or leave out -r",
        "inspect src | src: is a folder; add -r to see what is sealed in it",
        "capture | --inbound-to: missing, and so is --outbound-to;"
            + " name the port of a captured listener, or write --clean",
        "capture --inbound-to 15006 | --inbound-port: missing;"
            + " name the application's ports, or write all",
        "capture --inbound-to 15006 --inbound-port 80,http | --inbound-port: 'http' is not a port;"
            + " write 1 to 65535",
        "capture --inbound-to 80 --inbound-port 80 | --inbound-port: 80 is the proxy's own;"
            + " name the application's ports, at which its clients ask for it",
        "capture --outbound-to 15001 | --proxy-uid: missing;"
            + " name the user of the proxy, whose own connections would come back to it",
        "capture --outbound-to 1 --proxy-uid nobody | --proxy-uid: 'nobody' is not the number of a"
            + " user; write 0 to 4294967294",
        "capture --outbound-to 1 --proxy-uid 1 --exclude-outbound-cidrs 10.0.0.1/8 |"
            + " --exclude-outbound-cidrs: \"10.0.0.1/8\" has bits set behind its prefix;"
            + " write 10.0.0.0/8",
        "capture --outbound-to 1 --proxy-uid 1 --inbound-to 1 --inbound-port all | --outbound-to:"
            + " is what --inbound-to is; give each listener a port of its own",
        "capture --outbound-to 1 --proxy-uid 1 --exclude-inbound-ports 1 | --exclude-inbound-ports:"
            + " is of no use without --inbound-to; add --inbound-to, or remove it",
        "capture --outbound-to 1 --proxy-uid 1 --backend ufw | --backend: 'ufw' is not known here;"
            + " write nft or iptables",
        "capture --outbound-to 1 --proxy-uid 1 --ipv6 yes | --ipv6: 'yes' is not known here;"
            + " write on, off or auto",
        "capture --clean --apply | --clean: given together with rules to make;"
            + " write it alone, or with --backend",
        "inject | --filename: missing; name manifests, or write - for standard input",
        "inject a.yaml | a.yaml: not expected here; name files with -f",
        "inject - -f a | -: given together with --filename; use one of them",
        "inject -f /nowhere/a | /nowhere/a: no such file or folder; name a file that can be read",
        "inject -f src | src: has no .yaml, .yml or .json in it; name another folder",
        "keygen | --output: missing; see 'sallyport keygen --help'",
        "keygen -o - | --output: a key is not shown; name a file",
        "keygen -o pom.xml | pom.xml: is there already, and what it has sealed would be lost with"
            + " it; name a new file",
        "keygen -o /nowhere/a | /nowhere/a: is in a folder that does not exist; make it first",
        "seal | --key: missing; name a key with -k ID=FILE or --kek ID=FILE",
        "seal -k secret | --key: is not ID=FILE; write such as 2026-a=/etc/keys/2026-a",
        "seal -k c2VjcmV0= | --key: is not ID=FILE; write such as 2026-a=/etc/keys/2026-a",
        "seal -k a/b=c | --key: the id of a key is 1 to 64 of A-Z a-z 0-9 . _ -; name it so",
        "seal -k =c | --key: the id of a key is 1 to 64 of A-Z a-z 0-9 . _ -; name it so",
        "seal -k a=/nowhere/a | /nowhere/a: no such file or folder; name a file that can be read",
        "seal -k a=b -k c=d | --key: given more than once; see 'sallyport seal --help'",
        "seal -k a=b --kek c=d | --kek: given together with --key; use one of them",
        "seal -k a=b --format raw --aad c | --aad: is not for the raw format;"
            + " remove it, or leave out --format raw",
        "seal --kek a=b --format raw | --kek: is not for the raw format;"
            + " remove it, or leave out --format raw",
        "seal --format zip | --format: expected one of [sealed, raw] (case-sensitive) but was 'zip';"
            + " see 'sallyport seal --help'",
        "seal -k a=b --aad-hex 0 | --aad-hex: is not hex; write two digits for each byte",
        "seal -k a=b --aad c --aad-hex 00 | --aad-hex: given together with --aad; use one of them",
        "seal -k a=b --aad \uFFFD | --aad: is not text in this locale;"
            + " set LC_ALL=C.UTF-8, or use --aad-hex",
        "seal -k a=b c d | d: not expected here; see 'sallyport seal --help'",
        "open | --key: missing; name a key with -k ID=FILE or --kek ID=FILE",
        "open --format raw --aad-hex 00 | --aad-hex: is not for the raw format;"
            + " remove it, or leave out --format raw",
        "open --format raw --kek a=b | --kek: is not for the raw format;"
            + " remove it, or leave out --format raw",
        "reseal -k a=b c | --to: missing; name the new key with --to ID=FILE or --to-kek ID=FILE",
        "reseal --to a=b --to-kek c=d e | --to-kek: given together with --to; use one of them",
        "reseal --to a=b | FILE: missing; see 'sallyport reseal --help'",
        "rewrap --kek a=b c | --to-kek: missing; see 'sallyport rewrap --help'",
        "rewrap --kek a=b --to-kek c=d | FILE: missing; see 'sallyport rewrap --help'",
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
        "status",
        "denials",
        "connections",
        "reload",
        "drain",
        "demo",
        "certs",
        "inspect",
        "inject",
        "capture",
        "keygen",
        "seal",
        "open",
        "reseal",
        "rewrap",
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

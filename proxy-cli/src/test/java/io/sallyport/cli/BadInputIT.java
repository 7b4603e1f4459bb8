package io.sallyport.cli;

import static io.sallyport.cli.Flags.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sallyport.cli.Command.Ended;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What bad input gets: one line with setting, fault and remedy, and the right exit code. */
final class BadInputIT {

  private static final String GOOD =
      """
      sallyport {
        identities.default { certificate = "server.crt", key = "server.key", trust = "ca.crt" }
        inbound.unix { listen = "unix:FOLDER/app.sock", forward = "127.0.0.1:9", allow = any-trusted }
        inbound.web { listen = "127.0.0.1:0", forward = "127.0.0.1:9", allow = any-trusted }
        admin.listen = off
      }
      """;

  private static final String[] FILES = {"ca.crt", "server.crt", "server.key"};
  private static final String[] ASK_LEAVE = {
    "setpriv", "--bounding-set", "-dac_override,-dac_read_search"
  };

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

  /** Writes it as proxy.conf; the first listener's socket would show a half start. */
  private String write(String config) throws IOException {
    return Files.writeString(
            folder.resolve("proxy.conf"), config.replace("FOLDER", folder.toString()))
        .toString();
  }

  private Ended run(String config) throws IOException {
    String file = write(config);
    return run(Command.sallyport("check", "-c", file), Command.sallyport("run", "-c", file));
  }

  private Ended run(ProcessBuilder check, ProcessBuilder run) {
    Ended checked;
    Ended ran;
    try (Command checking = Command.start(check);
        Command running = Command.start(run)) {
      checked = checking.ended();
      ran = running.ended();
    }
    assertThat(ran.err()).as("run says what check says").isEqualTo(checked.err());
    assertThat(checked.exitCode()).isEqualTo(2);
    assertThat(ran.out() + checked.out()).isEmpty();
    assertThat(folder.resolve("app.sock")).as("nothing is begun").doesNotExist();
    return ran;
  }

  /** There are these lines, which so begin, and no others. */
  private static void refused(Ended ended, String... beginnings) {
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(2);
    List<String> lines = ended.err().lines().toList();
    assertThat(lines).hasSameSizeAs(beginnings);
    for (int i = 0; i < beginnings.length; i++) {
      assertThat(lines.get(i)).startsWith("error: " + beginnings[i]).contains("; ");
    }
  }

  @Test
  void allThatIsUnknownOrMissingAtOnce() throws Exception {
    String good = "9\", allow = any-trusted }\n  admin";
    assertThat(GOOD).contains(good);

    refused(
        run(GOOD.replace(good, "9\", alow = any-trusted, tls-min = 9 }\n  admn")),
        "inbound.web.alow (proxy.conf:4): unknown setting; did you mean allow?",
        "inbound.web.tls-min (proxy.conf:4): \"9\" is not known here; use 1.2 or 1.3",
        "inbound.web.allow (proxy.conf:4): is missing: nothing says which peers may come in; list",
        "admn (proxy.conf:5): unknown setting; did you mean admin?");
  }

  @Test
  void everyBadValueOfAFileAtOnce() throws Exception {
    refused(
        run(
            """
            sallyport {
              identities.default { certificate = "server.crt", key = "server.key", trust = "ca.crt" }
              inbound.unix { listen = "unix:FOLDER/app.sock", forward = "127.0.0.1:9", allow = any-trusted }
              inbound.a { listen = "127.0.0.1", forward = "192.0.2.1:9", allow = any-trusted }
              inbound.b { listen = "127.0.0.1:70000", forward = "127.0.0.1:9", allow = anyone }
              inbound.c { listen = "127.0.0.1:0", forward = "127.0.0.1:9", allow = [ {} ] }
              outbound.d { listen = "0.0.0.0:1", connect = "a:1", connect-timeout = 5 }
              outbound.e { listen = "web:1", connect = "300.0.0.1:1", idle-timeout = soon }
              admin.listen = "0.0.0.0:9901"
            }
            """),
        "inbound.a.listen (proxy.conf:4): \"127.0.0.1\" has no port; write HOST:PORT",
        "inbound.a.forward (proxy.conf:4): carries plaintext off this host, over 192.0.2.1:9; use",
        "inbound.b.listen (proxy.conf:5): \"70000\" is not a port; use 0 to 65535",
        "inbound.b.allow (proxy.conf:5): anyone contradicts client-auth = require; write",
        "inbound.c.allow.0 (proxy.conf:6): is a rule without a field, which would match anyone; use",
        "outbound.d.listen (proxy.conf:7): carries plaintext off this host, over 0.0.0.0:1; use",
        "outbound.d.connect-timeout (proxy.conf:7): \"5\" has no unit; write such as 500ms",
        "outbound.e.listen (proxy.conf:8): \"web\" is a name, and a listener binds an address; write",
        "outbound.e.connect (proxy.conf:8): \"300.0.0.1\" is not an IPv4 address; write four",
        "outbound.e.idle-timeout (proxy.conf:8): \"soon\" is not a duration; write off, or such as",
        "admin.listen (proxy.conf:9): opens the admin server, which asks for no password, to");
  }

  @Test
  void aPatternThatMatchesTooMuchOrNothing() throws Exception {
    String rules = "[ { uri = \"spiffe://x/foo*\" }, { dns = \"**\" }, { spki = \"x\" } ]";

    refused(
        run(GOOD.replaceFirst("any-trusted", rules)),
        "inbound.unix.allow.0.uri (proxy.conf:3): \"spiffe://x/foo*\" has a wildcard within a seg",
        "inbound.unix.allow.1.dns (proxy.conf:3): \"**\" matches every name; write",
        "inbound.unix.allow.2.spki (proxy.conf:3): \"x\" is not the base64 of 32 bytes; write");
  }

  @Test
  void faultsOfTheConfigurationAndOfTheFilesThatItNamesTogether() throws Exception {
    Files.delete(folder.resolve("ca.crt"));

    refused(
        run(GOOD.replace("admin.listen = off", "admin.listen = off, workers = many")),
        "workers (proxy.conf:5): \"many\" is not",
        "identities.default.trust (proxy.conf:2): ");
  }

  @Test
  void aFileThatIsNoHocon() throws Exception {
    assertThat(run("sallyport {\n  inbound.web {\n").err().lines())
        .singleElement()
        .asString()
        .startsWith("error: ")
        .contains("(proxy.conf:", "; ");
    refused(run(""), folder.resolve("proxy.conf") + ": is empty; write at least one listener");
  }

  @Test
  void twoListenersOnOneAddress() throws Exception {
    // None of them is ever bound.
    String more =
        """
        inbound.two { listen = "127.0.0.1:8443", forward = "127.0.0.1:9", allow = any-trusted }
        inbound.three { listen = "0.0.0.0:8443", forward = "127.0.0.1:9", allow = any-trusted }
        admin.listen""";

    refused(
        run(GOOD.replace("admin.listen", more)),
        "inbound.three.listen (proxy.conf:6): 0.0.0.0:8443 is what inbound.two.listen listens on;"
            + " give each an address of its own");
  }

  @Test
  void aKeyOfAnotherCertificate() throws Exception {
    Files.writeString(folder.resolve("server.key"), issued().keyPem());

    refused(run(GOOD), "identities.default.key (proxy.conf:2): key does not belong to certificate");
  }

  @ParameterizedTest
  @CsvSource({
    "missing, does not exist; check the path",
    "empty, is empty; check what writes it",
    "words, is not PEM; it must hold -----BEGIN ...----- lines",
    "folder, is a folder; name a file in it",
  })
  void aFileThatCannotServe(String kind, String fault) throws Exception {
    for (String name : FILES) {
      Path file = folder.resolve(name);
      switch (kind) {
        case "missing" -> Files.delete(file);
        case "empty" -> Files.writeString(file, "");
        case "words" -> Files.writeString(file, "not a certificate");
        default -> {
          Files.delete(file);
          Files.createDirectory(file);
        }
      }
    }

    refused(run(GOOD), faultOfEachFile(fault));
  }

  private String[] faultOfEachFile(String fault) {
    return new String[] {
      "identities.default.trust (proxy.conf:2): " + folder.resolve("ca.crt") + " " + fault,
      "identities.default.certificate (proxy.conf:2): "
          + folder.resolve("server.crt")
          + " "
          + fault,
      "identities.default.key (proxy.conf:2): " + folder.resolve("server.key") + " " + fault,
    };
  }

  @Test
  void aFileThatThisUserMayNotRead() throws Exception {
    for (String name : FILES) {
      Files.setPosixFilePermissions(folder.resolve(name), Set.of());
    }

    refused(
        runWhereItMayNotRead("server.key", GOOD),
        faultOfEachFile("may not be read by this user; give the user that runs sallyport the"));
  }

  private Ended runWhereItMayNotRead(String name, String config) throws IOException {
    String file = write(config);
    ProcessBuilder check = Command.sallyport("check", "-c", file);
    ProcessBuilder run = Command.sallyport("run", "-c", file);
    if (Files.isReadable(folder.resolve(name))) {
      // Root may read anything, until it gives that up.
      assumeThat(Command.runOther(with(ASK_LEAVE, "true")).exitCode()).as("can give up").isZero();
      Command.through(check, ASK_LEAVE);
      Command.through(run, ASK_LEAVE);
    }
    return run(check, run);
  }

  /** Without it the listener would be milder than whoever wrote the file wants it. */
  @Test
  void anIncludedFileThatThisUserMayNotRead() throws Exception {
    Path more = Files.writeString(folder.resolve("more.conf"), "inbound.web.tls-min = 1.3");
    Files.setPosixFilePermissions(more, Set.of());
    String including = GOOD.replace("  admin.listen", "  include \"more.conf\"\n  admin.listen");
    assertThat(including).contains("include");

    refused(
        runWhereItMayNotRead("more.conf", including),
        "sallyport: cannot include \"%s\", which cannot be read; check owner and".formatted(more));
  }

  @Test
  void aKeyInPlaceOfACertificate() throws Exception {
    Files.writeString(folder.resolve("server.crt"), issued().keyPem());

    refused(
        run(GOOD),
        "identities.default.certificate (proxy.conf:2): "
            + folder.resolve("server.crt")
            + " holds no certificate; it must hold BEGIN CERTIFICATE lines");
  }

  @Test
  void aChainInTheWrongOrder() throws Exception {
    TestIdentity below = ca.intermediate().intermediate().issue(leaf -> leaf.dns("localhost"));
    List<String> chain = List.of(below.certificatePem().split("(?<=-----END CERTIFICATE-----\n)"));
    assertThat(chain).hasSize(3);
    Files.writeString(folder.resolve("server.key"), below.keyPem());

    Files.writeString(folder.resolve("server.crt"), chain.get(1) + chain.get(0) + chain.get(2));
    refused(
        run(GOOD),
        "identities.default.key (proxy.conf:2): key does not belong to certificate;"
            + " it belongs to another in the file: the leaf must come first");

    Files.writeString(folder.resolve("server.crt"), chain.get(0) + chain.get(2) + chain.get(1));
    refused(
        run(GOOD),
        "identities.default.certificate (proxy.conf:2): chain out of order: certificate 1 is not"
            + " signed by the next;"
            + " put the leaf first");
  }

  @Test
  void aLeafThatIsNotValidNow() throws Exception {
    TestIdentity old = ca.issue(leaf -> leaf.dns("localhost").expired());
    old.writeTo(folder, "server");
    refused(
        run(GOOD),
        "identities.default.certificate (proxy.conf:2): certificate expired at "
            + old.leaf().getNotAfter().toInstant()
            + "; renew it");

    TestIdentity early = ca.issue(leaf -> leaf.dns("localhost").notYetValid());
    early.writeTo(folder, "server");
    refused(
        run(GOOD),
        "identities.default.certificate (proxy.conf:2): certificate is not valid before "
            + early.leaf().getNotBefore().toInstant()
            + "; check this machine's clock, or wait");
  }

  @ParameterizedTest
  @ValueSource(strings = {"inbound.web.listen", "admin.listen"})
  void aPortThatIsInUseIsToldAtRunTimeAndExitsWith1(String setting) throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      String file = write(GOOD + "sallyport." + setting + " = \"" + address + "\"\n");
      assertThat(Command.run("check", "-c", file).exitCode()).isZero();
      Ended ended = Command.run("run", "-c", file);

      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.err().lines())
          .singleElement()
          .asString()
          .startsWith("error: " + setting + " (proxy.conf:7): ")
          .contains(address, "in use", "; ");
      assertThat(folder.resolve("app.sock")).as("nothing is left behind").doesNotExist();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--listen", "--status"})
  void aPortThatIsInUseIsToldByItsFlag(String flag) throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      String other = flag.equals("--status") ? "--listen=127.0.0.1:0" : "--status=127.0.0.1:0";
      Ended ended =
          Command.run(with(server("server.key"), "--allow-all", other, flag + "=" + address));

      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.err().lines())
          .singleElement()
          .asString()
          .startsWith("error: " + flag + ": ")
          .contains(address, "in use", "; ");
    }
  }

  private String[] server(String key) {
    return new String[] {
      "server",
      "--target=127.0.0.1:9",
      "--cert=" + folder.resolve("server.crt"),
      "--key=" + folder.resolve(key),
      "--cacert=" + folder.resolve("ca.crt"),
    };
  }

  @Test
  void aCommandThatThereIsNot() {
    Ended ended = Command.run("bogus");

    assertThat(ended)
        .isEqualTo(new Ended(2, "", "error: bogus: no such command; see 'sallyport --help'\n"));
  }

  @Test
  void badFlagsAllAtOnce() {
    Ended server = Command.run("server", "--listen=127.0.0.1", "--target=192.0.2.1:9");
    refused(
        server,
        "--listen: \"127.0.0.1\" has no port; write HOST:PORT",
        "--target: 192.0.2.1:9 is not on this host, and what goes there is plaintext; use",
        "--cert: missing; name our certificate and key with --cert and --key",
        "--allow-*: missing, so that nobody could come in; say who may with",
        "--cacert: missing; name the CAs");

    Ended client = Command.run("client", "--listen=0.0.0.0:1", "--target=unix:/a");
    refused(
        client,
        "--listen: 0.0.0.0:1 is open to other hosts, and what comes in there is plaintext; use",
        "--target: a Unix socket has no host name to verify; write HOST:PORT",
        "--cert: missing; name our certificate and key");
  }

  @Test
  void filesAndPatternsOfFlagsThatCannotServe() {
    String socket = "--listen=unix:" + folder.resolve("app.sock");
    Ended ended = Command.run(with(server("nowhere.key"), socket, "--allow-uri=spiffe://x/foo*"));

    refused(
        ended,
        "--allow-uri: \"spiffe://x/foo*\" has a wildcard within a segment; use",
        "--key: " + folder.resolve("nowhere.key") + " does not exist; check the path");
    assertThat(folder.resolve("app.sock")).doesNotExist();
  }

  @Test
  void theShippedConfigurationsLackNothingButTheirFiles() throws Exception {
    Path conf = Command.DISTRIBUTION.resolve("conf");
    try (var shipped = Files.list(Path.of("..", "config"))) {
      List<Path> all = shipped.map(file -> conf.resolve(file.getFileName())).sorted().toList();
      assertThat(conf).isDirectoryNotContaining(file -> !all.contains(file));
      for (Path file : all) {
        Ended ended = Command.run("check", "-c", file.toString());
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.err().lines().filter(l -> l.startsWith("error: ")))
            .isNotEmpty()
            .allMatch(l -> l.contains("does not exist"));
      }
    }
  }
}

package io.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sallyport.cli.Command.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two hosts, on each an application, a proxy under a user of its own, and plain clients that know
 * of neither proxy.
 */
final class CaptureIT {

  private static final int PROXY_UID = 61_337;
  private static final int NOBODY = 61_338;

  private static final int APP = 8080;

  /** An application at which nothing that comes is captured. */
  private static final int PLAIN = 9999;

  /** One for all tests: each would wait seconds for certificates of its own. */
  private static Path folder;

  private final List<Command> started = new ArrayList<>();
  private final TwoHosts hosts = new TwoHosts();

  CaptureIT() throws IOException {}

  @BeforeAll
  static void makeFilesThatTheProxyCanRead(@TempDir Path ofAll) throws IOException {
    folder = ofAll;
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    assumeTrue(
        Command.run(TwoHosts.as(PROXY_UID, Command.sallyport("version"))).exitCode() == 0,
        "another user can run what has been built");
    for (String host : List.of("a", "b")) {
      String dir = folder.toString();
      Ended issued =
          Command.run("certs", "--dir", dir, "--name", host, "--spiffe", "spiffe://test/" + host);
      assertThat(issued.exitCode()).isZero();
      Files.setAttribute(folder.resolve(host + ".key"), "unix:uid", PROXY_UID);
    }
  }

  @AfterEach
  void endAll() {
    started.forEach(Command::close);
    hosts.close();
  }

  private Command start(ProcessBuilder builder) {
    Command command = Command.start(builder);
    started.add(command);
    return command;
  }

  /** HTTP at {@link #APP} and {@link #PLAIN}, over both families, that says where it is. */
  private void application(String host) throws Exception {
    String script =
        """
        import http.server, socket, threading
        class Here(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                port = self.headers.get("X-Forwarded-Port")
                body = "here: HOST" + (" at " + port if port else "")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())
            def log_message(self, *words):
                pass
        class Dual(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6
        servers = [Dual(("::", port), Here) for port in (8080, 9999)]
        print("application is there", flush=True)
        for server in servers:
            threading.Thread(target=server.serve_forever).start()
        """
            .replace("HOST", host);
    start(hosts.on(host, new ProcessBuilder("python3", "-c", script)))
        .line("application is there"::equals);
  }

  /** On b each request is understood, on a they are bytes. */
  private Command proxy(String host, String transport) throws Exception {
    Path config =
        Files.writeString(
            folder.resolve(host + ".conf"),
            """
            sallyport {
              transport = %s
              identities.default { certificate = "%2$s.crt", key = "%2$s.key", trust = "ca.crt" }
              defaults.outbound {
                mode = captured, allow = [ { spiffe = "spiffe://test/*" } ], passthrough = "*:9999"
              }
              inbound.web {
                listen = "[::]:15006", mode = captured, protocol = %3$s
                allow = [ { spiffe = "spiffe://test/*" } ]
              }
              outbound.mesh.listen = "127.0.0.1:15001"
              outbound.mesh6.listen = "[::1]:15001"
              admin { listen = "127.0.0.1:9901", probes = "0.0.0.0:9902" }
              drain.delay = 0s
            }
            """
                .formatted(transport, host, host.equals("b") ? "http" : "tcp"));
    Command proxy =
        start(hosts.on(host, PROXY_UID, Command.sallyport("run", "-c", config.toString())));
    proxy.line(line -> line.contains("\"ready\""));
    return proxy;
  }

  private Ended capture(String host, String... arguments) {
    List<String> line = new ArrayList<>(List.of("capture"));
    line.addAll(List.of(arguments));
    return Command.run(hosts.on(host, Command.sallyport(line.toArray(String[]::new))));
  }

  private void apply(String host, String backend, String... more) {
    List<String> line =
        new ArrayList<>(
            List.of(
                "--apply",
                "--backend",
                backend,
                "--inbound-port",
                "8080,8081,9902",
                "--inbound-to",
                "15006",
                "--outbound-to",
                "15001",
                "--proxy-uid",
                Integer.toString(PROXY_UID)));
    line.addAll(List.of(more));
    Ended applied = capture(host, line.toArray(String[]::new));
    assertThat(applied.err()).doesNotContain("error");
    assertThat(applied.exitCode()).isZero();
  }

  private Ended curl(String host, String url) {
    return hosts.run(host, "curl", "-sS", "-m", "20", url);
  }

  private static String url(String address, int port) {
    return "http://" + (address.contains(":") ? "[" + address + "]" : address) + ":" + port + "/";
  }

  private String metrics(String host) {
    return curl(host, "http://127.0.0.1:9901/metrics").out();
  }

  private String rules(String host) {
    return hosts.run(host, "nft", "list", "ruleset").out() + iptablesRules(host);
  }

  /** Without comments, which have the time. */
  private String iptablesRules(String host) {
    return Stream.of("iptables-save", "ip6tables-save")
        .map(program -> hosts.run(host, program, "-t", "nat").out())
        .flatMap(String::lines)
        .filter(line -> !line.startsWith("#"))
        .collect(Collectors.joining("\n"));
  }

  @ParameterizedTest
  @CsvSource({"nft, epoll", "iptables, io_uring"})
  void plainClientsReachEachOthersApplicationsOverMutualTls(String backend, String transport)
      throws Exception {
    application("a");
    application("b");
    apply("a", backend);
    apply("b", backend);
    Command a = proxy("a", transport);
    Command b = proxy("b", transport);

    assertThat(curl("a", url(TwoHosts.v4("b"), APP)).out()).isEqualTo("here: b at 8080\n");
    assertThat(curl("a", url(TwoHosts.v6("b"), APP)).out()).isEqualTo("here: b at 8080\n");
    assertThat(curl("b", url(TwoHosts.v4("a"), APP)).out()).isEqualTo("here: a\n");
    assertThat(curl("b", url(TwoHosts.v6("a"), APP)).out()).isEqualTo("here: a\n");

    for (String to : List.of("10.99.0.2:8080", "[fd99:0:0:0:0:0:0:2]:8080")) {
      String destination = "\"destination\":\"" + to + "\"";
      assertThat(a.line(line -> line.contains(destination)))
          .contains("\"peer\":\"spiffe://test/b\"");
      assertThat(b.line(line -> line.contains(destination)))
          .contains("\"peer\":\"spiffe://test/a\"");
    }
    // Whom no proxy takes there speaks no TLS, and gets no answer.
    Ended bare =
        Command.run(
            hosts.on(
                "a",
                PROXY_UID,
                new ProcessBuilder("curl", "-sS", "-m", "20", url(TwoHosts.v4("b"), APP))));
    assertThat(bare.out()).doesNotContain("here");
    assertThat(b.line(line -> line.contains("handshake_failed"))).contains("plain_http");
  }

  @Test
  void whatLeadsBackToAProxyIsRefused() throws Exception {
    application("b");
    apply("a", "nft");
    apply("b", "nft");
    proxy("a", "epoll");
    Command b = proxy("b", "epoll");

    assertThat(curl("a", url(TwoHosts.v4("b"), 15_006)).exitCode()).isNotZero();
    b.line(line -> line.contains("\"cause\":\"not_redirected\""));
    assertThat(curl("a", url("127.0.0.1", 15_001)).exitCode()).isNotZero();
    assertThat(metrics("a"))
        .contains("sallyport_denials_total{listener=\"mesh\",reason=\"not_redirected\"} 1.0");
    // The rules lead there what was going to the operator's port.
    assertThat(curl("a", url(TwoHosts.v4("b"), 9902)).exitCode()).isNotZero();
    b.line(line -> line.contains("\"cause\":\"loop\"") && line.contains("10.99.0.2:9902"));
  }

  @Test
  void whatPassesThroughThisHostToAnotherIsRefused() throws Exception {
    apply("b", "nft");
    Command b = proxy("b", "epoll");
    assertThat(hosts.run("a", "ip", "route", "add", "10.77.0.0/16", "via", "10.99.0.2").err())
        .isEmpty();

    assertThat(curl("a", url("10.77.0.1", APP)).exitCode()).isNotZero();

    assertThat(b.line(line -> line.contains("\"destination\":\"10.77.0.1:8080\"")))
        .contains("\"listener\":\"web\"", "\"cause\":\"not_this_host\"");
  }

  @ParameterizedTest
  @ValueSource(ints = {APP, PLAIN})
  void itsOwnConnectionsThatComeBackEndAtOnce(int port) throws Exception {
    Ended applied =
        capture("a", "--apply", "--outbound-to", "15001", "--proxy-uid", Integer.toString(NOBODY));
    assertThat(applied.exitCode()).isZero();
    Command a = proxy("a", "epoll");

    for (int i = 0; i < 20; i++) {
      Ended refused = curl("a", url(TwoHosts.v4("b"), port));
      assertThat(refused.out()).isEmpty();
      assertThat(refused.err()).doesNotContain("timed out");
    }
    a.line(line -> line.contains("\"cause\":\"loop\""));
  }

  @Test
  void whatIsNotOfTheMeshGoesByRuleOnly() throws Exception {
    application("b");
    apply("a", "nft");
    Command a = proxy("a", "epoll");

    assertThat(curl("a", url(TwoHosts.v4("b"), PLAIN)).out()).isEqualTo("here: b\n");
    assertThat(curl("a", url(TwoHosts.v6("b"), PLAIN)).out()).isEqualTo("here: b\n");
    a.awaitLines(line -> line.contains("\"passthrough\":true"), 2);
    assertThat(metrics("a"))
        .contains("sallyport_passthrough_connections_total{listener=\"mesh\"} 1.0")
        .contains("sallyport_passthrough_connections_total{listener=\"mesh6\"} 1.0");
    // Nobody captures it on b, which answers TLS with HTTP.
    assertThat(curl("a", url(TwoHosts.v4("b"), APP)).out()).isEmpty();
    assertThat(a.line(line -> line.contains("10.99.0.2:8080"))).contains("upstream_unreachable");
  }

  @Test
  void whatPassesThroughEndsWithTheRuleThatLetIt() throws Exception {
    application("b");
    apply("a", "nft");
    Command a = proxy("a", "epoll");
    String client = "import socket; s = socket.create_connection(('10.99.0.2', 9999)); s.recv(1)";
    start(hosts.on("a", new ProcessBuilder("python3", "-c", client)));
    String counted = "sallyport_passthrough_connections_total{listener=\"mesh\"} 1.0";
    for (int i = 0; i < 100 && !metrics("a").contains(counted); i++) {
      Thread.onSpinWait(); // asking takes long enough
    }

    Path config = folder.resolve("a.conf");
    Files.writeString(
        config, Files.readString(config).replace("passthrough = \"*:9999\"", "passthrough = []"));
    Ended reloaded =
        Command.run(hosts.on("a", Command.sallyport("reload", "--admin", "127.0.0.1:9901")));

    assertThat(reloaded.exitCode()).isZero();
    assertThat(a.line(line -> line.contains("\"passthrough\":true")))
        .contains("\"reason\":\"no_longer_allowed\"");
  }

  @ParameterizedTest
  @CsvSource({
    "nft, --exclude-outbound-ports, '8080,53'",
    "nft, --exclude-outbound-cidrs, '10.99.0.0/16,fd99::/64'",
    "iptables, --exclude-outbound-ports, '8080,53'",
    "iptables, --exclude-outbound-cidrs, '10.99.0.0/16,fd99::/64'"
  })
  void whatIsExcludedGoesItsOwnWay(String backend, String flag, String value) throws Exception {
    application("b");
    apply("a", backend, flag, value); // there is no proxy that could take it

    assertThat(curl("a", url(TwoHosts.v4("b"), APP)).out()).isEqualTo("here: b\n");
    assertThat(curl("a", url(TwoHosts.v6("b"), APP)).out()).isEqualTo("here: b\n");

    apply("a", backend, "--ipv6", "off");
    assertThat(curl("a", url(TwoHosts.v4("b"), APP)).exitCode()).isNotZero();
    assertThat(curl("a", url(TwoHosts.v6("b"), APP)).out()).isEqualTo("here: b\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nft", "iptables"})
  void appliedTwiceIsAsOnceAndCleanLeavesWhatOthersMade(String backend) {
    // In each chain that iptables would make of itself, and leave there.
    for (String program : List.of("iptables", "ip6tables")) {
      for (String chain : List.of("PREROUTING", "OUTPUT")) {
        String theirs = " -p tcp --dport 7 -j REDIRECT --to-ports 8";
        String[] line = (program + " -t nat -A " + chain + theirs).split(" ", -1);
        assertThat(hosts.run("a", line).exitCode()).isZero();
      }
    }
    String before = rules("a");

    assertThat(capture("a", "--clean").exitCode()).isZero();
    assertThat(rules("a")).isEqualTo(before);
    apply("a", backend);
    String once = rules("a");
    assertThat(once).isNotEqualTo(before).contains("15006", "15001", "61337");
    apply("a", backend);
    assertThat(rules("a")).isEqualTo(once);

    assertThat(capture("a", "--clean").exitCode()).isZero();
    assertThat(rules("a")).isEqualTo(before);
    assertThat(capture("a", "--clean", "--backend", backend).exitCode()).isZero();
    assertThat(rules("a")).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nft", "iptables"})
  void withoutRightsItSaysSoAndChangesNothing(String backend) {
    apply("a", backend);
    String before = rules("a");

    for (List<String> arguments :
        List.of(
            List.of("--apply", "--outbound-to", "15002", "--proxy-uid", "1"), List.of("--clean"))) {
      List<String> line = new ArrayList<>(List.of("capture", "--backend", backend));
      line.addAll(arguments);
      Ended refused =
          Command.run(hosts.on("a", NOBODY, Command.sallyport(line.toArray(String[]::new))));

      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.err())
          .contains("error: " + backend)
          .endsWith("; run it as root, or with the capability NET_ADMIN\n");
    }
    assertThat(rules("a")).isEqualTo(before);
  }

  @Test
  void whereOneFamilyCannotBeChangedTheOtherIsPutBack() throws Exception {
    apply("a", "iptables");
    String before = iptablesRules("a");
    Path failing = Files.createDirectory(folder.resolve("bin")).resolve("ip6tables-restore");
    Files.writeString(
        failing,
        """
        #!/bin/sh
        cat > /dev/null
        case "$*" in *--test*) exit 0;; esac
        echo 'the kernel is out of memory' >&2
        exit 4
        """);
    Files.setPosixFilePermissions(failing, PosixFilePermissions.fromString("rwxr-xr-x"));
    ProcessBuilder builder =
        Command.sallyport(
            "capture",
            "--apply",
            "--backend",
            "iptables",
            "--outbound-to",
            "15002",
            "--proxy-uid",
            "1");
    builder
        .environment()
        .merge("PATH", folder.resolve("bin").toString(), (old, dir) -> dir + ":" + old);

    Ended failed = Command.run(hosts.on("a", builder));

    assertThat(failed.exitCode()).isEqualTo(1);
    assertThat(failed.err()).contains("error: ip6tables-restore: the kernel is out of memory; see");
    assertThat(iptablesRules("a")).isEqualTo(before);
  }

  @Test
  void whatItPrintsIsWhatTheProgramsTake() throws Exception {
    for (String backend : List.of("nft", "iptables")) {
      Ended printed =
          capture(
              "a",
              "--backend",
              backend,
              "--inbound-port",
              "all",
              "--exclude-inbound-ports",
              "9902,22",
              "--inbound-to",
              "15006",
              "--outbound-to",
              "15001",
              "--proxy-uid",
              "1337",
              "--exclude-outbound-ports",
              "53,53",
              "--exclude-outbound-cidrs",
              "10.0.0.0/8,10.1.0.0/16,fd00::/8,192.0.2.7",
              "--ipv6",
              "off");
      assertThat(printed.exitCode()).isZero();
      Path file = Files.writeString(folder.resolve(backend), printed.out());

      Ended taken =
          backend.equals("nft")
              ? hosts.run("a", "nft", "-c", "-f", file.toString())
              : hosts.run("a", "iptables-restore", "--noflush", "--test", file.toString());
      assertThat(taken.err()).isEmpty();
      assertThat(taken.exitCode()).isZero();
    }
    assertThat(rules("a")).doesNotContain("15006");
  }
}

package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.cli.Command.Ended;
import io.sallyport.testcerts.TestCa;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that do their work and end: check, certs, inspect, version, completion. */
final class ToolsIT {

  private final Path folder;

  ToolsIT(@TempDir Path folder) {
    this.folder = folder;
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void checkPassesWhatWouldStartAndTellsItsWarnings() throws Exception {
    try (Site site = new Site(folder)) {
      Files.setPosixFilePermissions(
          folder.resolve("server.key"), PosixFilePermissions.fromString("rw-r--r--"));
      String config = site.config("delay = 0s");
      Files.writeString(
          Path.of(config),
          "sallyport.inbound.web { forward = \"192.0.2.1:9\", allow-plaintext-off-host = true }\n",
          APPEND);
      Ended ended = Command.run("check", "-c", config);

      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(ended.out()).isEqualTo(config + ": would start, 1 inbound, 0 outbound\n");
      assertThat(ended.err().lines())
          .hasSize(2)
          .anyMatch(line -> line.startsWith("warning: inbound.web.forward (proxy.conf:10): "))
          .anyMatch(line -> line.startsWith("warning: identities.server.key (proxy.conf:2): "));
    }
  }

  @Test
  void checkSaysWhetherAPeerWouldGetInAndWhy() throws Exception {
    try (Site site = new Site(folder)) {
      String config = site.config("delay = 0s");
      Files.writeString(
          Path.of(config),
          """
          sallyport.inbound.web.allow = [ { cn = nobody }, { uri = "spiffe://test/client" } ]
          sallyport.inbound.other = ${sallyport.inbound.web} { listen = "127.0.0.1:2" }
          sallyport.inbound.other.allow = [ { cn = nobody } ]
          sallyport.inbound.audited = ${sallyport.inbound.other} { listen = "127.0.0.1:3" }
          sallyport.inbound.audited.enforce = false
          sallyport.outbound.to {
            listen = "127.0.0.1:4", connect = [ "localhost:5", "else.test:5" ], identity = server
          }
          """,
          APPEND);

      Ended client = Command.run("check", "-c", config, "--peer", site.file("client.crt"));

      assertThat(client.exitCode()).as(client.err() + client.out()).isZero();
      assertThat(client.out().lines().skip(1).map(line -> line.replaceFirst("CN=[^;]* v", "CA v")))
          .satisfiesExactly(
              line ->
                  assertThat(line)
                      .startsWith(
                          "inbound.web: would get in, by inbound.web.allow.1; CA vouches for it"),
              line ->
                  assertThat(line)
                      .startsWith("inbound.other: would be refused, no_rule_matched; CA vouches"),
              line ->
                  assertThat(line)
                      .startsWith("inbound.audited: would get in, not enforced: no_rule_matched;"),
              line ->
                  assertThat(line)
                      .startsWith("outbound.to as localhost: would be refused, host_name_mismatch"),
              line ->
                  assertThat(line)
                      .startsWith("outbound.to as else.test: would be refused, host_name_mism"));

      Ended server = Command.run("check", "-c", config, "--peer", site.file("server.crt"));
      assertThat(server.out())
          .contains("outbound.to as localhost: would get in, by its host name; ");

      TestCa.create().issue(leaf -> leaf.uri("spiffe://test/client")).writeTo(folder, "stranger");
      Ended stranger = Command.run("check", "-c", config, "--peer", file("stranger.crt"));
      assertThat(stranger.exitCode()).isEqualTo(1);
      assertThat(stranger.out())
          .contains("inbound.audited: would be refused, unknown_ca: no path to a trusted CA");

      assertThat(Command.run("check", "-c", config, "--peer", file("server.key")).exitCode())
          .isEqualTo(2);
    }
  }

  @Test
  void certsIssuesWhatOthersAccept() throws Exception {
    String[] web = {"certs", "--dir", file("pki"), "--name", "web", "--dns", "web.internal"};
    Ended issued = Command.run(Flags.with(web, "--ip", "127.0.0.1", "--spiffe", "spiffe://dev/a"));
    assertThat(issued.exitCode()).as(issued.err()).isZero();
    assertThat(issued.out())
        .isEqualTo(
            "ca           %s (new)%ncertificate  %s%nkey          %s%n"
                .formatted(file("pki/ca.crt"), file("pki/web.crt"), file("pki/web.key")));
    assertThat(Files.getPosixFilePermissions(folder.resolve("pki/web.key")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    Ended verified =
        Command.runOther(
            "openssl",
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-verify_hostname",
            "web.internal",
            "-CAfile",
            file("pki/ca.crt"),
            file("pki/web.crt"));
    assertThat(verified.exitCode()).as(verified.err()).isZero();

    byte[] first = Files.readAllBytes(folder.resolve("pki/web.crt"));
    Ended again = Command.run(web);
    assertThat(again.exitCode()).isEqualTo(2);
    assertThat(again.err())
        .isEqualTo("error: --name: web is there already; choose another name, or add --force\n");
    assertThat(folder.resolve("pki/web.crt")).hasBinaryContent(first);
    assertThat(Command.run(Flags.with(web, "--force")).exitCode()).isZero();
    assertThat(Files.readAllBytes(folder.resolve("pki/web.crt"))).isNotEqualTo(first);
  }

  @Test
  void certsNeedsAFolderThatItCanWrite() throws Exception {
    Files.writeString(folder.resolve("taken"), "");
    Ended ended = Command.run("certs", "--dir", file("taken"), "--name", "a", "--dns", "a");

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err().lines())
        .singleElement()
        .asString()
        .startsWith(
            "error: " + file("taken") + ": cannot be made a folder: a file is in its place");
  }

  @Test
  void inspectTellsWhatIsInAFile() throws Exception {
    try (Site site = new Site(folder)) {
      Ended text = Command.run("inspect", site.file("server.crt"));
      assertThat(text.exitCode()).as(text.err()).isZero();
      assertThat(text.out())
          .contains("certificate 1 of 1", "uri:spiffe://test/server, dns:localhost, ip:127.0.0.1\n")
          .contains(" left", "EC P-256");

      Ended json = Command.run("inspect", "--json", site.file("client.crt"));
      assertThat(json.out().lines())
          .singleElement()
          .asString()
          .contains("\"names\":[\"uri:spiffe://test/client\"]")
          .contains("\"spki_pin\":\"" + site.client().spkiSha256Base64() + "\"");

      Ended key = Command.run("inspect", site.file("server.key"));
      assertThat(key.exitCode()).isEqualTo(2);
      assertThat(key.err())
          .isEqualTo(
              "error: %s: has no certificate in it; name a PEM or DER file that has one%n"
                  .formatted(site.file("server.key")));
    }
  }

  @Test
  void inspectTellsWhoAServerIsAndWhatItThinksOfUs() throws Exception {
    try (Site site = new Site(folder);
        Command run = Command.start("run", "-c", site.config("delay = 0s"))) {
      String server = "localhost:" + run.port("web");
      Ended stranger = Command.run("inspect", server);
      assertThat(stranger.exitCode()).as(stranger.err()).isZero();
      assertThat(fact(stranger, "vouched for by")).isEqualTo("unknown, give --cacert");
      assertThat(fact(stranger, "host name")).isEqualTo("localhost matches");
      assertThat(fact(stranger, "client certificate")).startsWith("asked for, none shown");
      assertThat(fact(stranger, "handshake")).contains("refused").contains("certificate_required");

      Ended client =
          Command.run(
              "inspect",
              server,
              "--cacert=" + site.file("ca.crt"),
              "--cert=" + site.file("client.crt"),
              "--key=" + site.file("client.key"),
              "--servername=other.test");
      assertThat(fact(client, "vouched for by")).isEqualTo("CN=Test root CA");
      assertThat(fact(client, "host name")).isEqualTo("other.test does not match");
      assertThat(fact(client, "client certificate")).startsWith("asked for, shown");
      assertThat(fact(client, "handshake")).isEqualTo("done");
      assertThat(fact(client, "version")).isEqualTo("TLSv1.3");

      Files.writeString(folder.resolve("other.crt"), TestCa.create().certificatePem());
      Ended other = Command.run("inspect", server, "--cacert", file("other.crt"));
      assertThat(fact(other, "vouched for by")).startsWith("none of the CAs given: ");
    }
  }

  private static String fact(Ended report, String name) {
    return report
        .out()
        .lines()
        .filter(line -> line.startsWith(name + "  "))
        .map(line -> line.substring(name.length()).strip())
        .findFirst()
        .orElse("not told");
  }

  @Test
  void inspectOfNoServerFails() throws Exception {
    try (Socket deaf = new Socket()) {
      // Taken, so that nobody else comes to listen there.
      deaf.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      String address = "127.0.0.1:" + deaf.getLocalPort();

      assertThat(Command.run("inspect", address))
          .isEqualTo(
              new Ended(
                  1, "", "error: " + address + ": Connection refused; check host and port\n"));
    }
  }

  @Test
  void inspectTellsWhyThereWasNoHandshake() throws Exception {
    assertThat(noHandshake("SSH-2.0-OpenSSH_9.6\r\n".getBytes(US_ASCII)))
        .isEqualTo("Unsupported or unrecognized SSL message");
    // As a server does that knows only old versions of TLS.
    byte[] alert = {21, 3, 3, 0, 2, 2, 70};
    assertThat(noHandshake(alert)).contains("Received fatal alert: protocol_version");
  }

  private static String noHandshake(byte[] answer) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Void> answered = CompletableFuture.runAsync(() -> answer(server, answer));
      String address = "127.0.0.1:" + server.getLocalPort();
      Ended ended = Command.run("inspect", address);
      answered.join();

      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.err())
          .startsWith("error: " + address + ": no handshake: ")
          .endsWith("; check that TLS 1.2 or 1.3 is spoken there\n");
      return ended.err().replaceAll("(?s).*no handshake: |; check.*", "");
    }
  }

  private static void answer(ServerSocket server, byte[] answer) {
    try (Socket client = server.accept()) {
      client.getOutputStream().write(answer);
      client.getInputStream().readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void versionTellsWhatItRunsOn() {
    assertThat(Command.run("version").out().lines())
        .satisfiesExactly(
            line -> assertThat(line).matches("sallyport  \\d.*"),
            line -> assertThat(line).startsWith("java       " + Runtime.version()),
            line -> assertThat(line).matches("netty      4\\.2\\.\\d+.*"),
            line -> assertThat(line).startsWith("tls        BoringSSL"));
  }

  @Test
  void completionIsAScriptThatCompletes() throws Exception {
    Path script = Files.writeString(folder.resolve("c.bash"), Command.run("completion").out());
    assertThat(Command.runOther("bash", "-n", script.toString()).exitCode()).isZero();

    String ask =
        "source %s; COMP_WORDS=(sallyport run --log-l); COMP_CWORD=2; _complete_sallyport;"
                .formatted(script)
            + " echo ${COMPREPLY[*]}";
    assertThat(Command.runOther("bash", "-c", ask).out()).contains("--log-level");
  }
}

package io.sallyport.cli;

import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sallyport.cli.Command.Ended;
import io.sallyport.testcerts.TestCa;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that do their work and end: check, certs, version, completion. */
final class ToolsIT {

  private final Path folder;

  ToolsIT(@TempDir Path folder) {
    this.folder = folder;
  }

  /** The key, as Kubernetes mounts it; and a command that sees it. */
  private static final String AS_A_SECRET =
      """
      set -e
      cd "$1"
      shift
      mkdir -p secret
      mount -t tmpfs secret secret
      install -m 0644 server.key secret/server.key
      mount -o remount,ro secret
      exec "$@"
      """;

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
  void checkWarnsOfNoModeThatNobodyCanChangeAsThatOfAMountedSecret() throws Exception {
    String[] apart = {"unshare", "--user", "--map-root-user", "--mount"};
    assumeThat(Command.runOther(Flags.with(apart, "true")).exitCode()).as("may mount").isZero();
    try (Site site = new Site(folder)) {
      Path config = Path.of(site.config("delay = 0s"));
      Files.writeString(config, "sallyport.identities.server.key = secret/server.key\n", APPEND);
      String[] mounted = Flags.with(apart, "sh", "-c", AS_A_SECRET, "sh", folder.toString());
      ProcessBuilder check = Command.sallyport("check", "-c", config.toString());
      Ended ended = Command.run(Command.through(check, mounted));

      assertThat(ended.err()).isEmpty();
      assertThat(ended.out()).endsWith(": would start, 1 inbound, 0 outbound\n");

      Files.writeString(config, "sallyport.identities.server.strict-permissions = true\n", APPEND);
      assertThat(Command.run(check).err())
          .endsWith("; have it mounted with mode 600, or leave strict permissions off\n");
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
  void checkSaysThatAPeerIsRevokedOrHasExpired() throws Exception {
    try (Site site = new Site(folder)) {
      String config = site.config("delay = 0s");
      Files.writeString(
          folder.resolve("ca.crl"), site.ca().crlPem(list -> list.revoke(site.client().leaf())));
      Files.writeString(
          Path.of(config), "sallyport.identities.server.revocation.crl = ca.crl\n", APPEND);
      site.ca().issue(leaf -> leaf.uri("spiffe://test/client").expired()).writeTo(folder, "old");
      site.ca().issue(leaf -> leaf.uri("spiffe://test/client")).writeTo(folder, "good");

      Ended revoked = Command.run("check", "-c", config, "--peer", site.file("client.crt"));
      assertThat(revoked.exitCode()).isEqualTo(1);
      assertThat(revoked.out()).contains("inbound.web: would be refused, certificate_revoked: ");

      Ended expired = Command.run("check", "-c", config, "--peer", file("old.crt"));
      assertThat(expired.exitCode()).isEqualTo(1);
      assertThat(expired.out()).contains("inbound.web: would be refused, certificate_expired: ");

      Ended good = Command.run("check", "-c", config, "--peer", file("good.crt"));
      assertThat(good.exitCode()).as(good.out()).isZero();
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

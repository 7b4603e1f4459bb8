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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code inspect}, of files, of servers of others, of a proxy of ours, and of what is neither. */
final class InspectIT {

  private final Path folder;
  private final Site site;

  InspectIT(@TempDir Path folder) throws IOException {
    this.folder = folder;
    site = new Site(folder);
  }

  @AfterEach
  void close() {
    site.close();
  }

  private static String fact(Ended report, String name) {
    return report
        .out()
        .lines()
        .filter(line -> line.startsWith(name + "  "))
        .map(line -> line.substring(name.length()).strip())
        .findFirst()
        .orElse("not told: " + report);
  }

  /** What outbound listeners say, a line each. */
  private static List<String> admission(Ended report) {
    List<String> lines = new ArrayList<>();
    for (String line : report.out().lines().toList()) {
      boolean more = !lines.isEmpty() && line.startsWith("    ");
      if (line.startsWith("admission ") || more) {
        lines.add(line.replaceFirst("^(admission)? +", "").replaceAll("until [^;]*", "until then"));
      } else if (!lines.isEmpty()) {
        break;
      }
    }
    return lines;
  }

  /** Shows the identity of this name, on a port that it tells. */
  private Command openssl(String identity, String... flags) {
    String[] server = {
      "openssl", "s_server", "-www", "-accept", "127.0.0.1:0", "-cert", site.file(identity + ".crt")
    };
    return Command.startOther(
        Flags.with(Flags.with(server, "-key", site.file(identity + ".key")), flags));
  }

  private static String address(Command openssl) throws InterruptedException {
    String accepts = openssl.line(line -> line.startsWith("ACCEPT "));
    return "localhost:" + accepts.substring(accepts.lastIndexOf(':') + 1);
  }

  @Test
  void tellsWhatIsInAFile() throws Exception {
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

  @Test
  void tellsWhoAServerIsAndWhatItThinksOfUs() throws Exception {
    try (Command run = Command.start("run", "-c", site.config("delay = 0s"))) {
      String server = "localhost:" + run.port("web");
      Ended stranger = Command.run("inspect", server);
      assertThat(stranger.exitCode()).as(stranger.err()).isZero();
      assertThat(fact(stranger, "vouched for by")).startsWith("none of the CAs that Java knows: ");
      assertThat(fact(stranger, "host name")).isEqualTo("localhost matches");
      assertThat(fact(stranger, "client certificate"))
          .isEqualTo("asked for, none shown; accepted from CN=Test root CA");
      assertThat(fact(stranger, "handshake"))
          .isEqualTo("done, then refused by the server: the peer sent alert certificate_required");
      assertThat(fact(stranger, "resumption")).isEqualTo("not tried");
      assertThat(stranger.out()).contains("certificate 1 of 1", " left\n");

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
      assertThat(fact(client, "group")).isEqualTo("X25519MLKEM768");
      assertThat(fact(client, "resumption")).startsWith("unknown, no ticket came; ");

      Files.writeString(folder.resolve("other.crt"), TestCa.create().certificatePem());
      Ended other = Command.run("inspect", server, "--cacert", site.file("other.crt"));
      assertThat(fact(other, "vouched for by")).startsWith("none of the CAs given: ");
    }
  }

  @Test
  void saysThatAKeyIsNotThatOfTheCertificate() {
    Ended ended =
        Command.run(
            "inspect",
            "localhost:1",
            "--cert=" + site.file("client.crt"),
            "--key=" + site.file("server.key"));

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err())
        .isEqualTo(
            "error: --key: key does not belong to certificate; check that both were renewed\n");
  }

  @Test
  void saysThatThereWereMoreCertificatesThanItShows() throws Exception {
    Files.writeString(folder.resolve("more.crt"), TestCa.create().certificatePem().repeat(15));
    try (Command server = openssl("server", "-cert_chain", site.file("more.crt"))) {
      Ended ended = Command.run("inspect", address(server));

      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(fact(ended, "certificates")).isEqualTo("16, of which the first 10 are shown");
      assertThat(ended.out()).contains("certificate 10 of 10");
    }
  }

  /** As do mail servers and data bases, behind TLS. */
  @Test
  void aServerThatSpeaksFirstAndResumesIsToldOf() throws Exception {
    try (ServerSocket application = new ServerSocket(0, 9, InetAddress.getLoopbackAddress())) {
      Thread greeting = new Thread(() -> greet(application));
      greeting.start();
      String config = site.config("delay = 0s");
      Files.writeString(
          Path.of(config),
          "sallyport.inbound.web.forward = \"127.0.0.1:%d\"%n"
              .formatted(application.getLocalPort()),
          APPEND);
      try (Command run = Command.start("run", "-c", config)) {
        Ended report =
            Command.run(
                "inspect",
                "localhost:" + run.port("web"),
                "--cert=" + site.file("client.crt"),
                "--key=" + site.file("client.key"));

        assertThat(fact(report, "handshake")).isEqualTo("done");
        assertThat(fact(report, "resumption")).isEqualTo("yes");
      }
      application.close();
      greeting.join();
    }
  }

  /** Until nobody can come any more. */
  private static void greet(ServerSocket application) {
    while (true) {
      try (Socket proxy = application.accept()) {
        proxy.getOutputStream().write("220 mail.test ESMTP\r\n".getBytes(US_ASCII));
        proxy.getInputStream().readAllBytes();
      } catch (IOException e) {
        if (application.isClosed()) {
          return;
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-tls1_3 -groups P-256 -alpn h2 | TLSv1.3 P-256 TLS_AES_128_GCM_SHA256 h2 yes",
        "-tls1_3 -num_tickets 0 | TLSv1.3 X25519 TLS_AES_128_GCM_SHA256 none unknown",
        "-tls1_2 -groups P-384 | TLSv1.2 P-384 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 none yes",
        "-tls1_2 -no_ticket -no_cache"
            + " | TLSv1.2 X25519 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 none no",
      })
  void tellsWhatWasNegotiated(String flags, String negotiated) throws Exception {
    try (Command openssl = openssl("server", flags.split(" "))) {
      Ended report = Command.run("inspect", address(openssl), "--alpn", "http/1.1,h2");

      assertThat(report.exitCode()).as(report.err()).isZero();
      assertThat(fact(report, "handshake")).isEqualTo("done");
      assertThat(fact(report, "client certificate")).isEqualTo("not asked for");
      assertThat(List.of("version", "group", "cipher", "alpn", "resumption"))
          .map(name -> fact(report, name).replaceFirst(",.*", ""))
          .containsExactly(negotiated.split(" "));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-tls1_2 | failed, refused_by_peer: the peer sent alert unknown_ca",
        "-tls1_3 | done, then refused by the server: the peer sent alert unknown_ca",
      })
  void namesTheAlertOfAServerThatRefusesOurCertificate(String version, String outcome)
      throws Exception {
    TestCa.create().issue(leaf -> leaf.dns("stranger")).writeTo(folder, "stranger");
    String[] flags = {"-CAfile", site.file("ca.crt"), "-Verify", "1", "-verify_return_error"};
    try (Command openssl = openssl("server", Flags.with(flags, version))) {
      Ended report =
          Command.run(
              "inspect",
              address(openssl),
              "--cert=" + site.file("stranger.crt"),
              "--key=" + site.file("stranger.key"));

      assertThat(report.exitCode()).isZero();
      assertThat(fact(report, "handshake")).isEqualTo(outcome);
      assertThat(report.out()).contains("certificate 1 of ", "dns:localhost");
    }
  }

  private String outbound() throws IOException {
    return Files.writeString(
            folder.resolve("outbound.conf"),
            """
            sallyport {
              identities {
                client { certificate = "client.crt", key = "client.key", trust = "ca.crt" }
                other  { certificate = "server.crt", key = "server.key", trust = "ca.crt" }
              }
              outbound {
                good    { listen = "127.0.0.1:1", connect = "a.test:1", identity = client }
                refused { listen = "127.0.0.1:2", connect = "a.test:1", identity = other }
                ruled   { listen = "127.0.0.1:3", connect = "a.test:1", identity = client
                          allow = [ { uri = "spiffe://test/nobody" } ] }
                named   { listen = "127.0.0.1:4", connect = "a.test:1", identity = client
                          server-name = "b.test" }
                bare    { listen = "127.0.0.1:5", connect = "a.test:1", identity = none, trust = "ca.crt"
                          allow = [ { uri = "spiffe://test/*" } ], tls-min = "1.3" }
              }
            }
            """)
        .toString();
  }

  @Test
  void asksOutboundListenersAndGoesThereAsEachOfThem() throws Exception {
    String config = outbound();
    String vouched = "; CN=Test root CA vouches for it until then";
    String good =
        "outbound.good as localhost: would get in, by its host name"
            + vouched
            + "; handshake as client: done";
    String ruled = "outbound.ruled as localhost: would be refused, no_rule_matched" + vouched;
    try (Command run = Command.start("run", "-c", site.config("delay = 0s"))) {
      String server = "localhost:" + run.port("web");
      Ended all = Command.run("inspect", server, "-c", config);

      assertThat(all.exitCode()).as(all.err()).isZero();
      assertThat(admission(all))
          .containsExactlyInAnyOrder(
              good,
              "outbound.refused as localhost: would get in, by its host name"
                  + vouched
                  + "; handshake as other:"
                  + " done, then refused by the server: the peer sent alert handshake_failure",
              ruled,
              "outbound.named as b.test: would be refused, host_name_mismatch" + vouched,
              "outbound.bare as localhost: would get in, by outbound.bare.allow.0"
                  + vouched
                  + "; handshake without a certificate:"
                  + " done, then refused by the server: the peer sent alert certificate_required");

      Ended one = Command.run("inspect", server, "-c", config, "--listener", "ruled");
      assertThat(one.exitCode()).isEqualTo(1);
      assertThat(admission(one)).containsExactly(ruled);

      Ended named = Command.run("inspect", server, "-c", config, "--listener", "named");
      assertThat(fact(named, "host name")).isEqualTo("b.test does not match");

      Ended json = Command.run("inspect", server, "-c", config, "--listener=good", "--json");
      assertThat(json.out().replaceAll("until [^;]*", "until then"))
          .contains("\"admission\":[\"" + good + "\"]");
    }
  }

  @Test
  void aListenerThatWantsANewerVersionDoesNotGetThrough() throws Exception {
    try (Command openssl = openssl("server", "-tls1_2")) {
      Ended report =
          Command.run("inspect", address(openssl), "-c", outbound(), "--listener", "bare");

      assertThat(report.exitCode()).isEqualTo(1);
      assertThat(fact(report, "version")).isEqualTo("TLSv1.2");
      assertThat(admission(report))
          .singleElement()
          .asString()
          .endsWith(
              "; handshake without a certificate:"
                  + " failed, refused_by_peer: the peer sent alert protocol_version");
    }
  }

  @Test
  void saysThatAConfigurationHasNobodyToAsk() throws Exception {
    Ended inbound = Command.run("inspect", "localhost:1", "-c", site.config("delay = 0s"));
    assertThat(inbound)
        .isEqualTo(
            new Ended(
                2,
                "",
                "error: --config: has no outbound listener; name one that connects to servers\n"));
    assertThat(Command.run("inspect", "localhost:1", "-c", outbound(), "--listener", "x").err())
        .isEqualTo("error: --listener: there is no outbound.x; name an outbound listener\n");
  }

  @Test
  void namesInACertificateCannotPlayWithTheTerminal() throws Exception {
    site.ca()
        .issue(leaf -> leaf.cn("\u001b[2J\nhandshake  done").dns("a\r\nvalidity  9 days left"))
        .writeTo(folder, "hostile");
    try (Command openssl = openssl("hostile")) {
      Ended report = Command.run("inspect", address(openssl), "-c", outbound());

      assertThat(report.exitCode()).as(report.err()).isEqualTo(1);
      assertThat(report.out()).doesNotContain("\u001b", "\r");
      assertThat(report.out().lines())
          .filteredOn(line -> line.startsWith("handshake ") || line.startsWith("validity "))
          .hasSize(1);
    }
  }

  @Test
  void ofNoServerFails() throws Exception {
    try (Socket deaf = new Socket()) {
      // Taken, so that nobody else comes to listen there.
      deaf.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      String address = "127.0.0.1:" + deaf.getLocalPort();

      assertThat(Command.run("inspect", address))
          .isEqualTo(
              new Ended(
                  1,
                  "",
                  "error: %s: no connection: refused; check host and port%n".formatted(address)));
    }
  }

  @Test
  void tellsWhyThereWasNoHandshake() throws Exception {
    assertThat(noHandshake("220 mail.test ESMTP\r\n\u001b[m"))
        .isEqualTo(
            "not_tls: what came is not TLS: \"220 mail.test ESMTP\\r\\n\\u001b[m\";"
                + " name a port on which TLS comes first, without STARTTLS");
    assertThat(noHandshake("HTTP/1.1 400 Bad Request\r\n\r\n"))
        .startsWith("plain_http: HTTP in plaintext: \"HTTP/1.1 400 Bad Request\\r\\n");
    assertThat(noHandshake(""))
        .startsWith("no_bytes: the peer went away without a byte; check that TLS 1.2 or 1.3 is");
    // As a server does that knows only old versions of TLS.
    assertThat(noHandshake("\u0015\u0003\u0003\u0000\u0002\u0002F"))
        .startsWith("refused_by_peer: the peer sent alert protocol_version; check that TLS 1.2 or");
  }

  private static String noHandshake(String answer) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Void> answered = CompletableFuture.runAsync(() -> answer(server, answer));
      String address = "127.0.0.1:" + server.getLocalPort();
      Ended ended = Command.run("inspect", address);
      answered.join();

      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.out()).isEmpty();
      assertThat(ended.err()).startsWith("error: " + address + ": no handshake, ");
      return ended.err().replaceFirst("(?s).*no handshake, ", "").stripTrailing();
    }
  }

  private static void answer(ServerSocket server, String answer) {
    try (Socket client = server.accept()) {
      client.getOutputStream().write(answer.getBytes(US_ASCII));
      client.shutdownOutput();
      client.getInputStream().readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void leavesAServerThatSaysNothing() throws Exception {
    try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + mute.getLocalPort();
      assertThat(Command.run("inspect", address))
          .isEqualTo(
              new Ended(
                  1,
                  "",
                  "error: %s: no handshake, timeout: not finished in time;".formatted(address)
                      + " check that TLS is spoken there, without STARTTLS\n"));
    }
  }
}

package io.sallyport.interop;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Payload;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program;
import io.sallyport.rig.Program.Outcome;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Go's crypto/tls and Python's ssl, as clients of an inbound and servers of an outbound one. */
final class OtherTlsStacksIT {

  private static final String X25519MLKEM768 = "4588";
  private static final int BULK = 8 * Payload.MIB;

  private static final Map<PeerProgram, List<String>> INSTALLED = new EnumMap<>(PeerProgram.class);

  @TempDir private static Path programs = Path.of("");

  private final Pki pki;
  private final RecordedLog log = RecordedLog.start();

  OtherTlsStacksIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @AfterEach
  void stop() {
    log.close();
  }

  static Stream<Arguments> stacksAndVersions() {
    return Arrays.stream(PeerProgram.values())
        .flatMap(stack -> Stream.of(Arguments.of(stack, "1.2"), Arguments.of(stack, "1.3")));
  }

  private static List<String> peer(PeerProgram stack, String... arguments) throws IOException {
    if (!INSTALLED.containsKey(stack)) {
      INSTALLED.put(stack, stack.install(programs));
    }
    return PeerProgram.with(INSTALLED.get(stack), arguments);
  }

  // As clients.

  private static Application answering() {
    return Application.serving(
        socket -> {
          String line = new Scanner(socket.getInputStream(), US_ASCII).nextLine();
          socket.getOutputStream().write(("application got " + line + "\n").getBytes(US_ASCII));
        });
  }

  private RunningProxy inbound(Application application) {
    return RunningProxy.with(
        pki,
        """
        defaults.inbound { listen = "127.0.0.1:0", forward = "%s" }
        inbound.open { client-auth = none, allow = anyone }
        inbound.guarded { client-auth = require, allow = [ { uri = "spiffe://test/client" } ] }
        inbound.full = ${sallyport.inbound.guarded}
        inbound.full { half-close = full, tls-min = 1.3 }
        """
            .formatted(application.address()));
  }

  private Outcome client(PeerProgram stack, String version, int port, String... keyPair)
      throws IOException {
    return client("client", stack, version, port, keyPair);
  }

  private Outcome client(
      String kind, PeerProgram stack, String version, int port, String... keyPair)
      throws IOException {
    List<String> command =
        peer(stack, kind, "127.0.0.1:" + port, pki.file("ca.crt").toString(), version);
    return Program.run(PeerProgram.with(command, keyPair));
  }

  private String[] keyPair(String name) {
    return new String[] {pki.file(name + ".crt").toString(), pki.file(name + ".key").toString()};
  }

  @ParameterizedTest
  @MethodSource("stacksAndVersions")
  void comeInAndComeBackWithATicket(PeerProgram stack, String version) throws Exception {
    try (Application application = answering();
        RunningProxy proxy = inbound(application)) {
      Outcome client = client(stack, version, proxy.port("guarded"), keyPair("client"));

      assertThat(client.output().lines())
          .as(client.output())
          .satisfiesExactly(
              first -> assertThat(first).contains("tls=" + version + " resumed=false"),
              second -> assertThat(second).contains("tls=" + version + " resumed=true"))
          .allMatch(line -> line.endsWith("answer=application got hello"));
      assertThat(log.connections("guarded", 2))
          .allSatisfy(line -> assertThat(line.field("peer")).isEqualTo("spiffe://test/client"));
      if (stack == PeerProgram.GO && version.equals("1.3")) {
        assertThat(client.output()).containsPattern("group=(" + X25519MLKEM768 + "|unknown)");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("stacksAndVersions")
  void comeInWithoutACertificateWhereNoneIsAskedFor(PeerProgram stack, String version)
      throws Exception {
    try (Application application = answering();
        RunningProxy proxy = inbound(application)) {
      Outcome client = client(stack, version, proxy.port("open"));

      assertThat(client.output().lines())
          .hasSize(2)
          .allMatch(line -> line.startsWith("tls=" + version))
          .allMatch(line -> line.endsWith("answer=application got hello"));
    }
  }

  @ParameterizedTest
  @MethodSource("stacksAndVersions")
  void areToldThatACertificateIsRequired(PeerProgram stack, String version) throws Exception {
    try (Application application = answering();
        RunningProxy proxy = inbound(application)) {
      Outcome client = client(stack, version, proxy.port("guarded"));

      assertThat(client.exitCode()).isEqualTo(1);
      assertThat(client.output())
          .containsIgnoringCase(
              version.equals("1.2") ? "handshake failure" : "certificate required");
      log.connections("guarded", 1);
      assertThat(proxy.handshakeFailures("guarded")).containsExactly(entry("no_certificate", 1));
      assertThat(application.accepted()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void areRefusedWithTls11(PeerProgram stack) throws Exception {
    try (Application application = answering();
        RunningProxy proxy = inbound(application)) {
      Outcome client = client(stack, "1.1", proxy.port("open"));

      assertThat(client.exitCode()).isEqualTo(1);
      assertThat(client.output()).containsPattern("protocol version");
      log.connections("open", 1);
      assertThat(proxy.handshakeFailures("open")).containsExactly(entry("unsupported_version", 1));
      assertThat(application.accepted()).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"1.2, guarded", "1.3, guarded", "1.3, full"})
  void goSendsInBulkAfterTheApplicationHasFinished(String version, String listener)
      throws Exception {
    Payload payload = new Payload(1, BULK);
    LinkedBlockingQueue<String> returned = new LinkedBlockingQueue<>();
    try (Application application =
            Application.serving(
                socket -> {
                  payload.write(socket.getOutputStream());
                  socket.shutdownOutput();
                  returned.add(Payload.hashOf(socket.getInputStream(), BULK));
                  assertThat(socket.getInputStream().read()).isEqualTo(-1);
                });
        RunningProxy proxy = inbound(application)) {
      Outcome client =
          client("returner", PeerProgram.GO, version, proxy.port(listener), keyPair("client"));

      assertThat(client.exitCode()).as(client.output()).isZero();
      assertThat(client.output()).startsWith("tls=" + version);
      assertThat(application.nextEnding()).isEmpty();
      assertThat(returned).containsExactly(payload.hash());
      proxy.awaitClosed(listener, CloseReason.APPLICATION_CLOSED, 1);
    }
  }

  /** What TLS 1.2 and BoringSSL know nothing of: the end of one way, and the other goes on. */
  @Test
  void goHasItsAnswerAfterItHasFinishedWithFullHalfClose() throws Exception {
    Payload payload = new Payload(1, BULK);
    try (Application application =
            Application.serving(
                socket -> {
                  assertThat(socket.getInputStream().readAllBytes())
                      .asString()
                      .isEqualTo("hello\n");
                  payload.write(socket.getOutputStream());
                });
        RunningProxy proxy = inbound(application)) {
      Outcome client =
          client("asker", PeerProgram.GO, "1.3", proxy.port("full"), keyPair("client"));

      assertThat(client.output()).startsWith("tls=1.3").endsWith("hash=" + payload.hash() + "\n");
      proxy.awaitClosed("full", CloseReason.PEER_CLOSED, 1);
    }
  }

  // As servers.

  private Program server(PeerProgram stack, String version, String clients) throws IOException {
    List<String> command = peer(stack, "server", pki.file("ca.crt").toString(), version);
    return Program.start(PeerProgram.with(PeerProgram.with(command, keyPair("server")), clients));
  }

  private RunningProxy outbound(Program server, String identity) {
    String port =
        server.awaitLine(line -> line.startsWith("listening ")).substring("listening ".length());
    return RunningProxy.with(
        pki,
        """
        outbound.away {
          listen = "127.0.0.1:0"
          connect = "127.0.0.1:%s"
          identity = %s
          trust = "ca.crt"
        }
        """
            .formatted(port, identity));
  }

  /** What the application gets for its line. */
  private static String ask(RunningProxy proxy) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port("away"))) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write("hello\n".getBytes(US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    }
  }

  @ParameterizedTest
  @MethodSource("stacksAndVersions")
  void areReachedWithOurCertificate(PeerProgram stack, String version) throws Exception {
    try (Program server = server(stack, version, "require");
        RunningProxy proxy = outbound(server, "client")) {
      String answer = ask(proxy);

      assertThat(answer).startsWith("tls=" + version).endsWith("client=client line=hello\n");
      assertThat(log.connections("away", 1).get(0).field("peer")).isEqualTo("spiffe://test/server");
      if (stack == PeerProgram.GO && version.equals("1.3")) {
        assertThat(answer).containsPattern("group=(" + X25519MLKEM768 + "|unknown)");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("stacksAndVersions")
  void areReachedWithoutACertificate(PeerProgram stack, String version) throws Exception {
    try (Program server = server(stack, version, "none");
        RunningProxy proxy = outbound(server, "none")) {
      assertThat(ask(proxy)).startsWith("tls=" + version).endsWith("client=none line=hello\n");
    }
  }

  @ParameterizedTest
  @MethodSource("stacksAndVersions")
  void refuseUsWithoutACertificateAndTheApplicationLearnsOfIt(PeerProgram stack, String version)
      throws Exception {
    try (Program server = server(stack, version, "require");
        RunningProxy proxy = outbound(server, "none")) {
      assertReset(proxy);

      RecordedLog.Line line = log.connections("away", 1).get(0);
      // In TLS 1.3 we are done before the server has seen what we have not shown.
      assertThat(line.field("reason"))
          .isEqualTo(version.equals("1.2") ? "upstream_unreachable" : "tls_error");
      assertThat(line.field("cause")).isEqualTo("refused_by_peer");
      assertThat(line.field("detail")).contains("alert").endsWith("; we came as nobody");
      assertThat(line.field("endpoint")).startsWith("127.0.0.1:");
    }
  }

  @ParameterizedTest
  @EnumSource
  void areNotTalkedToInTls11(PeerProgram stack) throws Exception {
    try (Program server = server(stack, "1.1", "none");
        RunningProxy proxy = outbound(server, "none")) {
      assertReset(proxy);

      RecordedLog.Line line = log.connections("away", 1).get(0);
      assertThat(line.field("reason")).isEqualTo("upstream_unreachable");
      assertThat(line.field("detail")).contains("alert protocol_version");
    }
  }

  private static void assertReset(RunningProxy proxy) {
    assertThatThrownBy(() -> ask(proxy))
        .isInstanceOf(IOException.class)
        .hasMessageMatching("(?i).*(reset|broken pipe).*");
  }
}

package io.sallyport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sallyport.rig.Eventually;
import io.sallyport.rig.FieldBlock;
import io.sallyport.rig.Http2Frame;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.SpiffeAgent;
import io.sallyport.rig.Stream;
import io.sallyport.rig.SvidMessage;
import io.sallyport.rig.Transports;
import io.sallyport.rig.UnixApplication;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What stands at the socket of a Workload API and is none, or none that is well. */
final class SpiffeHostileIT {

  private static final String GRPC =
      Http2Frame.settings().wire()
          + Http2Frame.head(3, FieldBlock.of(":status", "200", "content-type", "application/grpc"))
              .wire();

  private final Pki pki;
  private final Path socket;
  private final RecordedLog log = RecordedLog.start();

  SpiffeHostileIT(@TempDir Path folder) throws IOException {
    Transports.assumeAvailable("epoll"); // which the agent needs
    pki = new Pki(folder);
    socket = folder.resolve("front.sock");
  }

  @AfterEach
  void stop() {
    log.close();
  }

  private String config(String timeout) {
    return """
    identities.svid.spiffe { socket = "unix:%s", timeout = %s }
    inbound.web {
      listen = "127.0.0.1:0", forward = "127.0.0.1:1", identity = svid, allow = any-trusted
    }
    """
        .formatted(socket, timeout);
  }

  /** What a start would say of it. */
  private List<String> problems(String timeout) throws Exception {
    return Proxy.check(Proxy.read(RunningProxy.write(pki, config(timeout)))).problems().stream()
        .map(problem -> problem.setting() + ": " + problem.fault())
        .toList();
  }

  private static String said(String what) {
    return switch (what) {
      case "nothing", "hangs up" -> "";
      case "HTTP/1.1" -> "HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n";
      case "TLS" -> "\25\3\1\0\2\2\106\0\0\0\0";
      case "no gRPC" ->
          Http2Frame.settings().wire() + Http2Frame.head(3, FieldBlock.of(":status", "404")).wire();
      case "100 MiB" -> GRPC + Http2Frame.data(3, "\0\6\100\0\0").wire();
      case "compressed" -> GRPC + Http2Frame.data(3, "\1\0\0\0\0").wire();
      case "half a message" -> GRPC + Http2Frame.data(3, "\0\0\0\0\5hel").wire();
      default -> throw new IllegalArgumentException(what);
    };
  }

  @ParameterizedTest
  @CsvSource({
    "nothing,        has not answered in time",
    "half a message, has not answered in time",
    "hangs up,       closed the connection",
    "HTTP/1.1,       does not speak HTTP/2 as it should",
    "TLS,            does not speak HTTP/2 as it should",
    "no gRPC,        'answered in HTTP and not in gRPC, with the status 404'",
    "100 MiB,        'sent a message of 104857600 bytes, more than 4194304'",
    "compressed,     'compressed a message, which nobody asked for'",
  })
  void whatIsNoWorkloadApiIsToldForWhatItIs(String what, String told) throws Exception {
    AtomicInteger connections = new AtomicInteger();
    try (UnixApplication agent =
        UnixApplication.serving(
            socket,
            stream -> {
              connections.incrementAndGet();
              stream.out().write(said(what).getBytes(ISO_8859_1));
              if (!what.equals("hangs up")) {
                drain(stream.in());
              }
            })) {
      assertThat(problems(told.endsWith("in time") ? "500ms" : "3s"))
          .containsExactly("identities.svid.spiffe: " + agent.address() + " " + told);

      assertThat(connections).as("asked again, and not at once").hasValueBetween(1, 20);
      assertThat(log.lines("the SPIFFE Workload API gives no identity yet; it is asked again"))
          .hasSizeLessThan(2);
      assertThat(log.faults()).isEmpty();
    }
  }

  private static void drain(InputStream in) throws IOException {
    while (in.read() >= 0) {
      // Until the other side hangs up.
    }
  }

  @Test
  void anAgentThatSendsOneByteAtATimeIsUnderstood() throws Exception {
    try (SpiffeAgent agent =
            new SpiffeAgent(pki.file("agent.sock"))
                .give(SvidMessage.of("spiffe://test/server", pki.server(), pki.ca()));
        UnixApplication front =
            UnixApplication.serving(socket, stream -> carry(stream, pki.file("agent.sock")));
        RunningProxy proxy = RunningProxy.with(pki, config("20s"))) {
      assertThat(proxy.get("/certs").body()).contains(front.address());
      assertThat(agent.calls()).isEqualTo(1);
    }
  }

  /** No GOAWAY, no status: as of a process that is killed. */
  @Test
  void anAgentThatDiesWithoutAWordIsNoticed() throws Exception {
    Queue<Stream> clients = new ConcurrentLinkedQueue<>();
    try (SpiffeAgent agent =
            new SpiffeAgent(pki.file("agent.sock"))
                .give(SvidMessage.of("spiffe://test/server", pki.server(), pki.ca()));
        UnixApplication front =
            UnixApplication.serving(
                socket,
                stream -> {
                  clients.add(stream);
                  carry(stream, pki.file("agent.sock"));
                });
        RunningProxy proxy = RunningProxy.with(pki, config("20s"))) {
      clients.remove().close();

      Eventually.holds("it is asked again", () -> agent.calls() > 1);
      assertThat(
              log.lines("the SPIFFE Workload API gives nothing now; what it gave last serves on"))
          .extracting(line -> line.field("detail"))
          .containsExactly("closed the connection");
      assertThat(proxy.get("/readyz").body()).startsWith("ready");
      assertThat(front.address()).endsWith("front.sock");
    }
  }

  private static void carry(Stream client, Path target) throws IOException {
    try (Stream server = Stream.unix(target)) {
      Thread requests =
          new Thread(
              () -> {
                try {
                  client.in().transferTo(server.out());
                } catch (IOException e) {
                  // Either has gone.
                }
              });
      requests.setDaemon(true);
      requests.start();
      InputStream in = server.in();
      OutputStream out = client.out();
      for (int next = in.read(); next >= 0; next = in.read()) {
        out.write(next);
      }
    }
  }

  @Test
  void aSocketThatOthersAloneMayUseIsToldSo() throws Exception {
    assumeThat(System.getProperty("user.name"))
        .as("root may use every socket")
        .isNotEqualTo("root");
    try (SpiffeAgent agent = new SpiffeAgent(socket)) {
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("---------"));

      assertThat(problems("3s"))
          .containsExactly(
              "identities.svid.spiffe: "
                  + agent.address()
                  + " may not be connected to by this user");
    }
  }
}

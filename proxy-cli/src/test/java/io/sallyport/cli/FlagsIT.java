package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.cli.Command.Ended;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code server} and {@code client}: a tunnel from flags alone. */
final class FlagsIT {

  private final Site site;

  FlagsIT(@TempDir Path folder) throws IOException {
    site = new Site(folder);
  }

  @AfterEach
  void close() {
    site.close();
  }

  private Command server(String target, String... more) {
    return Command.start(
        Flags.with(
            new String[] {
              "server",
              "--listen=127.0.0.1:0",
              "--target=" + target,
              "--cert=" + site.file("server.crt"),
              "--key=" + site.file("server.key"),
              "--cacert=" + site.file("ca.crt"),
              "--allow-uri=spiffe://test/*",
              "--shutdown-timeout=5s"
            },
            more));
  }

  private String[] client(int serverPort, String... more) {
    return Flags.with(
        new String[] {
          "client", "--target=localhost:" + serverPort, "--cacert=" + site.file("ca.crt")
        },
        more);
  }

  @Test
  void theyCarryPlaintextToPlaintext() throws Exception {
    site.client().writePkcs12(site.folder().resolve("client.p12"), "me", "secret".toCharArray());
    String socket = site.file("client.sock");
    try (Command server = server(site.address(), "--status=127.0.0.1:0")) {
      ProcessBuilder builder =
          Command.sallyport(
              client(
                  server.port("tunnel"),
                  "--listen=unix:" + socket,
                  "--keystore=" + site.file("client.p12"),
                  "--verify-dns=localhost"));
      builder.environment().put("KEYSTORE_PASS", "secret");
      try (Command client = Command.start(builder)) {
        client.line(line -> line.contains("\"ready\",") && line.contains("unix:" + socket));
        assertThat(curl("--unix-socket", socket, "http://localhost/").out()).isEqualTo("hello\n");

        String status = "http://127.0.0.1:" + server.port("admin");
        assertThat(curl("-f", status + "/status").out()).contains("\"tunnel\"", "127.0.0.1:");
        assertThat(curl("-f", status + "/metrics").out())
            .contains("sallyport_connections_total{listener=\"tunnel\"} 1");

        client.signal("TERM");
        assertThat(client.ended().exitCode()).isZero();
        assertThat(Path.of(socket)).doesNotExist();
      }
    }
  }

  @Test
  void theHostNameMustMatchWhateverTheVerifyFlagsSay() throws Exception {
    try (Command server = server(site.address());
        Command client =
            Command.start(
                client(
                    server.port("tunnel"),
                    "--listen=127.0.0.1:0",
                    "--cert=" + site.file("client.crt"),
                    "--key=" + site.file("client.key"),
                    "--verify-uri=spiffe://test/server",
                    "--override-server-name=other.test"))) {
      assertThat(curl("http://127.0.0.1:" + client.port("tunnel") + "/").exitCode()).isNotZero();
      assertThat(client.line(line -> line.contains("\"reason\":")))
          .contains("\"reason\":\"upstream_unreachable\"", "\"cause\":\"not_allowed\"")
          .contains("\"peer\":\"spiffe://test/server\"", "host_name_mismatch");
    }
  }

  @Test
  void theTargetIsToldWhoTheClientIs() throws Exception {
    try (ServerSocket application = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Command server = server("127.0.0.1:" + application.getLocalPort(), "--proxy-protocol")) {
      CompletableFuture<String> header =
          CompletableFuture.supplyAsync(() -> proxyHeader(application));
      int port = server.port("tunnel");
      assertThat(site.curl(port).exitCode()).isNotZero();

      String told = header.get(20, TimeUnit.SECONDS);
      assertThat(told).startsWith("\u007f\0\0\1\u007f\0\0\1").contains("TLSv1.3", "the client");
      // After the client's own port.
      assertThat(told.charAt(10) << 8 | told.charAt(11)).isEqualTo(port);
    }
  }

  /** The addresses and the rest of a header of version 2; then hangs up. */
  private static String proxyHeader(ServerSocket application) {
    try (Socket socket = application.accept()) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      byte[] signature = in.readNBytes(12);
      if (!Arrays.equals(signature, "\r\n\r\n\0\r\nQUIT\n".getBytes(ISO_8859_1))) {
        throw new IllegalStateException("not PROXY v2: " + Arrays.toString(signature));
      }
      int commandAndFamily = in.readUnsignedShort();
      if (commandAndFamily != 0x2111) {
        throw new IllegalStateException("not TCP over IPv4: " + commandAndFamily);
      }
      return new String(in.readNBytes(in.readUnsignedShort()), ISO_8859_1);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Ended curl(String... arguments) {
    return Command.runOther(
        Flags.with(new String[] {"curl", "-sS", "--max-time", "20"}, arguments));
  }
}

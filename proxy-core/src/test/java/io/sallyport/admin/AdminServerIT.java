package io.sallyport.admin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.EventLoopGroup;
import io.sallyport.config.Address;
import io.sallyport.config.AdminConfig;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.config.TransportKind;
import io.sallyport.rig.Eventually;
import io.sallyport.transport.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(names = {"NIO", "EPOLL"})
@Timeout(60)
class AdminServerIT {

  private static final int PAGE_BYTES = 1 << 20;
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(300);

  private final StagedProxy proxy = new StagedProxy();
  private final AtomicInteger scrapes = new AtomicInteger();
  private final MetricsPage largePage =
      new MetricsPage(
          StagedProxy.PROMETHEUS_TEXT,
          () -> {
            scrapes.incrementAndGet();
            return "x".repeat(PAGE_BYTES);
          });

  private final Transport transport;
  private final EventLoopGroup loops;
  private final List<AdminServer> servers = new ArrayList<>();

  AdminServerIT(TransportKind kind) throws Exception {
    transport = Transport.of(kind);
    loops = transport.newLoops(1, "admin");
  }

  @AfterEach
  void stop() {
    servers.forEach(AdminServer::close);
    loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Test
  void curlReadsEveryPage() throws Exception {
    String url = "http://127.0.0.1:" + port(start(listenAnywhere(), LONG), "admin");

    assertThat(curl(url + "/startupz")).startsWith("HTTP/1.1 200 OK").endsWith("\n\nstarted\n");
    assertThat(curl(url + "/livez")).startsWith("HTTP/1.1 200 OK").endsWith("\n\nlive\n");
    assertThat(curl(url + "/readyz")).startsWith("HTTP/1.1 200 OK").endsWith("\n\nready\n");
    assertThat(curl(url + "/metrics")).contains("version=0.0.4").hasSizeGreaterThan(PAGE_BYTES);
    assertThat(curl(url + "/status")).contains("application/json").contains("\"state\":\"ready\"");
    assertThat(curl("-I", url + "/livez")).contains("content-length: 5\n").endsWith("\n\n");
    assertThat(curl("-X", "PUT", url + "/livez")).startsWith("HTTP/1.1 405 ");
    assertThat(curl("-d", "now", url + "/drain"))
        .startsWith("HTTP/1.1 202 ")
        .endsWith("\n\ndraining\n");
    assertThat(curl(url + "/readyz")).startsWith("HTTP/1.1 503 ").endsWith("\n\ndraining\n");
    assertThat(proxy.drains).hasValue(1);
  }

  @Test
  void anAnswerThatTakesItsTimeComesAloneAndOthersAreServedMeanwhile() throws Exception {
    int port = port(start(listenAnywhere(), SHORT), "admin");
    proxy.reloaded = new CompletableFuture<>();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      String head = " HTTP/1.1\r\nHost: localhost\r\n\r\n";
      socket.getOutputStream().write(("POST /reload" + head + "GET /livez" + head).getBytes(UTF_8));
      Eventually.holds("it is asked for", () -> proxy.reloads.size() == 1);
      assertThat(curl("http://127.0.0.1:" + port + "/livez")).startsWith("HTTP/1.1 200 ");

      proxy.reloaded.complete(new ProxyView.Reloaded(List.of(), 1, 0));

      assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
          .contains("connection: close")
          .endsWith("reloaded: listeners changed 1, connections closed 0\n")
          .doesNotContain("live\n");
    }
  }

  @Test
  void whoGoesAwayBeforeAnAnswerIsMissedByNobody() throws Exception {
    int port = port(start(listenAnywhere(), LONG), "admin");
    proxy.reloaded = new CompletableFuture<>();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket
          .getOutputStream()
          .write("POST /reload HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(UTF_8));
      Eventually.holds("it is asked for", () -> proxy.reloads.size() == 1);
    }
    proxy.reloaded.completeExceptionally(new IllegalStateException("on purpose"));

    assertThat(curl("http://127.0.0.1:" + port + "/livez")).startsWith("HTTP/1.1 200 ");
    proxy.reloaded = CompletableFuture.failedFuture(new IllegalStateException("on purpose"));
    assertThat(curl("-d", "", "http://127.0.0.1:" + port + "/reload"))
        .startsWith("HTTP/1.1 500 ")
        .endsWith("failed; see the log\n");
  }

  @Test
  void curlThatWasLedHereByAWebPageIsRefused() throws Exception {
    AdminServer server = start(listenAndProbes(), LONG);
    String listen = "http://127.0.0.1:" + port(server, "admin");
    String probes = "http://127.0.0.1:" + port(server, "admin.probes");

    for (String url : List.of(listen + "/drain", listen + "/status", probes + "/metrics")) {
      assertThat(curl("-d", "", "-H", "Origin: http://evil.example", url))
          .startsWith("HTTP/1.1 403 ");
      assertThat(curl("-H", "Origin: null", url)).startsWith("HTTP/1.1 403 ");
    }
    assertThat(curl("-H", "Host: evil.example", listen + "/status")).startsWith("HTTP/1.1 403 ");
    assertThat(curl("-H", "Host: pod.example", probes + "/livez")).startsWith("HTTP/1.1 200 ");
    assertThat(proxy.drains).hasValue(0);
  }

  @Test
  void probesServeNothingElse() throws Exception {
    String url = "http://127.0.0.1:" + port(start(listenAndProbes(), LONG), "admin.probes");

    assertThat(curl(url + "/startupz")).startsWith("HTTP/1.1 200 ");
    assertThat(curl(url + "/livez")).startsWith("HTTP/1.1 200 ");
    assertThat(curl(url + "/readyz")).startsWith("HTTP/1.1 200 ");
    assertThat(curl(url + "/metrics")).startsWith("HTTP/1.1 200 ");
    assertThat(curl(url + "/status")).startsWith("HTTP/1.1 404 ");
    assertThat(curl("-d", "", url + "/drain")).startsWith("HTTP/1.1 404 ");
    assertThat(proxy.drains).hasValue(0);
  }

  @Test
  void curlSpeaksToAUnixSocket(@TempDir Path directory) throws Exception {
    Path socket = directory.resolve("admin.sock");
    AdminServer server = start(listenOn(socket, List.of()), LONG);

    assertThat(server.addresses().get("admin")).hasToString(socket.toString());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
        .isEqualTo("rw-------");
    assertThat(curl("--unix-socket", socket.toString(), "http://localhost/readyz"))
        .startsWith("HTTP/1.1 200 ");
  }

  @Test
  void anotherUserOfAUnixSocketGetsNothing(@TempDir Path directory) throws Exception {
    Path socket = directory.resolve("admin.sock");
    start(listenOn(socket, List.of(Integer.MAX_VALUE)), LONG);

    try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }
  }

  @Test
  void aMebibyteOfHeadersIsAnsweredAndEnded() throws Exception {
    try (Socket client = connect(start(listenAnywhere(), LONG))) {
      write(client, "GET /livez HTTP/1.1\r\nHost: localhost\r\n");
      write(client, ("X-Filler: " + "x".repeat(1012) + "\r\n").repeat(1024));

      assertThat(readToEnd(client)).startsWith("HTTP/1.1 431 ").containsOnlyOnce("HTTP/1.1");
    }
  }

  @Test
  void aSilentClientIsClosed() throws Exception {
    try (Socket client = connect(start(listenAnywhere(), SHORT))) {
      assertThat(readToEnd(client)).isEmpty();
    }
  }

  @Test
  void aClientThatStopsHalfwayIsClosed() throws Exception {
    try (Socket client = connect(start(listenAnywhere(), SHORT))) {
      write(client, "GET /livez HTTP/1.1\r\nHost: loc");

      assertThat(readToEnd(client)).isEmpty();
    }
  }

  @Test
  void everyPipelinedRequestIsAnsweredHoweverLargeTheAnswers() throws Exception {
    int requests = 40;
    try (Socket client = connect(start(listenAnywhere(), LONG))) {
      write(client, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(requests - 1));
      write(client, "GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n");

      String answers = readToEnd(client);

      assertThat(answers.split("HTTP/1.1 200 OK", -1)).hasSize(requests + 1);
      assertThat(answers.chars().filter(c -> c == 'x').count())
          .isGreaterThanOrEqualTo((long) requests * PAGE_BYTES);
    }
  }

  @Test
  void aClientThatEndsItsSideStillGetsItsAnswers() throws Exception {
    try (Socket client = connect(start(listenAnywhere(), LONG))) {
      write(client, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(20));
      client.shutdownOutput();

      assertThat(readToEnd(client).split("HTTP/1.1 200 OK", -1)).hasSize(21);
    }
  }

  @Test
  void aClientThatNeverReadsHoldsFewAnswersAndIsClosed() throws Exception {
    AdminServer server = start(listenAnywhere(), SHORT);
    try (Socket client = new Socket()) {
      client.setReceiveBufferSize(16 * 1024);
      client.connect(server.addresses().get("admin"));
      assertThatThrownBy(
              () -> {
                while (true) {
                  write(client, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1000));
                }
              })
          .isInstanceOf(SocketException.class);
    }
    // What the kernel's buffers took, and one more.
    assertThat(scrapes.get()).isLessThan(50);
  }

  @Test
  void silentClientsCannotLockOthersOut() throws Exception {
    AdminServer server = start(listenAnywhere(), LONG);
    List<Socket> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 65; i++) {
        clients.add(connect(server));
      }

      assertThat(curl("http://127.0.0.1:" + port(server, "admin") + "/livez"))
          .startsWith("HTTP/1.1 200 ");
      assertThat(clients.get(0).getInputStream().read()).isEqualTo(-1);
      assertThat(clients.get(1).getInputStream().read()).isEqualTo(-1);
      Socket last = clients.get(64);
      write(last, "GET /livez HTTP/1.0\r\nHost: localhost\r\n\r\n");
      assertThat(readToEnd(last)).startsWith("HTTP/1.1 200 ");
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  @Test
  void anAddressInUseIsNamedAndNothingStaysBound(@TempDir Path directory) throws Exception {
    Path socket = directory.resolve("admin.sock");
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      AdminConfig config =
          new AdminConfig(
              listenOn(socket, List.of()).listen(),
              new Address.Tcp("127.0.0.1", taken.getLocalPort()));

      assertThatThrownBy(() -> start(config, LONG))
          .hasMessageContaining("Address already in use")
          .isInstanceOfSatisfying(
              AdminBindFailed.class,
              failed -> {
                assertThat(failed.setting()).isEqualTo("admin.probes");
                assertThat(failed.address()).isEqualTo(config.probes());
              });
    }
    assertThatThrownBy(() -> SocketChannel.open(UnixDomainSocketAddress.of(socket)).close())
        .isInstanceOf(IOException.class);
  }

  @Test
  void withoutAddressesNothingIsBound() throws Exception {
    assertThat(start(new AdminConfig(null, null), LONG).addresses()).isEmpty();
  }

  @Test
  void closingEndsOpenConnections() throws Exception {
    AdminServer server = start(listenAnywhere(), LONG);
    try (Socket client = connect(server)) {
      write(client, "HEAD /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assertThat(client.getInputStream().read()).isEqualTo('H');

      server.close();

      assertThat(readToEnd(client)).endsWith("\r\n\r\n");
    }
  }

  private AdminServer start(AdminConfig config, Duration deadline) throws AdminBindFailed {
    AdminServer server =
        AdminServer.start(config, proxy, largePage, null, loops.next(), transport, deadline);
    servers.add(server);
    return server;
  }

  private static AdminConfig listenAnywhere() {
    return new AdminConfig(new Listen(new Address.Tcp("127.0.0.1", 0), 0600, List.of()), null);
  }

  private static AdminConfig listenAndProbes() {
    return new AdminConfig(
        new Listen(new Address.Tcp("127.0.0.1", 0), 0600, List.of()),
        new Address.Tcp("127.0.0.1", 0));
  }

  private static AdminConfig listenOn(Path socket, List<Integer> uids) {
    return new AdminConfig(new Listen(new Address.Unix(socket), 0600, uids), null);
  }

  private static int port(AdminServer server, String name) {
    return server.addresses().get(name) instanceof InetSocketAddress address
        ? address.getPort()
        : -1;
  }

  private static Socket connect(AdminServer server) throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port(server, "admin"));
  }

  private static void write(Socket client, String text) throws IOException {
    client.getOutputStream().write(text.getBytes(ISO_8859_1));
  }

  private static String readToEnd(Socket client) throws IOException {
    return new String(client.getInputStream().readAllBytes(), UTF_8);
  }

  /** Head and body, CRLF shown as line feeds. */
  private static String curl(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("curl", "-s", "-i", "--max-time", "20"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(Map.of("no_proxy", "*"));
    Process curl = builder.start();
    String output;
    try (InputStream out = curl.getInputStream()) {
      output = new String(out.readAllBytes(), UTF_8).replace("\r\n", "\n");
    }
    assertThat(curl.waitFor()).as("curl %s: %s", List.of(arguments), output).isZero();
    return output;
  }
}

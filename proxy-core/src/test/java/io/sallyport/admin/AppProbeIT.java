package io.sallyport.admin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.sallyport.config.Address;
import io.sallyport.config.AdminConfig;
import io.sallyport.config.AppProbe;
import io.sallyport.config.AppProbe.Grpc;
import io.sallyport.config.AppProbe.Header;
import io.sallyport.config.AppProbe.HttpGet;
import io.sallyport.config.AppProbe.Question;
import io.sallyport.config.AppProbe.TcpSocket;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.config.TransportKind;
import io.sallyport.rig.Application;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.H2cApplication;
import io.sallyport.rig.HealthApplication;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.Pki;
import io.sallyport.transport.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The application is asked on loopback what its probe would ask, and judged as a kubelet does. */
@ParameterizedClass
@EnumSource(names = {"NIO", "EPOLL"})
@Timeout(60)
class AppProbeIT {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(300);

  private final Transport transport;
  private final EventLoopGroup loops;
  private AdminServer server;

  AppProbeIT(TransportKind kind) throws Exception {
    transport = Transport.of(kind);
    loops = transport.newLoops(1, "admin");
    server = start(new AdminConfig(null, null));
  }

  private AdminServer start(AdminConfig config) throws AdminBindFailed {
    return AdminServer.start(
        config, new StagedProxy(), StagedProxy.METRICS, null, loops.next(), transport);
  }

  @AfterEach
  void stop() {
    server.close();
    loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @ParameterizedTest
  @CsvSource({"200", "204", "302", "399"})
  void anHttpStatusFrom200To399IsASuccess(int status) throws Exception {
    try (HttpApplication app =
        answering("HTTP/1.1 " + status + " x\r\nContent-Length: 0\r\n\r\n")) {
      serve(get(port(app.address())), LONG);

      assertThat(probe()).isEqualTo("200 ok");
    }
  }

  @ParameterizedTest
  @CsvSource({"199", "101", "400", "404", "500", "999"})
  void anyOtherIsAFailureAndSaysSo(int status) throws Exception {
    try (HttpApplication app =
        answering("HTTP/1.1 " + status + " secret\r\nContent-Length: 0\r\n\r\n")) {
      serve(get(port(app.address())), status == 199 ? SHORT : LONG);

      assertThat(probe())
          .isEqualTo(status == 199 ? "503 no answer within 300 ms" : "503 status " + status);
    }
  }

  @Test
  void aRedirectIsNotFollowed() throws Exception {
    try (Application elsewhere = Application.echo();
        HttpApplication app =
            answering(
                "HTTP/1.1 302 x\r\nLocation: http://"
                    + elsewhere.address()
                    + "/\r\nContent-Length: 0\r\n\r\n")) {
      serve(get(port(app.address())), LONG);

      assertThat(probe()).isEqualTo("200 ok");
      assertThat(elsewhere.accepted()).isZero();
    }
  }

  @Test
  void isAskedAsTheProbeSays() throws Exception {
    try (HttpApplication app = HttpApplication.start()) {
      int port = port(app.address());
      serve(
          new HttpGet(
              "/healthz?full=1",
              port,
              "shop.local",
              false,
              List.of(
                  new Header("X-A", "1"), new Header("x-a", "2"), new Header("User-Agent", "me"))),
          LONG);

      assertThat(probe()).isEqualTo("200 ok");
      HttpApplication.Request asked = app.next();
      assertThat(asked.line()).isEqualTo("GET /healthz?full=1 HTTP/1.1");
      assertThat(asked.values("host")).containsExactly("shop.local");
      assertThat(asked.values("x-a")).containsExactly("1", "2");
      assertThat(asked.values("user-agent")).containsExactly("me");
      assertThat(app.nextEnding()).isEmpty();
      assertThat(app.open()).isZero();
    }
  }

  @Test
  void anApplicationBehindTlsIsAskedWhoeverVouchesForIt(@TempDir Path folder) throws Exception {
    Pki pki = new Pki(folder);
    try (HttpApplication app =
        HttpApplication.answeringTls(
            pki.context(pki.issue("stranger", leaf -> leaf.dns("other").expired())),
            (request, out) ->
                HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))) {
      serve(new HttpGet("/", port(app.address()), null, true, List.of()), LONG);

      assertThat(probe()).isEqualTo("200 ok");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/1.1 200\r\nContent-Length: x\r\n\r\n",
        "\0\0\0\0\0\0\0\r\n\r\n",
      })
  void nonsenseIsAFailure(String nonsense) throws Exception {
    try (Application app = Application.serving(socket -> say(socket, nonsense))) {
      serve(get(app.port()), LONG);

      assertThat(probe()).isEqualTo("503 its answer is no HTTP/1.1");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 200 OK\r\nConte",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"
      })
  void whoHangsUpEarlyIsAFailure(String said) throws Exception {
    try (Application app =
        Application.serving(
            socket -> {
              socket.getInputStream().read();
              say(socket, said);
              socket.getInputStream().skip(socket.getInputStream().available());
            })) {
      serve(get(app.port()), LONG);

      // Half a head is nonsense to the codec.
      assertThat(probe())
          .isEqualTo(
              said.endsWith("Conte")
                  ? "503 its answer is no HTTP/1.1"
                  : "503 it closed the connection before the end of an answer");
    }
  }

  @Test
  void whoDripsIsAFailureAndIsHungUpOn() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (Application app =
        Application.serving(
            socket -> {
              say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
              while (!over.await(20, TimeUnit.MILLISECONDS)) {
                say(socket, "x");
              }
            })) {
      serve(get(app.port()), SHORT);

      assertThat(probe()).isEqualTo("503 no answer within 300 ms");
      assertThat(app.nextEnding()).isNotEmpty();
      over.countDown();
    }
  }

  @Test
  void noMoreIsReadThanAKubeletWould() throws Exception {
    try (Application app =
        Application.serving(
            socket -> {
              say(socket, "HTTP/1.1 200 OK\r\n\r\n");
              while (true) {
                say(socket, "x".repeat(8 * 1024));
              }
            })) {
      serve(get(app.port()), LONG);

      assertThat(probe()).isEqualTo("200 ok");
      assertThat(app.nextEnding()).isNotEmpty();
    }
  }

  @Test
  void allWhoAskMeanwhileShareOneAnswer() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    try (Application app =
        Application.serving(
            socket -> {
              answer.await();
              say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            })) {
      serve(get(app.port()), LONG);
      try (Socket one = ask();
          Socket other = ask()) {
        Eventually.holds("it is asked", () -> app.accepted() == 1);
        // The loop is free meanwhile; and what has been answered was read before by it.
        assertThat(page("/livez")).isEqualTo("200 live");

        answer.countDown();

        assertThat(reply(one)).isEqualTo("200 ok");
        assertThat(reply(other)).isEqualTo("200 ok");
      }
      assertThat(app.accepted()).isEqualTo(1);
      assertThat(probe()).isEqualTo("200 ok");
      assertThat(app.accepted()).isEqualTo(2);
    }
  }

  @Test
  void whoAskedMayGoAway() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    try (Application app =
        Application.serving(
            socket -> {
              answer.await();
              say(socket, "HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n");
            })) {
      serve(get(app.port()), LONG);
      ask().close();
      Eventually.holds("it is asked", () -> app.accepted() == 1);
      answer.countDown();

      assertThat(probe()).isEqualTo("503 status 500");
    }
  }

  @Test
  void whereNobodyListensTheConnectionIsRefused() throws Exception {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    serve(new TcpSocket(port), LONG);

    assertThat(probe()).isEqualTo("503 connection refused");
    assertThat(probe()).isEqualTo("503 connection refused");
  }

  @Test
  void aTcpSocketIsWellWhenItConnects() throws Exception {
    try (Application app = Application.serving(socket -> socket.getInputStream().read())) {
      serve(new TcpSocket(app.port()), LONG);

      assertThat(probe()).isEqualTo("200 ok");
      assertThat(app.nextEnding()).isEmpty();
    }
  }

  @Test
  void aGrpcServerIsWellWhenItSaysServing() throws Exception {
    try (HealthApplication app = HealthApplication.start()) {
      String name = "shop.v1." + "Shop".repeat(50);
      app.serving("");
      app.serving(name);
      serve(new Grpc(app.port(), ""), LONG);
      assertThat(probe()).isEqualTo("200 ok");
      serve(new Grpc(app.port(), name), LONG);
      assertThat(probe()).isEqualTo("200 ok");

      app.notServing(name);
      assertThat(probe()).isEqualTo("503 it does not say SERVING");

      serve(new Grpc(app.port(), "other"), LONG);
      assertThat(probe()).isEqualTo("503 grpc-status 5");
    }
  }

  @Test
  void aServerThatSpeaksNoGrpcIsAFailure() throws Exception {
    try (H2cApplication app = H2cApplication.start()) {
      serve(new Grpc(port(app.address()), ""), LONG);
      assertThat(probe()).isEqualTo("503 its answer is no gRPC: there is no grpc-status");
    }
    try (H2cApplication app =
        H2cApplication.answering(
            request -> request.head(true, ":status", "404", "grpc-status", "0"))) {
      serve(new Grpc(port(app.address()), ""), LONG);
      assertThat(probe()).isEqualTo("503 its answer is no gRPC: HTTP status 404");
    }
    try (Application app =
        Application.serving(
            socket -> {
              say(socket, "HTTP/1.1 400 Bad Request\r\n\r\n");
              socket.getInputStream().transferTo(socket.getOutputStream());
            })) {
      serve(new Grpc(app.port(), ""), LONG);
      assertThat(probe()).startsWith("503 ").doesNotContain("no answer");
    }
  }

  @Test
  void aGrpcServerThatHangsOrDripsIsAFailure() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (H2cApplication app =
        H2cApplication.answering(
            request -> {
              request.head(false, ":status", "200");
              while (!over.await(20, TimeUnit.MILLISECONDS)) {
                request.data("\0", false);
              }
            })) {
      serve(new Grpc(port(app.address()), ""), SHORT);

      assertThat(probe()).isEqualTo("503 no answer within 300 ms");
      over.countDown();
    }
  }

  @Test
  void onlyProbesByTheirNamesAreThereAndOnlyOnAdminProbes() throws Exception {
    try (HttpApplication app = HttpApplication.start()) {
      serve(get(port(app.address())), LONG);

      for (String path :
          List.of(
              "/app-probe",
              "/app-probe/",
              "/app-probe/other",
              "/app-probe/app/x",
              "/app-probe/%61pp",
              "/app-probe/../app-probe/app")) {
        assertThat(page(path)).isEqualTo("404 no such page");
      }
      assertThat(reply(send("admin", "GET", "/app-probe/app"))).isEqualTo("404 no such page");
      assertThat(reply(send("admin.probes", "POST", "/app-probe/app")))
          .isEqualTo("405 this page takes GET, HEAD");
      assertThat(app.accepted()).isZero();
    }
  }

  private static HttpGet get(int port) {
    return new HttpGet("/", port, null, false, List.of());
  }

  private static HttpApplication answering(String answer) {
    return HttpApplication.answering((request, out) -> HttpApplication.write(out, answer));
  }

  private static void say(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
  }

  private static int port(String address) {
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }

  private void serve(Question question, Duration timeout) throws AdminBindFailed {
    Address.Tcp anywhere = new Address.Tcp("127.0.0.1", 0);
    server.close();
    server =
        start(
            new AdminConfig(
                new Listen(anywhere, 0600, List.of()),
                anywhere,
                true,
                List.of(new AppProbe("app", question, timeout))));
  }

  private String probe() throws IOException {
    return reply(ask());
  }

  private Socket ask() throws IOException {
    return send("admin.probes", "GET", "/app-probe/app");
  }

  private String page(String path) throws IOException {
    return reply(send("admin.probes", "GET", path));
  }

  private Socket send(String listener, String method, String path) throws IOException {
    InetSocketAddress address =
        (InetSocketAddress) Objects.requireNonNull(server.addresses().get(listener));
    Socket socket = new Socket(address.getAddress(), address.getPort());
    say(socket, method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    return socket;
  }

  /** Status and body. */
  private static String reply(Socket socket) throws IOException {
    try (socket) {
      String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      return answer.substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length())
          + " "
          + answer.substring(answer.indexOf("\r\n\r\n") + 4).strip();
    }
  }
}

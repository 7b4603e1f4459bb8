package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import io.sallyport.BindFailed;
import io.sallyport.Proxy;
import io.sallyport.config.ConfigReader;
import io.sallyport.config.InvalidConfig;
import io.sallyport.testcerts.DevelopmentLeaf;
import io.sallyport.testcerts.DevelopmentPki;
import io.sallyport.testcerts.DevelopmentPkiFailed;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A plain application on loopback, an inbound listener in front of it and an outbound listener that
 * reaches that, with a throwaway PKI, all in this process.
 */
final class Demo implements AutoCloseable {

  static final String GREETING = "hello from the application\n";

  private final Path folder;
  private final boolean temporary;
  private final HttpServer application;
  private final Proxy proxy;

  private Demo(Path folder, boolean temporary, HttpServer application, Proxy proxy) {
    this.folder = folder;
    this.temporary = temporary;
    this.application = application;
    this.proxy = proxy;
  }

  /**
   * @param given where files stay; null for a folder that goes when the demo does
   */
  static Demo start(@Nullable Path given)
      throws DevelopmentPkiFailed, IOException, InvalidConfig, BindFailed {
    Path folder =
        given == null ? Files.createTempDirectory("sallyport-demo") : given.toAbsolutePath();
    HttpServer application = null;
    try {
      issue(folder);
      application = application();
      Path config = folder.resolve("demo.conf");
      Files.writeString(config, config(application.getAddress().getPort(), freePort()));
      Proxy proxy = Proxy.start(ConfigReader.read(config), Version.current());
      return new Demo(folder, given == null, application, proxy);
    } catch (DevelopmentPkiFailed | IOException | InvalidConfig | BindFailed e) {
      if (application != null) {
        application.stop(0);
      }
      if (given == null) {
        delete(folder);
      }
      throw e;
    }
  }

  private static void issue(Path folder) throws DevelopmentPkiFailed {
    DevelopmentPki pki = DevelopmentPki.in(folder);
    List<String> ip = List.of("127.0.0.1");
    pki.reissue(new DevelopmentLeaf("server", List.of("localhost"), ip, "spiffe://demo/server", 7));
    pki.reissue(
        new DevelopmentLeaf(
            "client", List.of("client.demo"), List.of(), "spiffe://demo/client", 7));
  }

  private static HttpServer application() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = GREETING.getBytes(UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "text/plain");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    return server;
  }

  /** The outbound listener has to name the inbound one's port before that is bound. */
  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static String config(int applicationPort, int inboundPort) {
    return """
        sallyport {
          identities.server { certificate = "server.crt", key = "server.key", trust = "ca.crt" }
          identities.client { certificate = "client.crt", key = "client.key", trust = "ca.crt" }
          inbound.front {
            listen   = "127.0.0.1:%2$d"
            forward  = "127.0.0.1:%1$d"
            identity = server
            allow    = [ { uri = "spiffe://demo/client" } ]
          }
          outbound.way-out {
            listen   = "127.0.0.1:0"
            connect  = [ "localhost:%2$d" ]
            identity = client
            allow    = [ { uri = "spiffe://demo/server" } ]
          }
          admin.listen = "127.0.0.1:0"
          drain { delay = 0s, deadline = 5s }
        }
        """
        .formatted(applicationPort, inboundPort);
  }

  /** What to paste. */
  void explain(PrintWriter out) {
    out.println("An application answers in plaintext; in front of it stands an inbound listener.");
    out.println();
    out.println("Through the outbound listener, which shows a certificate for you:");
    out.println("  curl http://127.0.0.1:" + port("way-out") + "/");
    out.println("Straight to the inbound listener, with a certificate of your own:");
    out.println("  " + curl(true));
    out.println("Without one, which is refused:");
    out.println("  " + curl(false));
    out.println("What it counted:");
    out.println("  curl http://127.0.0.1:" + port("admin") + "/metrics");
    out.println();
    out.println("Certificates and configuration: " + folder);
    out.println("Ctrl-C ends it.");
  }

  private String curl(boolean withCertificate) {
    String own =
        withCertificate
            ? " --cert '%1$s/client.crt' --key '%1$s/client.key'".formatted(folder)
            : "";
    return "curl --cacert '"
        + folder
        + "/ca.crt'"
        + own
        + " https://localhost:"
        + port("front")
        + "/";
  }

  /** Makes the three requests and says how each went; whether all went as they should. */
  boolean tryOut(PrintWriter out) throws IOException {
    return new DemoRequests(folder, port("way-out"), port("front")).all(out);
  }

  private int port(String listener) {
    if (proxy.addresses().get(listener) instanceof InetSocketAddress tcp) {
      return tcp.getPort();
    }
    throw new IllegalStateException(listener + " is not bound");
  }

  /** Drains. */
  Proxy.Stopped stop() {
    return proxy.stop().toCompletableFuture().join();
  }

  @Override
  public void close() {
    proxy.close();
    application.stop(0);
    if (temporary) {
      delete(folder);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be removed; remove it by hand", e);
    }
  }
}

package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sallyport.cli.Command.Ended;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * What a sidecar stands beside: a folder with the files of a CA, of {@code server} and of {@code
 * client}, and an application that speaks plain HTTP.
 */
final class Site implements AutoCloseable {

  private final Path folder;
  private final TestCa ca = TestCa.create();
  private final TestIdentity client;
  private final HttpServer application;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch over = new CountDownLatch(1);

  Site(Path folder) throws IOException {
    this.folder = folder;
    Files.writeString(folder.resolve("ca.crt"), ca.certificatePem());
    ca.issue(leaf -> leaf.dns("localhost").ip("127.0.0.1").uri("spiffe://test/server"))
        .writeTo(folder, "server");
    client = ca.issue(leaf -> leaf.cn("the client").uri("spiffe://test/client"));
    client.writeTo(folder, "client");
    application = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    application.setExecutor(threads);
    application.createContext("/", Site::greet);
    application.createContext("/held", this::hold);
    application.start();
  }

  private static void greet(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(200, 5);
      exchange.getResponseBody().write("hello".getBytes(US_ASCII));
    }
  }

  private void hold(HttpExchange exchange) {
    try (exchange) {
      asked.countDown();
      over.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until somebody has asked for /held, which is never answered. */
  void awaitHeldRequest() throws InterruptedException {
    if (!asked.await(20, TimeUnit.SECONDS)) {
      throw new IllegalStateException("nobody asked");
    }
  }

  Path folder() {
    return folder;
  }

  String file(String name) {
    return folder.resolve(name).toString();
  }

  TestCa ca() {
    return ca;
  }

  TestIdentity client() {
    return client;
  }

  /** Where the application is. */
  String address() {
    return "127.0.0.1:" + application.getAddress().getPort();
  }

  /** A mutual TLS listener {@code web} before the application, and an admin server. */
  String config(String drain) throws IOException {
    return Files.writeString(
            folder.resolve("proxy.conf"),
            """
            sallyport {
              identities.server { certificate = "server.crt", key = "server.key", trust = "ca.crt" }
              inbound.web {
                listen = "127.0.0.1:0", forward = "%s", identity = server
                allow = [ { uri = "spiffe://test/client" } ]
              }
              admin.listen = "127.0.0.1:0"
              drain { %s }
            }
            """
                .formatted(address(), drain))
        .toString();
  }

  /** A request of the client, over TLS. */
  Ended curl(int port) {
    try (Command curl = startCurl(port, "/")) {
      return curl.ended();
    }
  }

  /** The same, begun; {@code /held} goes on for as long as it is let. */
  Command startCurl(int port, String path) {
    return Command.startOther(
        "curl",
        "-sS",
        "--cacert",
        file("ca.crt"),
        "--cert",
        file("client.crt"),
        "--key",
        file("client.key"),
        "https://localhost:" + port + path);
  }

  @Override
  public void close() {
    over.countDown();
    application.stop(0);
    threads.shutdown();
  }
}

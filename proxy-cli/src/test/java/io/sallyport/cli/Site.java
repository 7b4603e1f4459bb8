package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.sallyport.cli.Command.Ended;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * What a sidecar stands beside: a folder with the files of a CA, of {@code server} and of {@code
 * client}, and an application that speaks plain HTTP.
 */
final class Site implements AutoCloseable {

  /** Of what {@code /page} is answered with; more than one segment and one TLS record. */
  static final int PAGE_BYTES = 50_000;

  /** As many clients as a test has may come at once; a queue that is full would delay them. */
  private static final int BACKLOG = 1024;

  private final Path folder;
  private final TestCa ca = TestCa.create();
  private final TestIdentity client;
  private final SSLContext clientTls;
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
    clientTls = tls(client);
    application =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
    application.setExecutor(threads);
    application.createContext("/", exchange -> answer(exchange, "hello".getBytes(US_ASCII)));
    application.createContext("/page", exchange -> answer(exchange, new byte[PAGE_BYTES]));
    application.createContext("/held", this::hold);
    application.start();
  }

  /** Of a client that shows this, be it a chain or not. */
  SSLContext tls(TestIdentity who) throws IOException {
    try {
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      KeyStore own = KeyStore.getInstance("JKS");
      own.load(null, null);
      own.setKeyEntry("me", who.key(), new char[0], who.chain().toArray(X509Certificate[]::new));
      keys.init(own, new char[0]);
      SslContextBuilder builder =
          SslContextBuilder.forClient()
              .sslProvider(SslProvider.JDK)
              .trustManager(ca.certificate())
              .keyManager(keys);
      return ((JdkSslContext) builder.build()).context();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void answer(HttpExchange exchange, byte[] body) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
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

  /** The client, before its handshake; it gives up a read after thirty seconds. */
  SSLSocket connect(int port) throws IOException {
    return connect(clientTls, port);
  }

  /** The same as another. */
  static SSLSocket connect(SSLContext tls, int port) throws IOException {
    Socket tcp = new Socket(InetAddress.getLoopbackAddress(), port);
    SSLSocket socket =
        (SSLSocket) tls.getSocketFactory().createSocket(tcp, "localhost", port, true);
    socket.setSoTimeout(30_000);
    return socket;
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

package io.sallyport.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** An application that knows nothing of TLS: plain HTTP, on loopback. */
final class DemoApplication implements AutoCloseable {

  static final String GREETING = "Hello from the application, which speaks plain HTTP.\n";

  private final HttpServer server;

  private DemoApplication(HttpServer server) {
    this.server = server;
  }

  static DemoApplication start() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", DemoApplication::greet);
    server.start();
    return new DemoApplication(server);
  }

  InetSocketAddress address() {
    return server.getAddress();
  }

  private static void greet(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = GREETING.getBytes(UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}

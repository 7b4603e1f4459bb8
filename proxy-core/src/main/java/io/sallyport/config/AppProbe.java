package io.sallyport.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a kubelet would have asked the application, which is asked on loopback in its place.
 *
 * @param name the last segment of its path
 * @param question what is asked
 * @param timeout for the whole of it
 */
public record AppProbe(String name, Question question, Duration timeout) {

  /** Of an application on 127.0.0.1, and of nobody else. */
  public sealed interface Question {
    int port();
  }

  /**
   * Well when the status is 200 to 399; a redirect is not followed.
   *
   * @param path with the query, as it is sent
   * @param host what Host says; null for where it goes
   * @param tls whether it is asked over TLS, of which no certificate is proven
   * @param headers sent besides, in this order
   */
  public record HttpGet(
      String path, int port, @Nullable String host, boolean tls, List<Header> headers)
      implements Question {
    public HttpGet {
      headers = List.copyOf(headers);
    }
  }

  /** A field of a request. */
  public record Header(String name, String value) {}

  /** Well when it connects. */
  public record TcpSocket(int port) implements Question {}

  /**
   * Well when grpc.health.v1.Health/Check says SERVING, over HTTP/2 without TLS.
   *
   * @param service which one; empty for the server as a whole
   */
  public record Grpc(int port, String service) implements Question {}
}

package io.sallyport.admin;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Collection;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An answer before it is bytes.
 *
 * @param allow the methods of the page, where the one that was asked for is not among them
 */
record Reply(HttpResponseStatus status, String contentType, String body, @Nullable String allow) {

  static final String JSON = "application/json";

  private static final String PLAIN = "text/plain; charset=utf-8";

  static Reply of(HttpResponseStatus status, String contentType, String body) {
    return new Reply(status, contentType, body, null);
  }

  static Reply text(HttpResponseStatus status, String body) {
    return of(status, PLAIN, body + "\n");
  }

  /** In the order given. */
  static Reply methodNotAllowed(Collection<HttpMethod> methods) {
    String allow =
        methods.stream()
            .map(method -> method.equals(HttpMethod.GET) ? "GET, HEAD" : method.name())
            .collect(Collectors.joining(", "));
    return new Reply(
        HttpResponseStatus.METHOD_NOT_ALLOWED, PLAIN, "this page takes " + allow + "\n", allow);
  }
}

package io.sallyport.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * An answer before it is bytes.
 *
 * @param headers more than every answer has
 */
record Reply(
    HttpResponseStatus status, String contentType, String body, Map<String, String> headers) {

  Reply {
    headers = Map.copyOf(headers);
  }

  static final String JSON = "application/json";

  private static final String PLAIN = "text/plain; charset=utf-8";

  static Reply of(HttpResponseStatus status, String contentType, String body) {
    return new Reply(status, contentType, body, Map.of());
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
        HttpResponseStatus.METHOD_NOT_ALLOWED,
        PLAIN,
        "this page takes " + allow + "\n",
        Map.of(HttpHeaderNames.ALLOW.toString(), allow));
  }
}

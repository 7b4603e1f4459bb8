package io.sallyport.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.Http2Headers;
import org.jspecify.annotations.Nullable;

/**
 * A request for a WebSocket, on its way from the form that it has in HTTP/1.1 (RFC 6455 §4) to that
 * of HTTP/2 (RFC 8441 §5), and the answer on its way back. The key is for the first form alone: who
 * asks is shown here that it was read.
 */
final class ExtendedConnect {

  private final @Nullable WebSocketKey key;
  private final boolean hasBody;

  private ExtendedConnect(@Nullable WebSocketKey key, boolean hasBody) {
    this.key = key;
    this.hasBody = hasBody;
  }

  /** What a request asks for; null for one that asks for no WebSocket. */
  static @Nullable ExtendedConnect of(HttpRequest request) {
    HttpHeaders fields = request.headers();
    if (!HttpMethod.GET.equals(request.method())
        || !fields.contains(HttpHeaderNames.UPGRADE, Http2Request.WEBSOCKET, true)) {
      return null;
    }
    String length = fields.get(HttpHeaderNames.CONTENT_LENGTH, "0");
    boolean hasBody = fields.contains(HttpHeaderNames.TRANSFER_ENCODING) || !length.equals("0");
    return new ExtendedConnect(WebSocketKey.of(fields), hasBody);
  }

  /** Why it cannot be asked for; null when it can. */
  @Nullable String fault() {
    if (key == null) {
      return "a WebSocket that is asked for without a key of 16 bytes";
    }
    return hasBody ? "a body, which would become part of the WebSocket" : null;
  }

  /** Turns the fields of the request into those of HTTP/2. */
  static void ask(Http2Headers section) {
    section.method(HttpMethod.CONNECT.asciiName());
    section.set(Http2Headers.PseudoHeaderName.PROTOCOL.value(), Http2Request.WEBSOCKET);
    section.remove(HttpHeaderNames.SEC_WEBSOCKET_KEY);
    section.remove(HttpHeaderNames.CONTENT_LENGTH);
  }

  /** Turns an answer that agrees into one of HTTP/1.1. */
  HttpResponse agreed(HttpResponse response) {
    if (key == null) {
      throw new IllegalStateException("it was not asked for");
    }
    HttpHeaders fields = response.headers();
    fields.remove(HttpHeaderNames.CONTENT_LENGTH); // RFC 9110 §9.3.6: of no meaning
    fields.set(HttpHeaderNames.UPGRADE, Http2Request.WEBSOCKET);
    fields.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
    fields.set(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT, key.accept());
    return response.setStatus(HttpResponseStatus.SWITCHING_PROTOCOLS);
  }
}

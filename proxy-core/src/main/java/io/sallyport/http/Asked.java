package io.sallyport.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;

/** What of a request decides how its response is framed. */
enum Asked {
  /** For a head without a body (RFC 9112 §6.3). */
  HEAD,
  /** For an upgrade; the answer may be a 101, and whatever follows it is no HTTP. */
  UPGRADE,
  OTHER;

  static Asked of(HttpRequest request) {
    if (HttpMethod.HEAD.equals(request.method())) {
      return HEAD;
    }
    // RFC 9110 §7.8: in HTTP/1.0 the field is to be ignored.
    return HttpVersion.HTTP_1_1.equals(request.protocolVersion())
            && request.headers().contains(HttpHeaderNames.UPGRADE)
        ? UPGRADE
        : OTHER;
  }
}

package io.sallyport.http;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;

/**
 * A request line (RFC 9112 §3): three words with one space between each two, which is all that
 * every parser splits alike.
 *
 * @param uri the target as sent, not looked at yet
 */
record RequestLine(HttpMethod method, String uri, HttpVersion version) {

  private static final AsciiString HTTP_1_1 = AsciiString.cached(HttpVersion.HTTP_1_1.text());
  private static final AsciiString HTTP_1_0 = AsciiString.cached(HttpVersion.HTTP_1_0.text());

  /** RFC 9113 §3.4; it looks like a request so that servers of HTTP/1.1 refuse it. */
  private static final String HTTP2_PREFACE = "PRI * HTTP/2.0";

  /**
   * @throws BadRequest with {@link RequestFault#REQUEST_LINE}, {@link RequestFault#METHOD}, {@link
   *     RequestFault#VERSION} or {@link RequestFault#HTTP2_PREFACE}
   */
  static RequestLine of(LineReader line) throws BadRequest {
    int first = line.indexOf(' ', 0);
    int second = line.indexOf(' ', first + 1);
    if (first <= 0
        || first + 1 == line.length()
        || second == first + 1
        || line.indexOf('\t', 0) >= 0
        || (second > 0 && line.indexOf(' ', second + 1) >= 0)) {
      throw refused(RequestFault.REQUEST_LINE, line);
    }
    for (int i = 0; i < first; i++) {
      if (!Octets.isToken(line.byteAt(i))) {
        throw refused(RequestFault.METHOD, line);
      }
    }
    HttpVersion version = version(line, second);
    return new RequestLine(
        HttpMethod.valueOf(line.text(0, first)), line.text(first + 1, second), version);
  }

  /** Case-sensitive (RFC 9112 §2.3); without one it is HTTP/0.9. */
  private static HttpVersion version(LineReader line, int lastSpace) throws BadRequest {
    if (lastSpace > 0) {
      if (line.endsWith(lastSpace + 1, HTTP_1_1)) {
        return HttpVersion.HTTP_1_1;
      }
      if (line.endsWith(lastSpace + 1, HTTP_1_0)) {
        return HttpVersion.HTTP_1_0;
      }
    }
    throw refused(
        line.text(0, line.length()).equals(HTTP2_PREFACE)
            ? RequestFault.HTTP2_PREFACE
            : RequestFault.VERSION,
        line);
  }

  private static BadRequest refused(RequestFault fault, LineReader line) {
    return new BadRequest(fault, Excerpt.of(line.text(0, line.length())));
  }
}

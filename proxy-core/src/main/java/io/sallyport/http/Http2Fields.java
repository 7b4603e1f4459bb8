package io.sallyport.http;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.Map;

/**
 * The regular fields of HTTP/2 (RFC 9113 §8.2), read as strictly as those of HTTP/1.1 are, and
 * written.
 */
final class Http2Fields {

  private static final AsciiString CONNECTION = HttpHeaderNames.CONNECTION;
  private static final AsciiString KEEP_ALIVE = AsciiString.cached("keep-alive");
  private static final AsciiString PROXY_CONNECTION = AsciiString.cached("proxy-connection");
  private static final AsciiString TRANSFER_ENCODING = HttpHeaderNames.TRANSFER_ENCODING;
  private static final AsciiString UPGRADE = HttpHeaderNames.UPGRADE;
  private static final AsciiString TE = HttpHeaderNames.TE;
  private static final AsciiString HOST = HttpHeaderNames.HOST;
  private static final AsciiString COOKIE = HttpHeaderNames.COOKIE;

  static final HttpVersion VERSION = new HttpVersion("HTTP", 2, 0, true);

  /** What a line of HTTP/1.1 has beside name and value, so that both count alike. */
  static final int LINE_OVERHEAD = ": \r\n".length();

  private Http2Fields() {}

  /**
   * The fields of a head from this one on. Several of Cookie have become one (RFC 9113 §8.2.3).
   *
   * @throws Malformed with {@link Flaw#FIELD_NAME}, {@link Flaw#FIELD_VALUE}, {@link
   *     Flaw#PSEUDO_FIELD}, {@link Flaw#CONNECTION_FIELD}, {@link Flaw#TOO_MANY_HEADERS} or {@link
   *     Flaw#HEADERS_TOO_LARGE}
   */
  static HttpHeaders read(FieldSection section, int from, Http1Limits limits) throws Malformed {
    HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    check(section, from, limits);
    StringBuilder cookies = null;
    AsciiString cookie = null;
    for (int i = from; i < section.size(); i++) {
      AsciiString name = section.name(i);
      AsciiString value = section.value(i);
      if (!name.equals(COOKIE)) {
        headers.add(name, value);
      } else if (cookie == null) {
        cookie = value;
      } else {
        cookies = cookies == null ? new StringBuilder().append(cookie) : cookies;
        cookies.append("; ").append(value);
      }
    }
    if (cookie != null) {
      headers.add(COOKIE, cookies == null ? cookie : cookies.toString());
    }
    return headers;
  }

  /**
   * The same of trailers.
   *
   * @throws Malformed also with {@link Flaw#TRAILER_FIELD}
   */
  static HttpHeaders readTrailers(FieldSection section, Http1Limits limits) throws Malformed {
    HttpHeaders trailers = DefaultHttpHeadersFactory.trailersFactory().newHeaders();
    check(section, 0, limits);
    for (int i = 0; i < section.size(); i++) {
      AsciiString name = section.name(i);
      FieldLines.checkTrailer(name);
      trailers.add(name, section.value(i));
    }
    return trailers;
  }

  private static void check(FieldSection section, int from, Http1Limits limits) throws Malformed {
    if (section.size() - from > limits.maxHeaders()) {
      throw new Malformed(Flaw.TOO_MANY_HEADERS, "more than " + limits.maxHeaders());
    }
    long bytes = 0;
    for (int i = from; i < section.size(); i++) {
      AsciiString name = section.name(i);
      AsciiString value = section.value(i);
      bytes += name.length() + value.length() + LINE_OVERHEAD;
      if (bytes > limits.maxHeaderBytes()) {
        throw new Malformed(Flaw.HEADERS_TOO_LARGE, "more than " + limits.maxHeaderBytes());
      }
      if (section.isPseudo(i)) {
        throw new Malformed(Flaw.PSEUDO_FIELD, Excerpt.of(name));
      }
      checkName(name);
      checkValue(value);
      if (isOfConnection(name)
          || (name.equals(TE) && !value.contentEqualsIgnoreCase(HttpHeaderValues.TRAILERS))) {
        throw new Malformed(Flaw.CONNECTION_FIELD, Excerpt.of(name));
      }
    }
  }

  private static void checkName(AsciiString name) throws Malformed {
    boolean valid = !name.isEmpty();
    for (int i = 0; i < name.length() && valid; i++) {
      byte b = name.byteAt(i);
      valid = Octets.isToken(b) && (b < 'A' || b > 'Z');
    }
    if (!valid) {
      throw new Malformed(Flaw.FIELD_NAME, Excerpt.of(name));
    }
  }

  private static void checkValue(AsciiString value) throws Malformed {
    int length = value.length();
    boolean valid =
        length == 0
            || !(Octets.isBlank(value.byteAt(0)) || Octets.isBlank(value.byteAt(length - 1)));
    for (int i = 0; i < length && valid; i++) {
      valid = Octets.isText(value.byteAt(i));
    }
    if (!valid) {
      throw new Malformed(Flaw.FIELD_VALUE, Excerpt.of(value));
    }
  }

  /** RFC 9113 §8.2.2. */
  private static boolean isOfConnection(AsciiString name) {
    return switch (name.length()) {
      case 7 -> name.equals(UPGRADE);
      case 10 -> name.equals(CONNECTION) || name.equals(KEEP_ALIVE);
      case 16 -> name.equals(PROXY_CONNECTION);
      case 17 -> name.equals(TRANSFER_ENCODING);
      default -> false;
    };
  }

  /** A section that the caller puts pseudo fields into. */
  static Http2Headers section(HttpHeaders fields) {
    return new DefaultHttp2Headers(false, fields.size() + 4);
  }

  /** Writes fields of HTTP/1.1, without those that HTTP/2 has no use for or other words for. */
  static void write(HttpHeaders fields, Http2Headers to) {
    for (Iterator<Map.Entry<CharSequence, CharSequence>> all = fields.iteratorCharSequence();
        all.hasNext(); ) {
      Map.Entry<CharSequence, CharSequence> field = all.next();
      AsciiString name = AsciiString.of(field.getKey()).toLowerCase();
      if (!isOfConnection(name) && !name.equals(HOST)) {
        to.add(name, field.getValue());
      }
    }
  }
}

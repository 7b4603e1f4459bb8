package io.sallyport.http;

import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;

/**
 * The response on one stream of HTTP/2, read as strictly as one of HTTP/1.1 (RFC 9113 §8.1): what
 * may come next, and how long it is. Belongs to the connection's event loop.
 */
final class Http2Response {

  private static final AsciiString STATUS = Http2Headers.PseudoHeaderName.STATUS.value();
  private static final int STATUS_DIGITS = 3;

  private final boolean toHead;
  private final Http1Limits limits;

  /** What interim responses have left of them, or a server could send 103 without end. */
  private Http1Limits left;

  private boolean begun;
  private boolean lengthTold;
  private long bytesLeft;

  Http2Response(Http1Limits limits, boolean toHead) {
    this.limits = limits;
    this.left = limits;
    this.toHead = toHead;
  }

  /** Whether the response has come that is no interim one; what follows are trailers. */
  boolean begun() {
    return begun;
  }

  /** Whether anything of it has come, if only an interim response. */
  boolean isUnderWay() {
    return begun || !left.equals(limits);
  }

  /**
   * The head of an interim response, or of the one.
   *
   * @param ends whether the stream ends with it
   */
  HttpResponse head(FieldSection section, boolean ends) throws BadResponse {
    int code = status(section);
    if (code == HttpResponseStatus.SWITCHING_PROTOCOLS.code()) {
      throw new BadResponse(ResponseFault.UPGRADE_NOT_ASKED, "101"); // RFC 9113 §8.6
    }
    HttpHeaders fields;
    try {
      fields = Http2Fields.read(section, 1, left);
      if (code < HttpResponseStatus.OK.code()) {
        interim(section, ends);
      } else {
        begin(code, BodyLength.of(fields, true), ends);
      }
    } catch (Malformed malformed) {
      throw malformed.asResponse();
    }
    return new DefaultHttpResponse(Http2Fields.VERSION, HttpResponseStatus.valueOf(code), fields);
  }

  private static int status(FieldSection section) throws BadResponse {
    if (section.isEmpty() || !section.name(0).equals(STATUS)) {
      throw new BadResponse(ResponseFault.PSEUDO_FIELD, "no :status in front");
    }
    AsciiString value = section.value(0);
    int code = value.length() == STATUS_DIGITS ? 0 : -1;
    for (int i = 0; i < value.length() && code >= 0; i++) {
      int digit = value.byteAt(i) - '0';
      code = digit < 0 || digit > 9 ? -1 : code * 10 + digit;
    }
    if (code < 100 || code > 599) {
      throw new BadResponse(ResponseFault.STATUS_LINE, Excerpt.of(value));
    }
    return code;
  }

  private void interim(FieldSection section, boolean ends) throws BadResponse {
    if (ends) {
      throw new BadResponse(ResponseFault.FRAMES, "the stream ends with an interim response");
    }
    int headers = left.maxHeaders() - section.size(); // with :status: there may be no other
    long bytes = left.maxHeaderBytes();
    for (int i = 0; i < section.size(); i++) {
      bytes -= section.name(i).length() + section.value(i).length() + Http2Fields.LINE_OVERHEAD;
    }
    if (headers < 1) {
      throw new BadResponse(
          ResponseFault.TOO_MANY_HEADERS,
          "more than " + limits.maxHeaders() + " with interim ones");
    }
    if (bytes < 1) {
      throw new BadResponse(
          ResponseFault.HEADERS_TOO_LARGE,
          "more than " + limits.maxHeaderBytes() + " with interim ones");
    }
    left = new Http1Limits(limits.maxRequestLineBytes(), (int) bytes, headers);
  }

  /** RFC 9110 §6.4.1. */
  private void begin(int code, long length, boolean ends) throws BadResponse {
    begun = true;
    boolean bodyless =
        toHead
            || code == HttpResponseStatus.NO_CONTENT.code()
            || code == HttpResponseStatus.NOT_MODIFIED.code();
    lengthTold = bodyless || length != BodyLength.NOT_TOLD;
    bytesLeft = bodyless ? 0 : length;
    data(0, ends);
  }

  /** So much more of the body. */
  void data(int bytes, boolean ends) throws BadResponse {
    if (!begun) {
      throw new BadResponse(ResponseFault.FRAMES, "a body without a head");
    }
    if (lengthTold) {
      bytesLeft -= bytes;
      if (bytesLeft < 0 || (ends && bytesLeft > 0)) {
        throw new BadResponse(
            ResponseFault.BODY_LENGTH,
            bytesLeft < 0 ? "more than there is to be" : bytesLeft + " bytes less than was told");
      }
    }
  }

  /** The fields that the stream ends with. */
  HttpHeaders trailers(FieldSection section) throws BadResponse {
    data(0, true);
    try {
      return Http2Fields.readTrailers(section, limits);
    } catch (Malformed malformed) {
      throw malformed.asResponse();
    }
  }
}

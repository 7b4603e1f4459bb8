package io.sallyport.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.List;

/** Reads the field lines of a head, or the trailers, up to the empty line (RFC 9112 §5). */
final class FieldLines {

  /** What frames a message, says where it goes or what to do with the connection. */
  private static final List<AsciiString> NO_TRAILERS =
      List.of(
          HttpHeaderNames.CONTENT_LENGTH,
          HttpHeaderNames.TRANSFER_ENCODING,
          HttpHeaderNames.HOST,
          HttpHeaderNames.CONNECTION,
          HttpHeaderNames.UPGRADE,
          HttpHeaderNames.EXPECT,
          HttpHeaderNames.TRAILER);

  private static final int CRLF_BYTES = 2;

  private final Http1Limits limits;

  /** RFC 9112 §5.1: a proxy refuses them in a request and removes them from a response. */
  private final boolean blankBeforeColon;

  private int bytes;
  private int count;

  /** Of the line that was read. */
  private int colon;

  /**
   * @param blankBeforeColon whether blanks before the colon are overlooked, and not refused
   */
  FieldLines(Http1Limits limits, boolean blankBeforeColon) {
    this.limits = limits;
    this.blankBeforeColon = blankBeforeColon;
  }

  /** Counts from nothing again. */
  void reset() {
    bytes = 0;
    count = 0;
  }

  /**
   * Counts on, and the end of this head as well: there may be heads without fields, many of them.
   */
  void share() throws Malformed {
    bytes += CRLF_BYTES;
    countLine();
  }

  private void countLine() throws Malformed {
    if (++count > limits.maxHeaders()) {
      throw new Malformed(Flaw.TOO_MANY_HEADERS, "more than " + limits.maxHeaders());
    }
  }

  /** How long the next line may be, without CRLF. */
  int mostBytesOfNext() {
    return Math.max(0, limits.maxHeaderBytes() - bytes - CRLF_BYTES);
  }

  /** Adds the line that was read, which is not empty. */
  void add(LineReader line, HttpHeaders headers) throws Malformed {
    headers.add(name(line), value(line));
  }

  /** The same for a trailer. */
  void addTrailer(LineReader line, HttpHeaders trailers) throws Malformed {
    AsciiString name = name(line);
    checkTrailer(name);
    trailers.add(name, value(line));
  }

  static void checkTrailer(AsciiString name) throws Malformed {
    for (AsciiString reserved : NO_TRAILERS) {
      if (reserved.contentEqualsIgnoreCase(name)) {
        throw new Malformed(Flaw.TRAILER_FIELD, reserved.toString());
      }
    }
  }

  private AsciiString name(LineReader line) throws Malformed {
    colon = colon(line);
    int end = colon;
    while (blankBeforeColon && end > 0 && Octets.isBlank(line.byteAt(end - 1))) {
      end--;
    }
    boolean token = end > 0;
    for (int i = 0; i < end && token; i++) {
      token = Octets.isToken(line.byteAt(i));
    }
    if (!token) {
      throw new Malformed(Flaw.FIELD_NAME, Excerpt.of(line.text(0, colon)));
    }
    return new AsciiString(line.bytes(), 0, end, true);
  }

  private int colon(LineReader line) throws Malformed {
    bytes += line.length() + CRLF_BYTES;
    countLine();
    if (Octets.isBlank(line.byteAt(0))) {
      throw new Malformed(Flaw.OBS_FOLD, Excerpt.of(line.text(0, line.length())));
    }
    int found = line.indexOf(':', 0);
    if (found < 0) {
      throw new Malformed(Flaw.FIELD_LINE, Excerpt.of(line.text(0, line.length())));
    }
    return found;
  }

  private String value(LineReader line) {
    int start = colon + 1;
    int end = line.length();
    while (start < end && Octets.isBlank(line.byteAt(start))) {
      start++;
    }
    while (end > start && Octets.isBlank(line.byteAt(end - 1))) {
      end--;
    }
    return line.text(start, end);
  }
}

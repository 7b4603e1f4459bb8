package io.sallyport.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.Iterator;

/**
 * How a head tells the length of its body (RFC 9112 §6): by one Content-Length or by {@code
 * chunked}, never by both and never by something that the next in the chain may read differently.
 */
final class BodyLength {

  /** Told by the chunks. */
  static final long CHUNKED = -1;

  /** Not told: nothing for a request, all up to the end of the connection for a response. */
  static final long NOT_TOLD = -2;

  private static final int MOST_DIGITS = 19;

  private BodyLength() {}

  /**
   * Leaves a Content-Length in its shortest form: {@code 007} is octal to some.
   *
   * @return bytes, or {@link #CHUNKED}, or {@link #NOT_TOLD}
   * @throws Malformed with {@link Flaw#CONTENT_LENGTH}, {@link Flaw#LENGTH_AND_CODING} or {@link
   *     Flaw#TRANSFER_CODING}
   */
  static long of(HttpHeaders headers, boolean http11) throws Malformed {
    Iterator<? extends CharSequence> lengths =
        headers.valueCharSequenceIterator(HttpHeaderNames.CONTENT_LENGTH);
    Iterator<? extends CharSequence> codings =
        headers.valueCharSequenceIterator(HttpHeaderNames.TRANSFER_ENCODING);
    if (codings.hasNext()) {
      checkCoding(codings, lengths.hasNext(), http11);
      return CHUNKED;
    }
    if (!lengths.hasNext()) {
      return NOT_TOLD;
    }
    CharSequence value = lengths.next();
    if (lengths.hasNext()) {
      throw new Malformed(Flaw.CONTENT_LENGTH, "more than one");
    }
    long length = parse(value);
    if (value.length() > 1 && value.charAt(0) == '0') {
      headers.set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(length));
    }
    return length;
  }

  private static void checkCoding(
      Iterator<? extends CharSequence> codings, boolean lengthToo, boolean http11)
      throws Malformed {
    if (lengthToo) {
      throw new Malformed(Flaw.LENGTH_AND_CODING, "Content-Length and Transfer-Encoding");
    }
    CharSequence coding = codings.next();
    if (codings.hasNext()) {
      throw new Malformed(Flaw.TRANSFER_CODING, "more than one field");
    }
    // RFC 9112 §6.1: a transfer coding in HTTP/1.0 is to be taken for a fault in the framing.
    if (!http11 || !AsciiString.contentEqualsIgnoreCase(coding, HttpHeaderValues.CHUNKED)) {
      throw new Malformed(Flaw.TRANSFER_CODING, Excerpt.of(coding));
    }
  }

  private static long parse(CharSequence value) throws Malformed {
    long length = 0;
    boolean valid = value.length() > 0 && value.length() <= MOST_DIGITS;
    for (int i = 0; i < value.length() && valid; i++) {
      int digit = value.charAt(i) - '0';
      valid = digit >= 0 && digit <= 9;
      length = length * 10 + digit;
    }
    // Nineteen digits overflow a long at most once, and then its sign shows.
    if (!valid || length < 0) {
      throw new Malformed(Flaw.CONTENT_LENGTH, Excerpt.of(value));
    }
    return length;
  }
}

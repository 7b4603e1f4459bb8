package io.sallyport.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.concurrent.ThreadLocalRandom;

/** The name by which logs on every side find one request: {@code X-Request-Id}. */
final class RequestId {

  private static final AsciiString NAME = AsciiString.cached("x-request-id");
  private static final int MOST_CHARS = 128;

  private RequestId() {}

  /**
   * Keeps what came, if it came once, in at most 128 visible characters of ASCII. Else there is a
   * new one of 16 random bytes afterwards, in hexadecimal; it is rare, but whoever has seen some
   * can guess others: it is a name, no secret.
   *
   * @return which it is now
   */
  static CharSequence keepOrMake(HttpHeaders headers) {
    Iterator<? extends CharSequence> values = headers.valueCharSequenceIterator(NAME);
    if (values.hasNext()) {
      CharSequence value = values.next();
      if (!values.hasNext() && isSane(value)) {
        return value;
      }
    }
    CharSequence made = made();
    headers.set(NAME, made);
    return made;
  }

  private static boolean isSane(CharSequence id) {
    if (id.length() == 0 || id.length() > MOST_CHARS) {
      return false;
    }
    for (int i = 0; i < id.length(); i++) {
      if (id.charAt(i) <= ' ' || id.charAt(i) >= 0x7f) {
        return false;
      }
    }
    return true;
  }

  private static AsciiString made() {
    byte[] digits = new byte[2 * RandomHex.DIGITS];
    ThreadLocalRandom random = ThreadLocalRandom.current();
    RandomHex.write(random.nextLong(), digits, 0);
    RandomHex.write(random.nextLong(), digits, RandomHex.DIGITS);
    return new AsciiString(digits, false);
  }
}

package io.sallyport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.concurrent.ThreadLocalRandom;

/**
 * {@code traceparent} and {@code tracestate} (W3C Trace Context). This proxy reports no spans, so
 * it hands on what came as it came.
 */
final class TraceContext {

  private static final AsciiString TRACEPARENT = AsciiString.cached("traceparent");
  private static final AsciiString TRACESTATE = AsciiString.cached("tracestate");

  private static final int TRACE_ID = 3;
  private static final int PARENT_ID = 36;
  private static final int FLAGS = 53;
  private static final int CHARS = 55;

  /** Sampled: who has traces made wants to see them, and most tracers heed what came first. */
  private static final byte[] NEW =
      "00-................................-................-01".getBytes(US_ASCII);

  private TraceContext() {}

  /**
   * Leaves a valid traceparent and its tracestate as they are. One that is invalid or there twice
   * is removed with its tracestate (§3.3), a tracestate alone too.
   *
   * @param make whether there shall be a new one where there is no valid one. Its numbers come from
   *     a cheap generator: they are rare, and no secret
   */
  static void carryOn(HttpHeaders headers, boolean make) {
    if (hasValidParent(headers)) {
      return;
    }
    headers.remove(TRACEPARENT);
    headers.remove(TRACESTATE);
    if (make) {
      headers.set(TRACEPARENT, made());
    }
  }

  private static boolean hasValidParent(HttpHeaders headers) {
    Iterator<? extends CharSequence> values = headers.valueCharSequenceIterator(TRACEPARENT);
    return values.hasNext() && isValid(values.next()) && !values.hasNext();
  }

  /** §3.2.2; of a version to come, what it must have in common with this one (§3.2.4). */
  private static boolean isValid(CharSequence value) {
    if (value.length() < CHARS
        || value.charAt(TRACE_ID - 1) != '-'
        || value.charAt(PARENT_ID - 1) != '-'
        || value.charAt(FLAGS - 1) != '-'
        || !isHex(value, 0, TRACE_ID - 1)
        || !isHexAndNotZero(value, TRACE_ID, PARENT_ID - 1)
        || !isHexAndNotZero(value, PARENT_ID, FLAGS - 1)
        || !isHex(value, FLAGS, CHARS)) {
      return false;
    }
    if (value.charAt(0) == '0' && value.charAt(1) == '0') {
      return value.length() == CHARS;
    }
    return !(value.charAt(0) == 'f' && value.charAt(1) == 'f')
        && (value.length() == CHARS || value.charAt(CHARS) == '-');
  }

  private static boolean isHexAndNotZero(CharSequence value, int from, int to) {
    if (!isHex(value, from, to)) {
      return false;
    }
    for (int i = from; i < to; i++) {
      if (value.charAt(i) != '0') {
        return true;
      }
    }
    return false;
  }

  private static boolean isHex(CharSequence value, int from, int to) {
    for (int i = from; i < to; i++) {
      char c = value.charAt(i);
      if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
        return false;
      }
    }
    return true;
  }

  private static AsciiString made() {
    byte[] value = NEW.clone();
    ThreadLocalRandom random = ThreadLocalRandom.current();
    RandomHex.write(random.nextLong(), value, TRACE_ID);
    // All zeros would be no ID (§3.2.2.3, §3.2.2.4).
    RandomHex.write(random.nextLong() | 1, value, TRACE_ID + RandomHex.DIGITS);
    RandomHex.write(random.nextLong() | 1, value, PARENT_ID);
    return new AsciiString(value, false);
  }
}

package io.sallyport.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of fields where a body is sealed or opened. Those stay that tell of the resource, as
 * of its type: the store keeps them, and what it hands out has them again.
 */
final class EnvelopeFields {

  /**
   * Of the bytes that were, and not of those that go on (RFC 9530, RFC 3230); and what object
   * stores have of the kind.
   */
  private static final FieldNames DIGESTS =
      FieldNames.of(
          "content-digest",
          "content-md5",
          "digest",
          "repr-digest",
          "x-amz-checksum-*",
          "x-amz-sdk-checksum-algorithm",
          "x-bz-content-sha1",
          "x-cos-hash-crc64ecma",
          "x-goog-hash",
          "x-ms-blob-content-md5",
          "x-ms-content-crc64",
          "x-ms-content-md5",
          "x-ms-structured-*",
          "x-oss-hash-crc64ecma");

  /**
   * With these a part would be answered, which does not open, or digests. RFC 9110 §14.2 lets
   * anybody ignore Range.
   */
  private static final FieldNames PARTS_AND_DIGESTS =
      FieldNames.of(
          "if-range",
          "range",
          "want-content-digest",
          "want-digest",
          "want-repr-digest",
          "x-amz-checksum-mode",
          "x-ms-range*",
          "x-ms-structured-*");

  /** By which applications are told to take a request for one of another method. */
  private static final FieldNames OTHER_METHODS =
      FieldNames.of("x-http-method", "x-http-method-override", "x-method-override");

  private static final AsciiString NONE = AsciiString.cached("none");
  private static final String WEAK = "W/";

  private EnvelopeFields() {}

  /**
   * Whether a method is written as all registered ones are: those who read {@code get} as GET would
   * answer it as what it is not to us (RFC 9110 §9.1).
   */
  static boolean isInCapitals(String method) {
    for (int i = 0; i < method.length(); i++) {
      char c = method.charAt(i);
      if ((c < 'A' || c > 'Z') && c != '-') {
        return false;
      }
    }
    return true;
  }

  /** Whether an application may take the request for one of a method that we have not seen. */
  static boolean nameAnotherMethod(HttpHeaders request) {
    return OTHER_METHODS.areIn(request);
  }

  /** Of a request whose response is to be sealed or opened. */
  static void askForTheWhole(HttpHeaders request, boolean opened) {
    PARTS_AND_DIGESTS.removeFrom(request);
    if (opened) {
      // A coding that somebody puts around what is sealed leaves nothing that could be opened.
      request.set(HttpHeaderNames.ACCEPT_ENCODING, HttpHeaderValues.IDENTITY);
    }
  }

  /** Of a message, or its trailers. */
  static void removeDigests(HttpHeaders fields) {
    if (!fields.isEmpty()) {
      DIGESTS.removeFrom(fields);
    }
  }

  /**
   * Of a response that is sealed or opened, or tells of one that would be.
   *
   * <p>An ETag of what is opened stays as it is: it changes with what is stored, and of that each
   * octet of the plaintext follows (RFC 9110 §8.8.1). What is sealed is other octets each time, of
   * which no strong validator can speak.
   */
  static void ofWhole(HttpHeaders response, boolean sealed) {
    removeDigests(response);
    response.set(HttpHeaderNames.ACCEPT_RANGES, NONE);
    String tag = response.get(HttpHeaderNames.ETAG);
    if (sealed && tag != null && !tag.startsWith(WEAK)) {
      response.set(HttpHeaderNames.ETAG, WEAK + tag);
    }
  }

  /**
   * @param bytes none is told where it is negative
   */
  static void tellLength(HttpHeaders fields, long bytes) {
    if (bytes < 0) {
      fields.remove(HttpHeaderNames.CONTENT_LENGTH);
    } else {
      fields.set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(bytes));
    }
  }

  /**
   * @param told as a sender has it; null for {@link BodyLength#NOT_TOLD}
   */
  static long length(@Nullable CharSequence told) {
    return told == null
        ? BodyLength.NOT_TOLD
        : AsciiString.of(told).parseLong(); // the codec has let through no other than digits
  }
}

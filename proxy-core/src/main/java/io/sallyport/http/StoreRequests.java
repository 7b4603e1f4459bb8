package io.sallyport.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What object stores are asked that does not go with a body that is sealed or opened as a whole: it
 * would be broken, or be stored and never open. Names in the query are read as a store reads them,
 * which is decoded, and in any case.
 */
final class StoreRequests {

  /** Hashes of the body under a signature, or words for how it is signed otherwise. */
  private static final FieldNames SIGNED_BODIES =
      FieldNames.of("x-amz-content-sha256", "x-goog-content-sha256");

  private static final String NOT_SIGNED = "UNSIGNED-PAYLOAD";

  private static final FieldNames CODINGS = FieldNames.of("content-encoding");
  private static final String AWS_CHUNKED = "aws-chunked";

  /** Go with that coding alone. */
  private static final FieldNames OF_AWS_CHUNKED =
      FieldNames.of("x-amz-decoded-content-length", "x-amz-trailer");

  private static final FieldNames COPIES =
      FieldNames.of(
          "x-amz-copy-source*",
          "x-copy-from*",
          "x-cos-copy-source*",
          "x-goog-copy-source*",
          "x-ms-copy-source*",
          "x-obs-copy-source*",
          "x-oss-copy-source*");

  /** RFC 9110 §14.5, and what is appended or resumed. */
  private static final FieldNames PARTS =
      FieldNames.of("content-range", "upload-offset", "x-amz-write-offset-bytes");

  private static final String PART_NUMBER = "partnumber";
  private static final Set<String> PART_PARAMETERS = Set.of(PART_NUMBER, "uploadid", "upload_id");

  /** Of Azure's parameter {@code comp}. */
  private static final Set<String> PART_COMPONENTS =
      Set.of("appendblock", "block", "blocklist", "page");

  private StoreRequests() {}

  /**
   * Why a request with a body that is changed is not passed on; null when it is.
   *
   * @param query of its target, as it was sent
   */
  static @Nullable Refusal refusal(HttpHeaders fields, String query) {
    for (Iterator<Map.Entry<CharSequence, CharSequence>> all = fields.iteratorCharSequence();
        all.hasNext(); ) {
      Map.Entry<CharSequence, CharSequence> field = all.next();
      Refusal refusal = ofField(field.getKey(), field.getValue());
      if (refusal != null) {
        return refusal;
      }
    }
    for (Parameters parameters = new Parameters(query); parameters.next(); ) {
      Refusal refusal = ofParameter(parameters.name, parameters.value);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  private static @Nullable Refusal ofField(CharSequence name, CharSequence value) {
    if (SIGNED_BODIES.contains(name)) {
      return NOT_SIGNED.contentEquals(value) ? null : Refusal.ENVELOPE_SIGNED_BODY;
    }
    if (OF_AWS_CHUNKED.contains(name)
        || (CODINGS.contains(name)
            && value.toString().toLowerCase(Locale.ROOT).contains(AWS_CHUNKED))) {
      return Refusal.ENVELOPE_AWS_CHUNKED;
    }
    if (COPIES.contains(name)) {
      return Refusal.ENVELOPE_COPY;
    }
    return PARTS.contains(name) ? Refusal.ENVELOPE_PART : null;
  }

  private static @Nullable Refusal ofParameter(String name, String value) {
    if (SIGNED_BODIES.contains(name)) {
      return value.equals(NOT_SIGNED) ? null : Refusal.ENVELOPE_SIGNED_BODY;
    }
    boolean isPart =
        PART_PARAMETERS.contains(name)
            || (name.equals("uploads") && value.isEmpty())
            || (name.equals("comp") && PART_COMPONENTS.contains(value.toLowerCase(Locale.ROOT)));
    return isPart ? Refusal.ENVELOPE_PART : null;
  }

  /** Whether a query has a part of an object answered. */
  static boolean askForPart(String query) {
    for (Parameters parameters = new Parameters(query); parameters.next(); ) {
      if (parameters.name.equals(PART_NUMBER)) {
        return true;
      }
    }
    return false;
  }

  /** Each parameter of a query in turn. */
  private static final class Parameters {
    private final String query;
    private int from;

    /** In lower case. */
    private String name = "";

    private String value = "";

    Parameters(String query) {
      this.query = query;
    }

    boolean next() {
      if (from >= query.length()) {
        return false;
      }
      int and = query.indexOf('&', from);
      int end = and < 0 ? query.length() : and;
      int nameEnd = from;
      while (nameEnd < end && query.charAt(nameEnd) != '=') {
        nameEnd++;
      }
      name = decoded(query.substring(from, nameEnd)).toLowerCase(Locale.ROOT);
      value = nameEnd == end ? "" : decoded(query.substring(nameEnd + 1, end));
      from = end + 1;
      return true;
    }

    private static String decoded(String text) {
      try {
        return QueryStringDecoder.decodeComponent(text);
      } catch (IllegalArgumentException e) {
        return text; // no store can read more in it
      }
    }
  }
}

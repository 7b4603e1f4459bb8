package io.sallyport.http;

import java.util.Locale;
import java.util.stream.Stream;

/** Requests that must be refused, as they come over the wire; see {@code hostile-requests.txt}. */
final class HostileRequests {

  /** Where the fault is, and so what a decoder has passed on before it. */
  enum Place {
    /** Nothing. */
    HEAD,
    /** The head, and of the body what is right. */
    BODY,
    /** A whole request that is as it should be. */
    NEXT
  }

  /**
   * @param name says what is wrong
   */
  record HostileRequest(String name, RequestFault fault, Place place, String escaped) {

    /** As they come over the wire. */
    byte[] bytes() {
      return CaseFile.bytes(escaped);
    }

    @Override
    public String toString() {
      return fault + ": " + name;
    }
  }

  private HostileRequests() {}

  static Stream<HostileRequest> all() {
    return CaseFile.rows("hostile-requests.txt", 4).stream()
        .map(
            row ->
                new HostileRequest(
                    row[2],
                    RequestFault.valueOf(row[0]),
                    Place.valueOf(row[1].toUpperCase(Locale.ROOT)),
                    row[3]));
  }
}

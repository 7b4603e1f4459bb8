package io.sallyport.http;

import io.sallyport.config.HttpLimits;

/**
 * How much of a connection's memory one HTTP/1.1 head may take. A message that exceeds one of them
 * is refused, and what was held of it is let go.
 *
 * @param maxRequestLineBytes of a request line or a status line, without its CRLF
 * @param maxHeaderBytes of all field lines of a head together, each with its CRLF; the trailers of
 *     a chunked body may take as much again
 * @param maxHeaders the number of field lines of a head, and of trailers
 */
public record Http1Limits(int maxRequestLineBytes, int maxHeaderBytes, int maxHeaders) {

  /**
   * @throws IllegalArgumentException when one of them is less than 1
   */
  public Http1Limits {
    if (maxRequestLineBytes < 1 || maxHeaderBytes < 1 || maxHeaders < 1) {
      throw new IllegalArgumentException("limits of a head must be at least 1");
    }
  }

  public static Http1Limits of(HttpLimits limits) {
    return new Http1Limits(
        limits.maxRequestLineBytes(), limits.maxHeaderBytes(), limits.maxHeaders());
  }
}

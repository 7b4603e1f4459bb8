package io.sallyport.http;

import java.util.Locale;

/**
 * Why a response cannot be passed on, and its connection not used again: the metric label and the
 * logged word.
 */
public enum ResponseFault {
  /** The status line exceeds {@link Http1Limits#maxRequestLineBytes}. */
  STATUS_LINE_TOO_LONG,
  /** The field lines, or the trailers, exceed {@link Http1Limits#maxHeaderBytes}. */
  HEADERS_TOO_LARGE,
  /** There are more of them than {@link Http1Limits#maxHeaders}. */
  TOO_MANY_HEADERS,
  /** A CR that no LF follows, where lines are expected. */
  BARE_CR,
  /** An LF that follows no CR, where lines are expected. */
  BARE_LF,
  /** Another control byte than HTAB where lines are expected. */
  CONTROL_BYTE,
  /** Not a version of HTTP/1, one space and a status from 100 to 599. */
  STATUS_LINE,
  /** A field line without a colon. */
  FIELD_LINE,
  /** A field name that is no token. */
  FIELD_NAME,
  /** A field line that begins with a blank, and might go on with the line before. */
  OBS_FOLD,
  /** A Content-Length that is not one decimal number, or more than one of them. */
  CONTENT_LENGTH,
  /** Both Content-Length and Transfer-Encoding. */
  LENGTH_AND_CODING,
  /** Another transfer coding than {@code chunked}, or one in HTTP/1.0. */
  TRANSFER_CODING,
  /** The size of a chunk is no hexadecimal number, or too large a one. */
  CHUNK_SIZE,
  /** The line with the size of a chunk is too long, or all those of a body with extensions are. */
  CHUNK_EXTENSION,
  /** No CRLF follows the data of a chunk. */
  CHUNK_END,
  /** A trailer that frames or routes the message and thus belongs into its head. */
  TRAILER_FIELD,
  /** A field value of HTTP/2 with a control byte, or with a blank before or behind it. */
  FIELD_VALUE,
  /** A pseudo field of HTTP/2 that is missing, unknown, repeated, or not where it belongs. */
  PSEUDO_FIELD,
  /** A field in HTTP/2 that is about a connection of HTTP/1.1. */
  CONNECTION_FIELD,
  /** A 101 that answers no request for an upgrade. */
  UPGRADE_NOT_ASKED,
  /** Bytes came that answer no request. */
  UNSOLICITED,
  /** The connection ended within the response. */
  TRUNCATED;

  private final String label = name().toLowerCase(Locale.ROOT);

  public String label() {
    return label;
  }
}

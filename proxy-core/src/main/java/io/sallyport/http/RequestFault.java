package io.sallyport.http;

import java.util.Locale;

/**
 * Why a request is refused before anything of it is understood: the metric label and the logged
 * word. Where an RFC asks for a status that tells more (417, 501, 505) it is 400 all the same: a
 * peer that is in earnest sees what it sent.
 */
public enum RequestFault {
  /** The request line exceeds {@link Http1Limits#maxRequestLineBytes}. */
  REQUEST_LINE_TOO_LONG(414),
  /** The field lines, or the trailers, exceed {@link Http1Limits#maxHeaderBytes}. */
  HEADERS_TOO_LARGE(431),
  /** There are more of them than {@link Http1Limits#maxHeaders}. */
  TOO_MANY_HEADERS(431),
  /** More than one empty line before a request line. */
  EMPTY_LINES(400),
  /** A CR that no LF follows, where lines are expected. */
  BARE_CR(400),
  /** An LF that follows no CR, where lines are expected. */
  BARE_LF(400),
  /** Another control byte than HTAB where lines are expected. */
  CONTROL_BYTE(400),
  /** Not three words with one space between each two. */
  REQUEST_LINE(400),
  /** The method is no token. */
  METHOD(400),
  /** CONNECT; nobody is tunnelled through here. */
  CONNECT(400),
  /** The target is in none of the forms that its method may have. */
  TARGET(400),
  /** Another version than HTTP/1.0 and HTTP/1.1; none, as in HTTP/0.9, too. */
  VERSION(400),
  /** The preface of HTTP/2 on a connection that did not agree on it. */
  HTTP2_PREFACE(400),
  /** A field line without a colon. */
  FIELD_LINE(400),
  /** A field name that is no token, also for blanks between it and the colon. */
  FIELD_NAME(400),
  /** A field line that begins with a blank, and might go on with the line before. */
  OBS_FOLD(400),
  /** No Host field. */
  HOST_MISSING(400),
  /** More than one Host field. */
  HOST_REPEATED(400),
  /** A Host field, or the authority of a target, that is no {@code host[:port]}. */
  HOST_INVALID(400),
  /** The authority of the target is not that of the Host field. */
  HOST_MISMATCH(400),
  /** A name or a password before the host. */
  USERINFO(400),
  /** A Content-Length that is not one decimal number, or more than one of them. */
  CONTENT_LENGTH(400),
  /** Both Content-Length and Transfer-Encoding. */
  LENGTH_AND_CODING(400),
  /** Another transfer coding than {@code chunked}, or one in HTTP/1.0. */
  TRANSFER_CODING(400),
  /** Another expectation than {@code 100-continue}. */
  EXPECTATION(400),
  /** The size of a chunk is no hexadecimal number, or too large a one. */
  CHUNK_SIZE(400),
  /** The line with the size of a chunk is too long, or all those of a body with extensions are. */
  CHUNK_EXTENSION(400),
  /** No CRLF follows the data of a chunk. */
  CHUNK_END(400),
  /** A trailer that frames or routes the message and thus belongs into its head. */
  TRAILER_FIELD(400),
  /** A field value of HTTP/2 with a control byte, or with a blank before or behind it. */
  FIELD_VALUE(400),
  /** A pseudo field of HTTP/2 that is missing, unknown, repeated, or not where it belongs. */
  PSEUDO_FIELD(400),
  /** A field in HTTP/2 that is about a connection of HTTP/1.1. */
  CONNECTION_FIELD(400);

  private final int status;
  private final String label = name().toLowerCase(Locale.ROOT);

  RequestFault(int status) {
    this.status = status;
  }

  /** The status to answer with; nothing else may be answered on the connection afterwards. */
  public int status() {
    return status;
  }

  public String label() {
    return label;
  }
}

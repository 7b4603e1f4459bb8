package io.sallyport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import io.sallyport.identity.HandshakeFailure;
import io.sallyport.relay.CloseReason;
import io.sallyport.upstream.DialFailure;
import java.util.Date;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Why a request is answered here and not by the other side: the metric label and the logged word.
 * The answer itself says less: a problem (RFC 9457) that repeats the status, and the error type of
 * RFC 9209 §2.3 that comes nearest, which is the same for all reasons to deny.
 */
public enum Refusal {
  /** What came is not HTTP, or could be read in two ways. */
  MALFORMED_REQUEST(HttpResponseStatus.BAD_REQUEST, "http_request_error"),
  /** A path that the application may see as another one, while rules name paths. */
  AMBIGUOUS_PATH(HttpResponseStatus.BAD_REQUEST, "http_request_error"),
  /** No rule lets the peer do this. */
  DENIED(HttpResponseStatus.FORBIDDEN, "http_request_denied"),
  /** The fields did not come in time. */
  HEADER_TIMEOUT(HttpResponseStatus.REQUEST_TIMEOUT, "http_request_error"),
  /** The body did not come in time, or not fast enough. */
  BODY_TIMEOUT(HttpResponseStatus.REQUEST_TIMEOUT, "http_request_error"),
  BODY_TOO_LARGE(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "http_request_error"),
  TARGET_TOO_LONG(HttpResponseStatus.REQUEST_URI_TOO_LONG, "http_request_error"),
  /** The authority belongs to another identity than the one that this connection was made to. */
  MISDIRECTED(HttpResponseStatus.MISDIRECTED_REQUEST, "http_request_error"),
  /** The body is not what it must be: it is not sealed, not for this request, or not whole. */
  REQUEST_NOT_OPENED(HttpResponseStatus.BAD_REQUEST, "http_request_error"),
  /** To an application that reads methods in any case it may be another request than to us. */
  ENVELOPE_METHOD(
      HttpResponseStatus.BAD_REQUEST,
      "http_request_error",
      "the method has to be written in capitals"),
  /** The same of an application that reads the method in a field. */
  ENVELOPE_METHOD_OVERRIDE(
      HttpResponseStatus.BAD_REQUEST,
      "http_request_error",
      "no field may name another method than that of the request"),
  /** Part of a representation, where each is sealed as a whole. */
  ENVELOPE_PART(
      HttpResponseStatus.BAD_REQUEST,
      "http_request_error",
      "a body goes as a whole, in one request, and not in parts"),
  /** A copy within a store: what is sealed is bound to its place. */
  ENVELOPE_COPY(
      HttpResponseStatus.BAD_REQUEST,
      "http_request_error",
      "a copy within the store would not open: read the object, and write it anew"),
  /** The signature is one of other bytes than those that go on. */
  ENVELOPE_SIGNED_BODY(
      HttpResponseStatus.BAD_REQUEST,
      "http_request_error",
      "a signature may not cover the body, which becomes another one: sign UNSIGNED-PAYLOAD"),
  /** The store would take the pieces apart, and what is in them is sealed. */
  ENVELOPE_AWS_CHUNKED(
      HttpResponseStatus.BAD_REQUEST,
      "http_request_error",
      "a body in aws-chunked, or with a checksum behind it, cannot go on: send it as it is"),
  /** Too many fields, or too many bytes of them. */
  FIELDS_TOO_LARGE(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "http_request_error"),

  NAME_NOT_RESOLVED(HttpResponseStatus.BAD_GATEWAY, "dns_error"),
  CONNECTION_REFUSED(HttpResponseStatus.BAD_GATEWAY, "connection_refused"),
  /** No way leads there. */
  UNREACHABLE(HttpResponseStatus.BAD_GATEWAY, "destination_ip_unroutable"),
  /** Closed or reset before there was an answer. */
  CONNECTION_TERMINATED(HttpResponseStatus.BAD_GATEWAY, "connection_terminated"),
  /** The peer showed no certificate that is vouched for. */
  TLS_CERTIFICATE_ERROR(HttpResponseStatus.BAD_GATEWAY, "tls_certificate_error"),
  /** The peer is proven, and may not be asked. */
  PEER_NOT_ALLOWED(HttpResponseStatus.BAD_GATEWAY, "tls_certificate_error"),
  /** The peer refused us. */
  TLS_ALERT_RECEIVED(HttpResponseStatus.BAD_GATEWAY, "tls_alert_received"),
  /** No handshake came about, for another reason. */
  TLS_PROTOCOL_ERROR(HttpResponseStatus.BAD_GATEWAY, "tls_protocol_error"),
  MALFORMED_RESPONSE(HttpResponseStatus.BAD_GATEWAY, "http_protocol_error"),
  RESPONSE_FIELDS_TOO_LARGE(HttpResponseStatus.BAD_GATEWAY, "http_response_header_section_size"),
  /** The same of its body as {@link #REQUEST_NOT_OPENED}. */
  RESPONSE_NOT_OPENED(HttpResponseStatus.BAD_GATEWAY, "http_response_content_coding"),
  /** Over a Unix socket to HTTP/1.0, where an answer that does not open would look whole. */
  ENVELOPE_END_NOT_TOLD(
      HttpResponseStatus.BAD_GATEWAY,
      "http_response_incomplete",
      "the answer tells no length, and in HTTP/1.0 over a Unix socket nothing else tells where it"
          + " breaks off: ask in HTTP/1.1"),
  /** Part of a representation, though no part was asked for. */
  PARTIAL_RESPONSE(HttpResponseStatus.BAD_GATEWAY, "http_protocol_error"),
  /** It speaks HTTP/2, and has not said that it takes WebSockets over it (RFC 8441 §3). */
  WEBSOCKET_UNAVAILABLE(
      HttpResponseStatus.BAD_GATEWAY,
      "http_upgrade_failed",
      "the server takes no WebSockets over HTTP/2"),
  /** A fault of ours; the log has it. */
  INTERNAL_ERROR(HttpResponseStatus.BAD_GATEWAY, "connection_terminated"),

  /** What follows would pass as it is. */
  ENVELOPE_UPGRADE(
      HttpResponseStatus.NOT_IMPLEMENTED,
      "proxy_internal_response",
      "bodies are sealed or opened, and nothing is changed to another protocol, WebSocket or other"),

  /** No connection can be had, for a reason of this host. */
  APPLICATION_UNAVAILABLE(HttpResponseStatus.SERVICE_UNAVAILABLE, "destination_unavailable"),
  /** The same of connections to peers. */
  UPSTREAM_UNAVAILABLE(HttpResponseStatus.SERVICE_UNAVAILABLE, "destination_unavailable"),
  /** There is no key to seal with, or none that could be asked for. */
  KEY_UNAVAILABLE(HttpResponseStatus.SERVICE_UNAVAILABLE, "proxy_internal_response"),

  CONNECTION_TIMEOUT(HttpResponseStatus.GATEWAY_TIMEOUT, "connection_timeout"),
  RESPONSE_TIMEOUT(HttpResponseStatus.GATEWAY_TIMEOUT, "http_response_timeout"),
  /** All of it, whatever it waited for, took longer than it may. */
  DEADLINE(HttpResponseStatus.GATEWAY_TIMEOUT, "http_response_timeout");

  private static final AsciiString PROBLEM = AsciiString.cached("application/problem+json");
  private static final AsciiString PROXY_STATUS = AsciiString.cached("proxy-status");

  private final String cause = name().toLowerCase(Locale.ROOT);
  private final String label;
  private final int code;
  private final String proxyStatus;
  private final String problem;

  Refusal(HttpResponseStatus status, String errorType) {
    this(status, errorType, null);
  }

  /**
   * @param detail of the problem, for whoever asks and can ask in another way; null for none
   */
  Refusal(HttpResponseStatus status, String errorType, @Nullable String detail) {
    // Whatever the envelope of a listener rules out has one label.
    this.label = name().startsWith("ENVELOPE_") ? "envelope_refused" : cause;
    this.code = status.code();
    this.proxyStatus = "sallyport; error=" + errorType;
    // RFC 9457 §4.2.1: the title of about:blank is the status phrase.
    this.problem =
        "{\"type\":\"about:blank\",\"title\":\""
            + status.reasonPhrase()
            + "\",\"status\":"
            + code
            + (detail == null ? "" : ",\"detail\":\"" + detail + "\"")
            + "}\n";
  }

  static Refusal of(RequestFault fault) {
    return switch (fault.status()) {
      case 414 -> TARGET_TOO_LONG;
      case 431 -> FIELDS_TOO_LARGE;
      default -> MALFORMED_REQUEST;
    };
  }

  static Refusal of(ResponseFault fault) {
    return switch (fault) {
      case HEADERS_TOO_LARGE, TOO_MANY_HEADERS -> RESPONSE_FIELDS_TOO_LARGE;
      case TRUNCATED -> CONNECTION_TERMINATED;
      default -> MALFORMED_RESPONSE;
    };
  }

  /** Why a connection to a peer was ended within an exchange. */
  static Refusal ofCut(CloseReason reason) {
    return switch (reason) {
      case NO_LONGER_ALLOWED -> PEER_NOT_ALLOWED;
      case NO_LONGER_TRUSTED, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED -> TLS_CERTIFICATE_ERROR;
      default -> CONNECTION_TERMINATED;
    };
  }

  /** Why a peer cannot be asked. */
  public static Refusal of(DialFailure failure) {
    return switch (failure) {
      case TIMEOUT -> CONNECTION_TIMEOUT;
      case NAME_NOT_FOUND -> NAME_NOT_RESOLVED;
      case REFUSED, NO_SUCH_SOCKET -> CONNECTION_REFUSED;
      case UNREACHABLE -> UNREACHABLE;
      case PERMISSION_DENIED, LOOP, OTHER -> UPSTREAM_UNAVAILABLE;
    };
  }

  /** The same where there was a connection, and no TLS. */
  public static Refusal of(HandshakeFailure failure) {
    return switch (failure) {
      case NO_CERTIFICATE,
          UNKNOWN_CA,
          CERTIFICATE_EXPIRED,
          CERTIFICATE_NOT_YET_VALID,
          WRONG_PURPOSE,
          CERTIFICATE_REVOKED,
          REVOCATION_UNKNOWN,
          BAD_CERTIFICATE ->
          TLS_CERTIFICATE_ERROR;
      case NOT_ALLOWED -> PEER_NOT_ALLOWED;
      case REFUSED_BY_PEER, UNKNOWN_SERVER_NAME -> TLS_ALERT_RECEIVED;
      case TIMEOUT -> CONNECTION_TIMEOUT;
      case NO_BYTES, PEER_CLOSED -> CONNECTION_TERMINATED;
      case NOT_TLS, PLAIN_HTTP, UNSUPPORTED_VERSION, NOTHING_IN_COMMON, PROTOCOL_ERROR ->
          TLS_PROTOCOL_ERROR;
    };
  }

  /** Lower case with underscores. */
  public String label() {
    return label;
  }

  /** The same, and where several have one label, which of them. */
  public String cause() {
    return cause;
  }

  HttpResponseStatus status() {
    return HttpResponseStatus.valueOf(code);
  }

  /** Of the body of the answer. */
  int bytes(boolean toHead) {
    return toHead ? 0 : problem.length();
  }

  /**
   * The answer, which the caller owns and may add fields to.
   *
   * @param toHead whether it is one to HEAD, which has no body, but the length of one
   * @param close whether it is the last on its connection
   */
  FullHttpResponse response(boolean toHead, boolean close) {
    ByteBuf body =
        toHead ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(problem.getBytes(US_ASCII));
    FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status(), body);
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, PROBLEM)
        .set(HttpHeaderNames.CONTENT_LENGTH, problem.length())
        // RFC 9110 §15.1: 414 could be kept otherwise, and answered to others.
        .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
        .set(HttpHeaderNames.DATE, now()) // RFC 9110 §6.6.1
        .set(PROXY_STATUS, proxyStatus);
    if (close) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    return response;
  }

  @SuppressWarnings(
      "JavaUtilDate") // what Netty's formatter takes; java.time's writes no IMF-fixdate
  private static String now() {
    return DateFormatter.format(new Date());
  }
}

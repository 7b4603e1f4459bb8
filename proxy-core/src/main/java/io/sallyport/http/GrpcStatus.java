package io.sallyport.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http2.Http2Headers;
import io.sallyport.http.WorkloadApiFault.Kind;
import io.sallyport.identity.SafeText;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/** How a server of gRPC ends a call, in its trailers. */
final class GrpcStatus {

  private static final String[] NAMES = {
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED"
  };

  private static final String OK = "0";
  private static final String PERMISSION_DENIED = "7";

  /** Of the message, escapes included; a log shows less. */
  private static final int MOST_CHARS = 1000;

  private GrpcStatus() {}

  /** Why a stream that nobody asked to end has ended. */
  static WorkloadApiFault of(Http2Headers trailers) {
    CharSequence code = trailers.get("grpc-status");
    if (code == null) {
      return new WorkloadApiFault(Kind.BAD_PROTOCOL, "ended the call without a status");
    }
    String digits = code.toString();
    if (digits.equals(OK)) {
      return new WorkloadApiFault(Kind.ENDED, "ended the call");
    }
    String message = message(trailers.get("grpc-message"));
    return new WorkloadApiFault(
        digits.equals(PERMISSION_DENIED) ? Kind.PERMISSION_DENIED : Kind.STATUS,
        "said " + name(digits) + (message.isEmpty() ? "" : ": " + message));
  }

  private static String name(String code) {
    for (int i = 0; i < NAMES.length; i++) {
      if (code.equals(Integer.toString(i))) {
        return NAMES[i];
      }
    }
    return "status " + SafeText.of(code);
  }

  /** What is escaped badly stands as it is. */
  private static String message(@Nullable CharSequence escaped) {
    if (escaped == null) {
      return "";
    }
    String text = escaped.subSequence(0, Math.min(escaped.length(), MOST_CHARS)).toString();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < text.length(); i++) {
      int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
      int low = high < 0 ? -1 : Character.digit(text.charAt(i + 2), 16);
      if (text.charAt(i) == '%' && low >= 0) {
        bytes.write(high << 4 | low);
        i += 2;
      } else {
        bytes.write(text.charAt(i));
      }
    }
    return SafeText.of(bytes.toString(UTF_8));
  }
}

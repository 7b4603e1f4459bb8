package io.sallyport.http;

import java.util.Locale;

/**
 * Why a Workload API gives nothing, or nothing more.
 *
 * @param detail one line, safe for a log
 */
public record WorkloadApiFault(Kind kind, String detail) {

  /** The logged word. */
  public enum Kind {
    NO_SUCH_SOCKET,
    /** The system does not let this user connect. */
    SOCKET_FORBIDDEN,
    /** Nobody listens, or it is no socket. */
    UNREACHABLE,
    /** Not in time. */
    NO_ANSWER,
    /** Not HTTP/2, not gRPC, or not as either should be. */
    BAD_PROTOCOL,
    /** It knows nothing of this workload, not yet or not any more. */
    PERMISSION_DENIED,
    /** Another status of gRPC than that. */
    STATUS,
    /** The connection or the call, without a word. */
    ENDED;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** Lower case with underscores. */
    public String label() {
      return label;
    }
  }
}

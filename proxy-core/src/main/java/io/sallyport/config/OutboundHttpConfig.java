package io.sallyport.config;

import io.sallyport.config.HttpConfig.AccessLog;
import java.time.Duration;

/**
 * What an outbound listener does that carries HTTP.
 *
 * @param authority what peers are asked for
 * @param deadline from the head of a request to the end of its response; zero is off
 * @param via whether Via (RFC 9110 §7.6.3) is sent
 * @param trace whether a traceparent is made for requests without one
 */
public record OutboundHttpConfig(
    Authority authority,
    RetryLimit retryLimit,
    Duration deadline,
    boolean via,
    boolean trace,
    AccessLog accessLog,
    HttpLimits limits) {

  /** {@code authority}: host and port of Host and {@code :authority}. */
  public sealed interface Authority {

    /** Those of the endpoint that the request goes to. */
    record OfEndpoint() implements Authority {}

    /** Those that the application has asked for. */
    record Kept() implements Authority {}

    /**
     * @param text a host in lower case, an IPv6 address in brackets, and {@code :port} if one is
     *     set
     */
    record Fixed(String text) implements Authority {}
  }
}

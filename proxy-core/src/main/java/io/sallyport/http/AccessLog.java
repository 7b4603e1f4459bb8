package io.sallyport.http;

import io.sallyport.config.HttpConfig;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** One line for each request. */
public final class AccessLog {

  /** What is logged here is a whole line of a format that others read, and is not to be dressed. */
  public static final String COMMON = "io.sallyport.access.common";

  private static final Logger log = LoggerFactory.getLogger("io.sallyport.access");
  private static final Logger commonLog = LoggerFactory.getLogger(COMMON);
  private static final int MOST_CHARS = 2048;

  /** Loaded by whoever logs so. */
  private static final class Dates {
    private static final DateTimeFormatter CLOCK =
        DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT).withZone(ZoneOffset.UTC);
  }

  private AccessLog() {}

  /**
   * Logs it as is configured: with the keys listener, id, remote, peer, method, target, status,
   * request_bytes, response_bytes, first_byte_ms, duration_ms and reason, those left out that there
   * are not; or in the Common Log Format with the peer as the user.
   *
   * @param id of the connection of which the logs at its other end speak too
   */
  public static void write(
      HttpConfig.AccessLog how,
      String listener,
      String remote,
      @Nullable String peer,
      Supplier<String> id,
      Answered request) {
    switch (how) {
      case OFF -> {}
      case JSON -> keys(listener, remote, peer, id.get(), request);
      case COMMON -> common(remote, peer, request);
    }
  }

  private static void keys(
      String listener, String remote, @Nullable String peer, String id, Answered request) {
    LoggingEventBuilder line =
        log.atInfo()
            .addKeyValue("listener", listener)
            .addKeyValue("id", id)
            .addKeyValue("remote", remote);
    line = peer == null ? line : line.addKeyValue("peer", peer);
    if (request.method() != null && request.target() != null) {
      line =
          line.addKeyValue("method", request.method())
              .addKeyValue("target", shortened(request.target()));
    }
    if (request.status() != 0) {
      line = line.addKeyValue("status", request.status());
    }
    line =
        line.addKeyValue("request_bytes", request.requestBytes())
            .addKeyValue("response_bytes", request.responseBytes());
    if (request.responseNanos() > 0) {
      line = line.addKeyValue("first_byte_ms", millis(request.responseNanos()));
    }
    line = line.addKeyValue("duration_ms", millis(request.durationNanos()));
    if (request.refusal() != null) {
      line = line.addKeyValue("reason", request.refusal().label());
    } else if (!request.whole()) {
      line = line.addKeyValue("reason", "incomplete");
    }
    line.log("request");
  }

  private static void common(String remote, @Nullable String peer, Answered request) {
    String asked =
        request.method() == null || request.target() == null
            ? "-"
            : request.method() + " " + shortened(request.target()) + " " + request.version();
    commonLog.info(
        host(remote)
            + " - "
            + (peer == null ? "-" : peer.replace(" ", "%20"))
            + " ["
            + Dates.CLOCK.format(Instant.now())
            + "] \""
            + asked.replace("\"", "%22")
            + "\" "
            + (request.status() == 0 ? "-" : request.status())
            + " "
            + (request.responseBytes() == 0 ? "-" : request.responseBytes()));
  }

  private static String host(String remote) {
    int colon = remote.lastIndexOf(':');
    return colon < 0 ? remote : remote.substring(0, colon);
  }

  private static long millis(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  private static String shortened(String target) {
    return target.length() <= MOST_CHARS ? target : target.substring(0, MOST_CHARS) + "...";
  }
}

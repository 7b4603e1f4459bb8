package io.sallyport.config;

import com.typesafe.config.ConfigValue;
import io.sallyport.config.ListenerConfig.Tls;
import io.sallyport.config.OutboundHttpConfig.Authority;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What {@code protocol = http} adds to {@code outbound.X}, and what does not go with it. */
final class OutboundHttpReader {

  /** What is spoken where nothing is said: an upgrade, as for WebSocket, needs HTTP/1.1. */
  static final List<String> SPOKEN = List.of(Tls.HTTP_1_1);

  private static final String AUTHORITY = "authority";
  private static final String KEEP = "keep";
  private static final String RETRY_BUDGET = "retry-budget";

  private OutboundHttpReader() {}

  /** Tells also what of the rest of the listener HTTP cannot carry. */
  static OutboundHttpConfig read(
      Section listener,
      @Nullable List<Address> connect,
      Tls tls,
      @Nullable EnvelopeConfig envelope) {
    OutboundHttpConfig config = settings(listener);
    HttpReader.refuseWhatIsForBytes(listener, tls);
    BodyEnvelopeReader.checkHost(listener, envelope, namesOneHost(listener, connect, config));
    if (connect != null && !listener.has(AUTHORITY) && !listener.has("server-name")) {
      refuseNameless(listener, connect);
    }
    return config;
  }

  /** Of a template, which is for listeners of either protocol. */
  static void readAlone(Section listenerDefaults) {
    settings(listenerDefaults);
  }

  /** In a template they are for those listeners that carry HTTP. */
  static void refuseOverTcp(Section listener) {
    HttpReader.refuseOverTcp(listener, AUTHORITY);
    HttpReader.refuseAllOverTcp(listener.child(RETRY_BUDGET));
    HttpReader.refuseAllOverTcp(listener.child(HttpReader.HTTP));
  }

  private static OutboundHttpConfig settings(Section listener) {
    Section http = listener.child(HttpReader.HTTP);
    Section retries = listener.child(RETRY_BUDGET);
    Authority authority = listener.read(AUTHORITY, OutboundHttpReader::authority);
    return new OutboundHttpConfig(
        authority == null ? new Authority.OfEndpoint() : authority,
        new RetryLimit(
            retries.readOrDefault("percent", Values.integer(0, 1000)),
            retries.readOrDefault("per-second", Values.integer(0, 10_000))),
        http.readOrDefault("deadline", Durations::orOff),
        http.readOrDefault(HttpReader.VIA, Values::flag),
        http.readOrDefault(HttpReader.TRACE, Values::flag),
        http.readOrDefault(HttpReader.ACCESS_LOG, HttpReader.ACCESS_LOGS),
        HttpReader.limits(
            http, "peer-idle-timeout", "peer-connections", HttpReader.http2Limits(http)));
  }

  /** Whatever endpoint a request goes to, it has the same host; the ports may differ. */
  private static boolean namesOneHost(
      Section listener, @Nullable List<Address> connect, OutboundHttpConfig config) {
    return !(config.authority() instanceof Authority.OfEndpoint)
        || listener.has("server-name")
        || connect == null
        || connect.stream()
                .map(each -> each instanceof Address.Tcp tcp ? tcp.host() : "")
                .map(host -> host.toLowerCase(Locale.ROOT))
                .distinct()
                .count()
            <= 1;
  }

  private static Authority authority(ConfigValue value) throws Malformed {
    String text = Values.text(value);
    return text.equals(KEEP)
        ? new Authority.Kept()
        : new Authority.Fixed(Addresses.authority(text).toLowerCase(Locale.ROOT));
  }

  /** A certificate may be judged by rules alone, but a request names a host. */
  private static void refuseNameless(Section listener, List<Address> connect) {
    if (connect.stream().anyMatch(Address.Unix.class::isInstance)) {
      listener
          .findings()
          .problem(
              listener.where("connect"),
              "a Unix socket has no host name that a request could ask for",
              "set authority, or server-name");
    }
  }
}

package io.sallyport.config;

import com.typesafe.config.ConfigValue;
import io.sallyport.config.HttpConfig.AccessLog;
import io.sallyport.config.HttpConfig.AppProtocol;
import io.sallyport.config.HttpConfig.PeerHeader;
import io.sallyport.config.InboundConfig.ProxyProtocol;
import io.sallyport.config.ListenerConfig.HalfClose;
import io.sallyport.config.ListenerConfig.Tls;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What {@code protocol = http} adds to {@code inbound.X}, and what does not go with it. */
final class HttpReader {

  /** An HTTP connection without a request in a whole hour is one that was forgotten. */
  static final Duration IDLE_TIMEOUT = Duration.ofHours(1);

  static final String HTTP = "http";

  static final String VIA = "via";
  static final String TRACE = "trace";
  static final String ACCESS_LOG = "access-log";
  private static final String APP_PROTOCOL = "app-protocol";
  private static final String PEER_HEADER = "peer-header";
  private static final String XFCC_CERT = "xfcc-cert";
  private static final String XFCC_CHAIN = "xfcc-chain";
  private static final String NONE = "none";

  static final List<String> SPOKEN = List.of(Tls.HTTP_2, Tls.HTTP_1_1);

  private static final int KIB = 1024;
  private static final long PIB = 1L << 50;

  /** Each connection may hold as much before a head is refused. */
  private static final int MOST_HEADER_BYTES = 1024 * KIB;

  /** Each request may hold as much while its application is slow. */
  private static final int MOST_WINDOW = 16 * 1024 * KIB;

  private static final int MOST_BODY_BYTES_PER_SECOND = 1_000_000_000;

  private static final Values.Parser<AppProtocol> PROTOCOL = Values.choice(AppProtocol.values());
  static final Values.Parser<AccessLog> ACCESS_LOGS = Values.choice(AccessLog.values());

  private HttpReader() {}

  /** Tells also what of the rest of the listener HTTP cannot carry. */
  static HttpConfig read(Section listener, Tls tls, ProxyProtocol proxyProtocol) {
    HttpConfig config = settings(listener);
    checkXfcc(listener.child(HTTP), config);
    if (proxyProtocol != ProxyProtocol.NONE) {
      problem(
          listener,
          "proxy-protocol",
          "is not carried with protocol = http, whose connections to the application serve many"
              + " peers",
          "write proxy-protocol = none, and peer-header for who is calling");
    }
    refuseWhatIsForBytes(listener, tls);
    return config;
  }

  /** Of a template, which is for listeners of either protocol. */
  static void readAlone(Section listenerDefaults) {
    settings(listenerDefaults);
  }

  /** In a template they are for those listeners that carry HTTP. */
  static void refuseOverTcp(Section listener) {
    refuseOverTcp(listener, APP_PROTOCOL);
    refuseOverTcp(listener, PEER_HEADER);
    refuseAllOverTcp(listener.child(HTTP));
  }

  static void refuseAllOverTcp(Section section) {
    section.said().forEach(key -> refuseOverTcp(section, key));
  }

  static void refuseOverTcp(Section section, String key) {
    if (!section.says(key)) {
      return;
    }
    section
        .findings()
        .problem(
            section.path(key), "is for protocol = http", "remove it, or write protocol = http");
  }

  /** With the protocol that is spoken where none is named. */
  static Tls tls(Tls read, List<String> spoken) {
    return read.alpn().isEmpty() ? new Tls(read.floor(), spoken, read.halfClose()) : read;
  }

  private static HttpConfig settings(Section listener) {
    Section http = listener.child(HTTP);
    return new HttpConfig(
        listener.readOrDefault(APP_PROTOCOL, PROTOCOL),
        listener.readOrDefault(PEER_HEADER, HttpReader::peerHeaders),
        http.readOrDefault(XFCC_CERT, Values::flag),
        http.readOrDefault(XFCC_CHAIN, Values::flag),
        http.readOrDefault("forwarded", Values::flag),
        http.readOrDefault("trusted-hops", HttpReader::ranges),
        http.readOrDefault(VIA, Values::flag),
        http.readOrDefault(TRACE, Values::flag),
        http.readOrDefault(ACCESS_LOG, ACCESS_LOGS),
        limits(http, "app-idle-timeout", "app-connections", http2Limits(http)));
  }

  /**
   * @param unusedTimeout the setting of connections to the other side
   * @param mostUnused the same
   */
  static HttpLimits limits(
      Section http, String unusedTimeout, String mostUnused, Http2Limits http2) {
    return new HttpLimits(
        http.readOrDefault("max-request-line", Sizes.between(256, 64 * KIB)),
        http.readOrDefault("max-header-bytes", Sizes.between(KIB, MOST_HEADER_BYTES)),
        http.readOrDefault("max-headers", Values.integer(1, 10_000)),
        http.readOrDefault("max-body", Sizes.upToOrOff(PIB)),
        http.readOrDefault("max-pipelined", Values.integer(1, 10_000)),
        http.readOrDefault("header-timeout", Durations::deadline),
        http.readOrDefault("request-timeout", Durations::orOff),
        http.readOrDefault("response-timeout", Durations::orOff),
        http.readOrDefault("send-timeout", Durations::orOff),
        http.readOrDefault("min-body-rate", HttpReader::rate),
        http.readOrDefault(unusedTimeout, Durations::deadline),
        http.readOrDefault(mostUnused, Values.integer(0, 10_000)),
        http2);
  }

  static Http2Limits http2Limits(Section http) {
    return new Http2Limits(
        http.readOrDefault("max-streams", Values.integer(1, 100_000)),
        http.readOrDefault("stream-window", Sizes.between(KIB, MOST_WINDOW)),
        http.readOrDefault("max-resets", Values.integer(1, 1_000_000)),
        http.readOrDefault("max-control-frames", Values.integer(1, 1_000_000)),
        http.readOrDefault("header-table-size", Sizes.upToOrOff(64 * KIB)).intValue(),
        http.readOrDefault("max-continuations", Values.integer(1, 1000)));
  }

  private static Set<PeerHeader> peerHeaders(ConfigValue value) throws Malformed {
    Map<String, PeerHeader> words = new LinkedHashMap<>();
    for (PeerHeader header : PeerHeader.values()) {
      words.put(header.word(), header);
    }
    List<String> texts = Values.texts(value);
    Set<PeerHeader> headers = EnumSet.noneOf(PeerHeader.class);
    for (String text : texts) {
      PeerHeader header = words.get(text);
      if (header != null && !headers.add(header)) {
        throw new Malformed("names " + text + " twice", "name each once");
      }
      if (text.equals(NONE) && texts.size() > 1) {
        throw new Malformed("has none beside others", "write none alone, or remove it");
      }
      if (header == null && !text.equals(NONE)) {
        List<String> known = new ArrayList<>(words.keySet());
        known.add(NONE);
        throw new Malformed(
            Values.quoted(text) + " is not known here", "use " + Values.oneOf(known));
      }
    }
    return headers;
  }

  private static List<IpRange> ranges(ConfigValue value) throws Malformed {
    List<IpRange> ranges = new ArrayList<>();
    for (String text : Values.textsOrNone(value)) {
      ranges.add(IpRange.parse(text));
    }
    return ranges;
  }

  private static int rate(ConfigValue value) throws Malformed {
    String text = Values.text(value);
    if (text.equals(Durations.OFF)) {
      return 0;
    }
    try {
      return Values.integer(text, 1, MOST_BODY_BYTES_PER_SECOND);
    } catch (Malformed e) {
      throw new Malformed(e.fault(), e.remedy() + " bytes per second, or off");
    }
  }

  /** In a template these are for those listeners that send the header. */
  private static void checkXfcc(Section http, HttpConfig config) {
    if (config.peerHeaders().contains(PeerHeader.XFCC)) {
      return;
    }
    for (String key : List.of(XFCC_CERT, XFCC_CHAIN)) {
      if (http.says(key)) {
        http.findings()
            .problem(
                http.path(key),
                "is of X-Forwarded-Client-Cert, which is not sent",
                "add xfcc to peer-header, or remove it");
      }
    }
  }

  static void refuseWhatIsForBytes(Section listener, Tls tls) {
    if (tls.halfClose() == HalfClose.FULL) {
      problem(
          listener,
          "half-close",
          "full is for bytes, and an HTTP message says itself where it ends",
          "write half-close = application");
    }
    String unspoken = unspoken(tls.alpn());
    if (unspoken != null) {
      problem(
          listener,
          "alpn",
          Values.quoted(unspoken) + " is not spoken with protocol = http",
          "write [ \"h2\", \"http/1.1\" ], or one of them, or leave it out");
    }
  }

  /** A peer would be promised what nobody here speaks. */
  private static @Nullable String unspoken(List<String> alpn) {
    return alpn.stream().filter(name -> !SPOKEN.contains(name)).findFirst().orElse(null);
  }

  private static void problem(Section listener, String key, String fault, String remedy) {
    listener.findings().problem(listener.where(key), fault, remedy);
  }
}

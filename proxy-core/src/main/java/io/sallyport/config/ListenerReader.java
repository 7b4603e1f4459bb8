package io.sallyport.config;

import com.typesafe.config.ConfigValue;
import io.sallyport.config.ListenerConfig.HalfClose;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.config.ListenerConfig.Tls;
import io.sallyport.config.ListenerConfig.TlsFloor;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What inbound and outbound listeners have in common. */
final class ListenerReader {

  private static final int MOST_CONNECTIONS = 1_000_000;
  private static final String MODE = "mode";

  /** RFC 7301 §3.1 gives a name one byte for its length. */
  private static final int LONGEST_ALPN = 255;

  private static final Values.Parser<TlsFloor> TLS_FLOOR =
      Values.choice(Values.words("1.2", TlsFloor.TLS_1_2, "1.3", TlsFloor.TLS_1_3));
  private static final String PROTOCOL = "protocol";
  private static final Values.Parser<Boolean> CARRIES_HTTP =
      Values.choice(Values.words("tcp", false, "http", true));
  private static final Values.Parser<HalfClose> HALF_CLOSE = Values.choice(HalfClose.values());

  private ListenerReader() {}

  /**
   * Null when it is left out or has problems, which are then told.
   *
   * @param offHost whether other hosts may come
   */
  static @Nullable Listen listen(Section section, String example, boolean offHost) {
    Address address =
        section.require("listen", value -> Addresses.listen(Values.text(value)), example);
    int problemsBefore = section.findings().problemCount();
    ListenMode mode = section.readOrDefault(MODE, ListenMode::of);
    boolean isMisspelt = section.findings().problemCount() > problemsBefore;
    List<Integer> uids = section.readOrDefault("allow-uid", ListenerReader::uids);
    if (address == null) {
      return null;
    }
    if (address instanceof Address.Tcp) {
      if (!mode.isWord() && !isMisspelt) {
        refuseOnTcp(section, MODE);
      }
      refuseOnTcp(section, "allow-uid");
      return new Listen(address, mode.permissions(), List.of(), false, mode.captured());
    }
    if (mode.captured()) {
      refuse(
          section,
          MODE,
          "is captured, and what the kernel redirects comes over TCP",
          "write listen = \"IP:PORT\", or remove it");
    } else if (address instanceof Address.Inherited) {
      refuse(
          section,
          MODE,
          "is for sockets that are made here, and this one is systemd's",
          "remove it, and write SocketMode= in the .socket unit");
    }
    return address instanceof Address.Inherited
        ? new Listen(address, mode.permissions(), uids, offHost)
        : new Listen(address, mode.permissions(), uids);
  }

  private static void refuseOnTcp(Section section, String key) {
    refuse(
        section,
        key,
        "is for Unix sockets, and this listens on TCP",
        "remove it, or write listen = \"unix:/PATH\"");
  }

  /** What says where to is not for those who were going somewhere already. */
  static void refuseOfCaptured(Section section, String key, String fault) {
    refuse(section, key, fault, "remove it, or write mode = direct");
  }

  /** In a template it is for those listeners that it fits. */
  private static void refuse(Section section, String key, String fault, String remedy) {
    if (section.says(key)) {
      section.findings().problem(section.path(key), fault, remedy);
    }
  }

  /** Whether the operator insists on plaintext that other hosts can reach. */
  static boolean insistsOnOffHost(Section section) {
    return section.readOrDefault("allow-plaintext-off-host", Values::flag);
  }

  static Address target(ConfigValue value) throws Malformed {
    return Addresses.target(Values.text(value));
  }

  static Tls tls(Section section) {
    TlsFloor floor = section.readOrDefault("tls-min", TLS_FLOOR);
    HalfClose halfClose = section.readOrDefault("half-close", HALF_CLOSE);
    if (halfClose == HalfClose.FULL && floor != TlsFloor.TLS_1_3) {
      section
          .findings()
          .problem(
              section.where("half-close"),
              "full needs TLS 1.3, because TLS 1.2 closes both ways at once",
              "add tls-min = 1.3");
    }
    return new Tls(floor, section.readOrDefault("alpn", ListenerReader::alpn), halfClose);
  }

  /**
   * @param idleTimeout where none is set
   */
  static Limits limits(Section section, Duration idleTimeout) {
    Duration idle = section.read("idle-timeout", Durations::orOff);
    return new Limits(
        section.readOrDefault("max-connections", Values.integer(1, MOST_CONNECTIONS)),
        section.readOrDefault("max-handshakes", Values.integer(1, MOST_CONNECTIONS)),
        section.readOrDefault("handshake-timeout", Durations::deadline),
        section.readOrDefault("connect-timeout", Durations::deadline),
        idle == null ? idleTimeout : idle,
        section.readOrDefault("half-close-timeout", Durations::orOff),
        section.readOrDefault("max-lifetime", Durations::orOff),
        section.readOrDefault("expiry-grace", Durations::delay),
        section.readOrDefault("close-timeout", Durations::deadline));
  }

  /** Whether {@code protocol} is HTTP, and not any stream of bytes. */
  static boolean carriesHttp(Section section) {
    return section.readOrDefault(PROTOCOL, CARRIES_HTTP);
  }

  /** Plaintext stays on this host, unless the operator insists; then it is a warning. */
  static void keepHome(Section section, String key, Address address) {
    boolean insists = insistsOnOffHost(section);
    if (Addresses.isOnHost(address)) {
      return;
    }
    String fault = "carries plaintext off this host, over " + address;
    String remedy = "use a loopback address or a Unix socket";
    if (insists) {
      section.findings().warning(section.where(key), fault, remedy);
    } else {
      section
          .findings()
          .problem(
              section.where(key),
              fault,
              remedy + ", or insist with allow-plaintext-off-host = true");
    }
  }

  private static List<Integer> uids(ConfigValue value) throws Malformed {
    List<Integer> uids = new ArrayList<>();
    for (String text : Values.textsOrNone(value)) {
      uids.add(Values.integer(text, 0, Integer.MAX_VALUE));
    }
    return uids;
  }

  private static List<String> alpn(ConfigValue value) throws Malformed {
    List<String> protocols = Values.textsOrNone(value);
    for (String protocol : protocols) {
      if (protocol.getBytes(StandardCharsets.UTF_8).length > LONGEST_ALPN) {
        throw new Malformed(
            Values.quoted(protocol) + " is too long for a protocol name",
            "use at most " + LONGEST_ALPN + " bytes");
      }
    }
    return protocols;
  }
}

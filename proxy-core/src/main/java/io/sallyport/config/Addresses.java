package io.sallyport.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code host:port}, {@code [v6]:port}, {@code unix:/path} and {@code systemd:name}, from text to
 * {@link Address}; never asks a resolver.
 */
public final class Addresses {

  private static final String UNIX = "unix:";
  private static final String SYSTEMD = "systemd:";
  private static final String LOCALHOST = "localhost";

  /** {@code sun_path} holds 108 bytes, the closing NUL included. */
  private static final int LONGEST_UNIX_PATH = 107;

  private static final int LONGEST_NAME = 253;
  private static final int HIGHEST_PORT = 65535;

  private static final Pattern LABEL =
      Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?");

  /** systemd.socket(5): ASCII, no control characters, no colon, at most 255. */
  private static final Pattern DESCRIPTOR_NAME = Pattern.compile("[!-9;-~]{1,255}");

  private static final Pattern DIGITS = Pattern.compile("[0-9]+");
  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

  private Addresses() {}

  /**
   * An address to listen on: a literal or {@code localhost} with port 0 to 65535, a Unix socket, or
   * one that is passed to the process.
   */
  public static Address listen(String text) throws Malformed {
    if (text.startsWith(UNIX)) {
      return unix(text);
    }
    if (text.startsWith(SYSTEMD)) {
      return inherited(text);
    }
    Address.Tcp address = tcp(text, 0);
    if (literal(address.host()) == null) {
      throw new Malformed(
          Values.quoted(address.host()) + " is a name, and a listener binds an address",
          "write an IP address of this host, such as 127.0.0.1:8443 or 0.0.0.0:8443");
    }
    return address;
  }

  /** Whom to dial: a literal or a host name with port 1 to 65535, or a Unix socket. */
  public static Address target(String text) throws Malformed {
    if (text.startsWith(UNIX)) {
      return unix(text);
    }
    if (text.startsWith(SYSTEMD)) {
      throw new Malformed(
          Values.quoted(text) + " is a socket to listen on, not one to connect to",
          "write HOST:PORT, [IPV6]:PORT or unix:/PATH");
    }
    Address.Tcp address = tcp(text, 1);
    InetAddress literal = literal(address.host());
    if (literal != null && literal.isAnyLocalAddress()) {
      throw new Malformed(
          Values.quoted(text) + " is an address to listen on, not one to connect to",
          "write 127.0.0.1:" + address.port() + " for this host");
    }
    return address;
  }

  /**
   * A Unix socket to connect to, also as a URI of no host, {@code unix:///path}: what {@code
   * SPIFFE_ENDPOINT_SOCKET} holds.
   */
  static Address.Unix agent(String text) throws Malformed {
    if (text.startsWith(UNIX + "///")) {
      return unix(UNIX + text.substring(UNIX.length() + 2));
    }
    if (!text.startsWith(UNIX)) {
      boolean path = text.startsWith("/");
      throw new Malformed(
          Values.quoted(text)
              + (path ? " has no unix: before it" : " is no Unix socket, by which alone an agent")
              + (path ? "" : " knows who asks it for a key"),
          path
              ? "write unix:" + text
              : "write unix:/PATH, the socket that the agent has on this host");
    }
    return unix(text);
  }

  /** A host name or an IP literal (without brackets), as certificates and SNI have it. */
  public static String host(String text) throws Malformed {
    if (literal(text) != null) {
      return text;
    }
    if (text.indexOf(':') >= 0 || text.indexOf('[') >= 0) {
      throw new Malformed(Values.quoted(text) + " is not a host name", "write it without a port");
    }
    return name(text);
  }

  /** A host, with a port or without, as a request has it; an IPv6 address is in brackets. */
  static String authority(String text) throws Malformed {
    boolean v6Alone = text.startsWith("[") && text.endsWith("]");
    if (!v6Alone && (text.indexOf(':') >= 0 || text.indexOf('/') >= 0)) {
      return tcp(text, 1).toString();
    }
    if (v6Alone && !NetUtil.isValidIpV6Address(text.substring(1, text.length() - 1))) {
      throw new Malformed(
          Values.quoted(text) + " is not an IPv6 address", "write it as [2001:db8::1]");
    }
    return v6Alone ? text : host(text);
  }

  /**
   * Whether what goes there stays on this host: a loopback literal, localhost, a Unix socket. Of
   * one that is passed to the process it is seen when it is there, and until then taken for
   * granted.
   */
  public static boolean isOnHost(Address address) {
    if (address instanceof Address.Tcp tcp) {
      InetAddress literal = literal(tcp.host());
      return literal != null && literal.isLoopbackAddress();
    }
    return true;
  }

  /**
   * Whether two sockets that listen on these would be in each other's way, or a connection to one
   * would reach the other.
   */
  public static boolean overlap(Address one, Address other) {
    if (one instanceof Address.Tcp a && other instanceof Address.Tcp b) {
      return a.port() == b.port() && a.port() != 0 && overlap(a.host(), b.host());
    }
    return one.equals(other);
  }

  private static boolean overlap(String one, String other) {
    InetAddress a = literal(one);
    InetAddress b = literal(other);
    if (a == null || b == null) {
      return one.equalsIgnoreCase(other);
    }
    return a.equals(b) || covers(a, b) || covers(b, a);
  }

  private static boolean covers(InetAddress wildcard, InetAddress address) {
    // [::] takes IPv4 as well, as Linux has it and the JDK expects.
    return wildcard.isAnyLocalAddress()
        && (wildcard.getAddress().length >= address.getAddress().length);
  }

  private static Address.Tcp tcp(String text, int lowestPort) throws Malformed {
    if (text.contains("//")) {
      throw new Malformed(
          Values.quoted(text) + " is a URL, not an address",
          "write HOST:PORT, [IPV6]:PORT or unix:/PATH");
    }
    int colon = text.lastIndexOf(':');
    boolean bracketed = text.startsWith("[");
    if (colon < 0 || colon == text.length() - 1 || (bracketed && text.indexOf("]:") != colon - 1)) {
      throw new Malformed(
          Values.quoted(text) + (DIGITS.matcher(text).matches() ? " has no host" : " has no port"),
          "write HOST:PORT, [IPV6]:PORT or unix:/PATH");
    }
    if (colon == 0) {
      throw new Malformed(
          Values.quoted(text) + " has no host",
          "write 127.0.0.1" + text + " for this host alone, 0.0.0.0" + text + " for every network");
    }
    String host = bracketed ? text.substring(1, colon - 1) : text.substring(0, colon);
    int port = port(text.substring(colon + 1), lowestPort);
    boolean v6 = NetUtil.isValidIpV6Address(host);
    if (bracketed && !v6) {
      throw new Malformed(
          Values.quoted(host) + " is not an IPv6 address", "write it as [2001:db8::1]:8443");
    }
    if (!bracketed && host.indexOf(':') >= 0) {
      throw new Malformed(
          Values.quoted(text) + " can be read in more than one way",
          "write an IPv6 address in brackets, as in [2001:db8::1]:8443");
    }
    return new Address.Tcp(literal(host) == null ? name(host) : host, port);
  }

  private static int port(String text, int lowest) throws Malformed {
    int port = PORT.matcher(text).matches() ? Integer.parseInt(text) : -1;
    if (port < lowest || port > HIGHEST_PORT) {
      throw new Malformed(
          Values.quoted(text) + " is not a port", "use " + lowest + " to " + HIGHEST_PORT);
    }
    return port;
  }

  private static String name(String text) throws Malformed {
    String[] labels = text.split("\\.", -1);
    String last = labels[labels.length - 1];
    // WHATWG URL, "ends in a number": such a name is a mistyped address, and resolvers differ on
    // what 127.1 is.
    if (DIGITS.matcher(last).matches()) {
      throw new Malformed(
          Values.quoted(text) + " is not an IPv4 address", "write four numbers from 0 to 255");
    }
    boolean fits = text.length() <= LONGEST_NAME;
    for (String label : labels) {
      fits &= LABEL.matcher(label).matches();
    }
    if (!fits) {
      throw new Malformed(
          Values.quoted(text) + " is not a host name",
          "use letters, digits, hyphens and single dots between them");
    }
    return text;
  }

  private static Address.Unix unix(String text) throws Malformed {
    String path = text.substring(UNIX.length());
    if (!path.startsWith("/") || path.startsWith("//") || path.endsWith("/")) {
      throw new Malformed(
          Values.quoted(text) + " is not the absolute path of a socket",
          "write it as unix:/run/app/app.sock");
    }
    if (path.getBytes(UTF_8).length > LONGEST_UNIX_PATH) {
      throw new Malformed(
          Values.quoted(text) + " is too long for a Unix socket",
          "use at most " + LONGEST_UNIX_PATH + " bytes after unix:");
    }
    try {
      return new Address.Unix(Path.of(path).normalize());
    } catch (InvalidPathException e) {
      throw new Malformed(Values.quoted(text) + " is not a path", "use plain characters");
    }
  }

  private static Address.Inherited inherited(String text) throws Malformed {
    String name = text.substring(SYSTEMD.length());
    if (!DESCRIPTOR_NAME.matcher(name).matches()) {
      throw new Malformed(
          Values.quoted(text) + " does not name a socket",
          "write the FileDescriptorName= of a .socket unit, as in systemd:web");
    }
    return new Address.Inherited(name);
  }

  private static @Nullable InetAddress literal(String host) {
    if (host.equalsIgnoreCase(LOCALHOST)) {
      return NetUtil.LOCALHOST4;
    }
    byte[] bytes =
        NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)
            ? NetUtil.createByteArrayFromIpAddressString(host)
            : null;
    if (bytes == null) {
      return null;
    }
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 or 16 bytes are always an address", e);
    }
  }
}

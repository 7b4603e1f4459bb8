package io.sallyport.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Destinations that are not of the mesh, to which captured connections go as they are.
 *
 * @param addresses null for all
 * @param firstPort 1 to 65535
 * @param lastPort not below the first
 */
public record PassthroughRule(@Nullable IpRange addresses, int firstPort, int lastPort) {

  private static final String ANY = "*";
  private static final int HIGHEST_PORT = 65535;

  /** An address or a block, in brackets where it is of IPv6; a port or two. */
  private static final Pattern SYNTAX =
      Pattern.compile("(\\*|[0-9./]+|\\[[0-9A-Fa-f:./]+]):(\\*|[0-9]+|[0-9]+-[0-9]+)");

  static PassthroughRule parse(String text) throws Malformed {
    Matcher matcher = SYNTAX.matcher(text);
    if (!matcher.matches()) {
      throw new Malformed(
          Values.quoted(text) + " is not an address or block with a port",
          "write it as 10.0.0.0/8:5432, [fd00::/8]:8000-8999 or *:53");
    }
    String block = matcher.group(1);
    String[] ports = matcher.group(2).split("-", -1);
    int first = ports[0].equals(ANY) ? 1 : port(ports[0]);
    int last = ports[0].equals(ANY) ? HIGHEST_PORT : port(ports[ports.length - 1]);
    if (last < first) {
      throw new Malformed(
          Values.quoted(text) + " has ports that end before they begin",
          "write the lower port first");
    }
    return new PassthroughRule(
        block.equals(ANY) ? null : IpRange.parse(block.replaceAll("[\\[\\]]", "")), first, last);
  }

  private static int port(String text) throws Malformed {
    return Values.integer(text, 1, HIGHEST_PORT);
  }

  /** Whether it lets everything through. */
  boolean isForAll() {
    return addresses == null && firstPort == 1 && lastPort == HIGHEST_PORT;
  }

  /**
   * @param destination an IP literal with its port
   */
  public boolean matches(Address.Tcp destination) {
    byte[] octets = IpRange.address(destination.host());
    return octets != null
        && destination.port() >= firstPort
        && destination.port() <= lastPort
        && (addresses == null || addresses.contains(octets));
  }
}

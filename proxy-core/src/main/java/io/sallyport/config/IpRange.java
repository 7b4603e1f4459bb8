package io.sallyport.config;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One IP address or a CIDR block. Text that maps an IPv4 address into IPv6 (::ffff:0:0/96) means
 * the IPv4 address; an iPAddress of sixteen octets does not, or it would slip past a name
 * constraint that excludes it (RFC 5280 §4.2.1.10 compares octets). Immutable; two are equal that
 * hold the same addresses.
 */
public final class IpRange {

  private static final int MAPPED_BITS = 96;

  /** Some readers take 010 for eight. */
  private static final Pattern OCTAL_LOOKING = Pattern.compile("(^|\\.)0\\d");

  private final byte[] network;
  private final int bits;

  private IpRange(byte[] network, int bits) {
    this.network = network;
    this.bits = bits;
  }

  /**
   * @param pattern such as {@code 10.1.2.3}, {@code 10.0.0.0/8} or {@code fd00::/8}
   * @throws Malformed also when it would hold every address, or less than it seems to
   */
  public static IpRange parse(String pattern) throws Malformed {
    int slash = pattern.indexOf('/');
    String text = slash < 0 ? pattern : pattern.substring(0, slash);
    byte[] written = octets(text);
    if (written == null) {
      throw new Malformed(
          Values.quoted(pattern) + " is not an IP address or CIDR block",
          "write it as 10.1.2.3, 10.0.0.0/8 or fd00::/8");
    }
    byte[] network = unmapped(written);
    int width = text.indexOf(':') >= 0 ? 128 : 32;
    int prefix = slash < 0 ? width : prefixLength(pattern, slash + 1, width);
    int bits = prefix - (width - network.length * 8);
    if (bits <= 0) {
      throw new Malformed(
          Values.quoted(pattern) + " matches every address",
          "write a prefix length that is longer");
    }
    IpRange range = new IpRange(network, bits);
    if (!Arrays.equals(network, range.masked())) {
      throw new Malformed(
          Values.quoted(pattern) + " has bits set behind its prefix",
          "write " + NetUtil.bytesToIpAddress(range.masked()) + "/" + bits);
    }
    return range;
  }

  /** 4 or 16 octets; null for what is no IP literal. */
  public static byte @Nullable [] address(String text) {
    byte[] octets = octets(text);
    return octets == null ? null : unmapped(octets);
  }

  /** What an iPAddress holds; null where that is no address. */
  public static byte @Nullable [] address(byte[] octets) {
    return octets.length == 4 || octets.length == 16 ? octets : null;
  }

  /**
   * @param address as {@link #address(String)} or {@link java.net.InetAddress#getAddress} gives it
   */
  public boolean contains(byte[] address) {
    if (address.length != network.length) {
      return false;
    }
    int whole = bits / 8;
    int rest = bits % 8;
    return Arrays.equals(address, 0, whole, network, 0, whole)
        && (rest == 0 || ((address[whole] ^ network[whole]) & 0xff) >>> (8 - rest) == 0);
  }

  /** Whether it is of the same kind of address, and holds as many. */
  public boolean isAsLongAs(IpRange other) {
    return network.length == other.network.length && bits == other.bits;
  }

  /** The block with a prefix as long as this one's that holds the address; null of another kind. */
  public @Nullable IpRange around(byte[] address) {
    return address.length == network.length
        ? new IpRange(new IpRange(address, bits).masked(), bits)
        : null;
  }

  private byte[] masked() {
    byte[] masked = Arrays.copyOf(Arrays.copyOf(network, (bits + 7) / 8), network.length);
    if (bits % 8 != 0) {
      masked[bits / 8] &= (byte) (0xff << (8 - bits % 8));
    }
    return masked;
  }

  private static byte @Nullable [] octets(String text) {
    boolean literal =
        text.indexOf(':') < 0
            ? NetUtil.isValidIpV4Address(text) && !OCTAL_LOOKING.matcher(text).find()
            : NetUtil.isValidIpV6Address(text) && text.charAt(0) != '[' && text.indexOf('%') < 0;
    try {
      // Netty's own parser takes ::10.0.0.1 for ::ffff:10.0.0.1; a literal is never looked up.
      return literal ? InetAddress.getByName(text).getAddress() : null;
    } catch (UnknownHostException e) {
      return null;
    }
  }

  private static byte[] unmapped(byte[] octets) {
    if (octets.length == 4 || octets[10] != -1 || octets[11] != -1) {
      return octets;
    }
    for (int i = 0; i < 10; i++) {
      if (octets[i] != 0) {
        return octets;
      }
    }
    return Arrays.copyOfRange(octets, MAPPED_BITS / 8, 16);
  }

  private static int prefixLength(String pattern, int from, int width) throws Malformed {
    int length = 0;
    for (int i = from; i < pattern.length(); i++) {
      int digit = pattern.charAt(i) - '0';
      length = digit < 0 || digit > 9 || length > width ? width + 1 : length * 10 + digit;
    }
    if (from == pattern.length() || length > width) {
      throw new Malformed(
          Values.quoted(pattern) + " has a prefix length that is not 1 to " + width,
          "write it as 10.0.0.0/8 or fd00::/8");
    }
    return length;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof IpRange range
        && range.bits == bits
        && Arrays.equals(range.network, network);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(network) + bits;
  }

  @Override
  public String toString() {
    return NetUtil.bytesToIpAddress(network) + "/" + bits;
  }
}

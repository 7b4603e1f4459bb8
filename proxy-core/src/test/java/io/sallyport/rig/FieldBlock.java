package io.sallyport.rig;

/**
 * Writes field sections as RFC 7541 has them, each field as a literal that is not indexed (§6.2.2),
 * so that names and values may hold any byte. A character stands for a byte.
 */
public final class FieldBlock {

  private FieldBlock() {}

  /** A name and its value, and so on. */
  public static String of(String... namesAndValues) {
    StringBuilder block = new StringBuilder();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      block.append('\0').append(text(namesAndValues[i])).append(text(namesAndValues[i + 1]));
    }
    return block.toString();
  }

  /** A request to {@code https://localhost}, with further fields. */
  public static String request(String method, String path, String... more) {
    return of(":method", method, ":scheme", "https", ":authority", "localhost", ":path", path)
        + of(more);
  }

  /** One that asks for a WebSocket (RFC 8441 §5.1). */
  public static String webSocket(String path, String... more) {
    return of(":protocol", "websocket")
        + request("CONNECT", path, "sec-websocket-version", "13", "origin", "https://localhost")
        + of(more);
  }

  /** A field that the decoder is told to remember (§6.2.1). */
  public static String remembered(String name, String value) {
    return '\100' + text(name) + text(value);
  }

  /** A field that the decoder has by its number (§6.1). */
  public static String indexed(int index) {
    return integer(0x80, 7, index);
  }

  /** A dynamic table size update (§6.3). */
  public static String tableSize(long bytes) {
    return integer(0x20, 5, bytes);
  }

  private static String text(String text) {
    return integer(0, 7, text.length()) + text;
  }

  /** §5.1. */
  private static String integer(int pattern, int prefixBits, long value) {
    int most = (1 << prefixBits) - 1;
    if (value < most) {
      return String.valueOf((char) (pattern | value));
    }
    StringBuilder out = new StringBuilder().append((char) (pattern | most));
    long left = value - most;
    for (; left >= 0x80; left >>>= 7) {
      out.append((char) ((left & 0x7f) | 0x80));
    }
    return out.append((char) left).toString();
  }
}

package io.sallyport.http;

/** What somebody sent, for a log: quoted, escaped, and cut where it is long. */
final class Excerpt {

  private static final int MOST_CHARS = 32;

  private Excerpt() {}

  /** One line of printable ASCII in which nothing ends the quotes; at most some 130 characters. */
  static String of(CharSequence text) {
    StringBuilder out = new StringBuilder(MOST_CHARS + 5).append('"');
    int shown = Math.min(text.length(), MOST_CHARS);
    for (int i = 0; i < shown; i++) {
      append(out, text.charAt(i));
    }
    return out.append(shown < text.length() ? "...\"" : "\"").toString();
  }

  static String of(byte b) {
    StringBuilder out = new StringBuilder(4);
    hex(out, b & 0xff);
    return out.toString();
  }

  private static void append(StringBuilder out, char c) {
    if (c == '"' || c == '\\') {
      out.append('\\').append(c);
    } else if (c >= ' ' && c < 0x7f) {
      out.append(c);
    } else {
      hex(out, c & 0xff);
    }
  }

  private static void hex(StringBuilder out, int b) {
    out.append("\\x").append(Character.forDigit(b >> 4, 16)).append(Character.forDigit(b & 15, 16));
  }
}
